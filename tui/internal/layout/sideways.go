package layout

// Sideways is a table that is wider than the screen. Its first columns are keys, which
// say what a row is about: they stay while the others are moved through.
type Sideways struct {
	Widths []int // of the columns, the space around each included
	Keys   int   // columns that stay, as far as they leave room for others
	Whole  func(column int) bool
	Width  int // of the screen
}

// View is which columns are shown.
type View struct {
	Keys        []int // that stay
	Columns     []int // beside them
	Left, Right bool  // there are more at that side
}

// least is the part of the width that columns beside the keys have at least, in tenths.
const least = 4

// keys returns how many columns stay, and their width: fewer where they would leave
// too little to the others, but one at least.
func (s Sideways) keys() (count, width int) {
	for count < min(s.Keys, len(s.Widths)) {
		next := width + s.Widths[count]
		if count > 0 && next > s.Width*(10-least)/10 {
			break
		}
		count, width = count+1, next
	}
	return count, width
}

// From returns the columns that are shown where first is the first beside the keys. Of
// one that is not needed whole a part is shown, if that is worth it.
func (s Sideways) From(first int) View {
	const part = 6
	count, used := s.keys()
	var v View
	for at := range count {
		v.Keys = append(v.Keys, at)
	}
	first = Clamp(first, count, max(count, len(s.Widths)-1))
	v.Left = first > count
	left := s.Width - used
	at := first
	for ; at < len(s.Widths) && left > 0; at++ {
		if s.Widths[at] > left && at > first && (left < part || s.Whole != nil && s.Whole(at)) {
			break
		}
		left -= s.Widths[at]
		v.Columns = append(v.Columns, at)
	}
	v.Right = at < len(s.Widths) || left < 0
	return v
}

// Last returns the first column beside the keys from which on all further ones are
// shown: there is nothing to move to beyond it.
func (s Sideways) Last() int {
	count, used := s.keys()
	left := s.Width - used
	first := len(s.Widths)
	for first > count && s.Widths[first-1] <= left {
		first--
		left -= s.Widths[first]
	}
	return Clamp(first, count, max(count, len(s.Widths)-1))
}

// Follow returns the first column beside the keys with which a column is shown whole,
// as near to first as that can be.
func (s Sideways) Follow(first, column int) int {
	count, used := s.keys()
	first = max(first, count)
	if column < count {
		return first
	}
	first = min(first, column)
	for first < column {
		width := used
		for at := first; at <= column; at++ {
			width += s.Widths[at]
		}
		if width <= s.Width {
			break
		}
		first++
	}
	return first
}
