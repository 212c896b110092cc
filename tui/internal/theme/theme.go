// Package theme holds what things look like: the colours of roles for a
// terminal's profile and background, the glyphs of states, and the cells that
// are made of both, rendered once.
//
// State is shown by glyph, word and colour, in that order of reliability.
package theme

import (
	"github.com/charmbracelet/colorprofile"

	"github.com/daybatch/daybatch/forecast"
)

// Reset ends every style.
const Reset = "\x1b[m"

// Options select a theme.
type Options struct {
	Ground  Ground
	Profile colorprofile.Profile // below ANSI: no colour, but bold and reverse
	Charset Charset
}

// Style is a role rendered for a terminal. The zero Style changes nothing.
type Style struct{ open, chosen string }

// Wrap returns text in the style.
func (s Style) Wrap(text string) string {
	if s.open == "" || text == "" {
		return text
	}
	return s.open + text + Reset
}

// Open returns what begins the style; empty: it changes nothing, and needs no
// Reset.
func (s Style) Open() string { return s.open }

// OpenChosen returns what begins the style within the selected row.
func (s Style) OpenChosen() string { return s.chosen }

// Chosen returns text in the style as it looks within the selected row.
func (s Style) Chosen(text string) string {
	if s.chosen == "" || text == "" {
		return text
	}
	return s.chosen + text + Reset
}

// Mark is how a state looks: a glyph of one cell, and its role.
type Mark struct {
	Glyph string
	Role  Role
}

// Theme is immutable once it is made.
type Theme struct {
	Options
	Glyphs

	styles  [roles]Style
	days    map[forecast.DayState]Mark
	steps   map[forecast.StepStatus]Mark
	rows    map[forecast.RowState]Mark
	spinner []Mark
}

// New renders the theme that the options select.
func New(options Options) *Theme {
	t := &Theme{Options: options, Glyphs: glyphs(options.Charset)}
	for role := range roles {
		t.styles[role] = options.style(role)
	}
	t.days, t.steps, t.rows = dayLooks(options.Charset), stepLooks(options.Charset), rowLooks(options.Charset)
	for _, glyph := range t.Frames {
		t.spinner = append(t.spinner, Mark{glyph, Busy})
	}
	return t
}

// Coloured reports whether there are colours to draw with.
func (t *Theme) Coloured() bool { return t.Profile >= colorprofile.ANSI }

// Style returns how a role looks.
func (t *Theme) Style(role Role) Style { return t.styles[role] }

// Day returns the mark of a day's state; frame turns the spinner of a running
// one.
func (t *Theme) Day(state forecast.DayState, frame int) Mark {
	if state == forecast.DayRunning {
		return t.Spinner(frame)
	}
	if mark, ok := t.days[state]; ok {
		return mark
	}
	return t.days[forecast.DayUnknown]
}

// Step returns the mark of a step's status; frame turns the spinner of an
// executing one.
func (t *Theme) Step(status forecast.StepStatus, frame int) Mark {
	if status == forecast.StepExecuting {
		return t.Spinner(frame)
	}
	if mark, ok := t.steps[status]; ok {
		return mark
	}
	return t.days[forecast.DayUnknown]
}

// Row returns the mark of a plan's row; frame turns the spinner of a running
// one.
func (t *Theme) Row(state forecast.RowState, frame int) Mark {
	if state == forecast.RowRunning {
		return t.Spinner(frame)
	}
	if mark, ok := t.rows[state]; ok {
		return mark
	}
	return t.days[forecast.DayUnknown]
}

// Spinner returns the mark of work in flight.
func (t *Theme) Spinner(frame int) Mark { return t.spinner[frame%len(t.spinner)] }
