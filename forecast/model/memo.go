package model

// Memo keeps what one method found out about a series for the others that are
// fitted to the same values: several take out the year by the same regression. The
// zero value is empty. It belongs to one goroutine, and to values that nobody
// changes while it is in use.
type Memo struct {
	of    []float64 // whose findings they are
	found map[any]any
}

// Recall returns what find returns, and remembers it in the context's memo: for
// the same values and key find is called once. The same values are those at the
// same place in memory; others take the place of what was remembered. What is
// returned is shared, so it must not be changed. A key should be of a type of its
// package's own. Without a memo find is called each time.
func Recall[T any](c Context, y []float64, key any, find func() T) T {
	m := c.Memo
	if m == nil || len(y) == 0 {
		return find()
	}
	if len(m.of) != len(y) || &m.of[0] != &y[0] {
		m.of, m.found = y, make(map[any]any)
	}
	if known, ok := m.found[key].(T); ok {
		return known
	}
	found := find()
	m.found[key] = found
	return found
}
