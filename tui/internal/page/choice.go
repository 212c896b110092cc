package page

import (
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Choose keeps what was chosen of how a page looks, for the next time that it is
// opened; an empty value is the usual look.
type Choose struct {
	Kind        Kind
	What, Value string
}

// Choice returns what was chosen, empty if nothing was.
func (e *Env) Choice(kind Kind, what string) string { return e.Choices[string(kind)+"."+what] }

// Keep returns the command that keeps a choice.
func Keep(kind Kind, what, value string) tea.Cmd {
	return func() tea.Msg { return Choose{Kind: kind, What: what, Value: value} }
}

// Pane is one of several that share a page: by how many cells it may be smaller or
// larger than usual now.
type Pane struct {
	Kind        Kind
	Name        string
	Least, Most int
}

// Pane returns by how many cells a pane was chosen to be larger than usual, or
// smaller, as far as there is room.
func (e *Env) Pane(pane Pane) int {
	cells, err := strconv.Atoi(e.Choice(pane.Kind, pane.Name))
	if err != nil {
		return 0
	}
	return layout.Clamp(cells, pane.Least, max(pane.Least, pane.Most))
}

// Widen returns the command that makes a pane larger by so many cells, or smaller.
func (e *Env) Widen(pane Pane, cells int) tea.Cmd {
	now := e.Pane(pane)
	to := layout.Clamp(now+cells, pane.Least, max(pane.Least, pane.Most))
	if to == now {
		return Say(theme.Faint, "there is no room to move the panes further")
	}
	return Keep(pane.Kind, pane.Name, strconv.Itoa(to))
}

// Order is an order of the rows of a list. The zero Order is the usual one.
type Order struct {
	Column  string
	Reverse bool
}

// ReadOrder reads the name of a column, turned around with a - before it.
func ReadOrder(text string) Order {
	column, reverse := strings.CutPrefix(text, "-")
	return Order{Column: column, Reverse: reverse}
}

// String returns the order as ReadOrder reads it.
func (o Order) String() string {
	if o.Reverse {
		return "-" + o.Column
	}
	return o.Column
}

// Turn returns what a comparison says in this order.
func (o Order) Turn(compared int) int {
	if o.Reverse {
		return -compared
	}
	return compared
}

// Compare returns what a comparison says in this order of two rows, of which had and has
// say whether they have a value. Those without one come last, also when the order is
// turned around.
func (o Order) Compare(compared int, had, has bool) int {
	switch {
	case had && has:
		return o.Turn(compared)
	case had:
		return -1
	case has:
		return 1
	default:
		return 0
	}
}

// Next returns the order by the column after this one's.
func (o Order) Next(columns []string) Order {
	if len(columns) == 0 {
		return o
	}
	return Order{Column: columns[(slices.Index(columns, o.Column)+1)%len(columns)]}
}

// Columned is a page with a list whose rows can be put in order by its columns.
type Columned interface {
	// Columns returns their names, as they are typed: the usual order first.
	Columns() []string
	// Sort puts the rows in an order by one of them, and says so.
	Sort(order Order) tea.Cmd
}

// Sort puts the rows of the page on top in order.
type Sort struct{ Order Order }
