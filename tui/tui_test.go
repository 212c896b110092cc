package tui_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/daybatch/daybatch/tui"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// TestLook checks what the environment says about a terminal.
func TestLook(t *testing.T) {
	t.Parallel()
	tests := []struct {
		environ string
		ascii   bool
		charset theme.Charset
		plain   bool // without colour, whatever the terminal says
	}{
		{"TERM=xterm-256color LANG=en_GB.UTF-8", false, theme.Unicode, false},
		{"TERM=xterm-256color LANG=en_GB.UTF-8", true, theme.ASCII, false},
		{"TERM=linux", false, theme.ASCII, false},
		{"TERM=dumb", false, theme.ASCII, false},
		{"TERM=xterm LANG=ja_JP.UTF-8", false, theme.Wide, false},
		{"TERM=xterm LANG=zh_TW.UTF-8", false, theme.Wide, false},
		{"TERM=xterm LANG=ko_KR.UTF-8", false, theme.Wide, false},
		{"TERM=xterm LANG=ja_JP.UTF-8 LC_CTYPE=C.UTF-8", false, theme.Unicode, false},
		{"TERM=xterm LANG=C LC_ALL=ja_JP.UTF-8", false, theme.Wide, false},
		{"TERM=linux LANG=ja_JP.UTF-8", false, theme.ASCII, false},
		{"TERM=xterm NO_COLOR=1", false, theme.Unicode, true},
		{"TERM=xterm NO_COLOR=yes", false, theme.Unicode, true},
		{"TERM=xterm NO_COLOR=0", false, theme.Unicode, true},
		{"TERM=xterm NO_COLOR=", false, theme.Unicode, false},
	}
	for _, tt := range tests {
		look, fixed := tui.Options{Environ: strings.Fields(tt.environ), ASCII: tt.ascii}.Look()
		if look.Charset != tt.charset || fixed != tt.plain || tt.plain && look.Profile != colorprofile.ASCII {
			t.Errorf("look of %q, ascii %v = %+v, fixed %v; want charset %d, without colour %v", tt.environ, tt.ascii, look, fixed, tt.charset, tt.plain)
		}
	}
}
