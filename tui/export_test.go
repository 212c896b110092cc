package tui

import "github.com/daybatch/daybatch/tui/internal/theme"

// Look returns how the UI begins, and whether its colours are fixed.
func (o Options) Look() (look theme.Options, fixed bool) { return o.look() }
