package draw_test

import (
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Between columns there is a blank also where a text is cut, whatever stands for what
// is left out; the last column of a line has no next one.
func TestCellsStayApart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		charset theme.Charset
		want    string
	}{{theme.ASCII, "wareh.. 2026-11.."}, {theme.Unicode, "wareho… 2026-11-…"}} {
		c := draw.New(theme.New(theme.Options{Profile: colorprofile.ASCII, Charset: tt.charset}), 17)
		c.Cell(theme.Plain, "warehouse", 8)
		c.Cell(theme.Plain, "2026-11-26", 10)
		if got := c.String(); got != tt.want {
			t.Errorf("%q; want %q", got, tt.want)
		}
	}
}
