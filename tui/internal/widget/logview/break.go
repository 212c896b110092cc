package logview

import "github.com/charmbracelet/x/ansi"

// breaks returns the byte offsets at which text breaks into rows of at most
// width cells, without the first, 0. At most limit rows are looked for.
func breaks(text string, width, limit int) []int {
	if width < 1 {
		return nil
	}
	var at []int
	row, offset := 0, 0
	for offset < len(text) && len(at) < limit {
		size, cells := cluster(text[offset:])
		if row+cells > width && row > 0 {
			at = append(at, offset)
			row = 0
		}
		row += cells
		offset += size
	}
	return at
}

// cluster returns the size in bytes and in cells of the first character.
func cluster(text string) (size, cells int) {
	if text[0] < 0x80 && (len(text) == 1 || text[1] < 0x80) {
		return 1, 1
	}
	first, cells := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
	return max(1, len(first)), cells
}

// skip returns the offset behind the first cells of text.
func skip(text string, cells int) int {
	if cells <= 0 {
		return 0
	}
	if at := breaks(text, cells, 1); len(at) > 0 {
		return at[0]
	}
	return len(text)
}
