package page

import (
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
)

// Move returns where a key leads from a row, among count rows of which body are
// shown; ok is false if it does not move.
func Move(action keys.Action, at, count, body int) (to int, ok bool) {
	switch action {
	case keys.Down:
		at++
	case keys.Up:
		at--
	case keys.HalfDown:
		at += max(1, body/2)
	case keys.HalfUp:
		at -= max(1, body/2)
	case keys.PageDown:
		at += max(1, body)
	case keys.PageUp:
		at -= max(1, body)
	case keys.Top:
		at = 0
	case keys.Bottom:
		at = count - 1
	default:
		return at, false
	}
	return layout.Clamp(at, 0, count-1), true
}
