package layout

// Scroll returns the first row to show of a list: as near to top as possible
// with the cursor on screen, and no empty rows where there are some to show.
func Scroll(top, cursor, rows, height int) int {
	if height < 1 || rows < 1 {
		return 0
	}
	top = min(top, cursor)
	top = max(top, cursor-height+1)
	return max(0, min(top, rows-height))
}

// Clamp returns n within [low, high]; low if the interval is empty.
func Clamp(n, low, high int) int { return max(low, min(n, high)) }

// Bar returns how many of width cells a value fills when full is all of them.
// Something is never nothing, and nothing is never something.
func Bar(value, full float64, width int) int {
	if !(value > 0) || !(full > 0) || width < 1 {
		return 0
	}
	return Clamp(int(value/full*float64(width)+0.5), 1, width)
}

// Center returns the left end of something of a size within a length.
func Center(size, length int) int { return max(0, (length-size)/2) }
