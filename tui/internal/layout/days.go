// Package layout decides what fits where. It is arithmetic on cells: no text,
// no colour, no state.
package layout

// StepForm says how a day's steps are shown.
type StepForm int

// Forms of steps.
const (
	StepsHeaded StepForm = iota // four cells each, headed by three letters
	StepsNarrow                 // a cell each
	StepsFailed                 // the name of the step that failed
	StepsHidden
)

// Days says how wide the columns of the page of days are; 0 is a column that is
// left out.
type Days struct {
	Date     int // with its weekday, or without
	State    int // glyph, word and signs of flags
	Form     StepForm
	Steps    int // all steps together
	Took     int
	Typical  int
	WAPE     int
	Change   int // of wape over a week
	Flags    int
	Attempts int
	Rows     int
	Cost     int
	Reason   int
}

// Table is what the columns of days have to fit.
type Table struct {
	Width int // of the screen
	Steps int
	Paid  bool // some day has a cost
}

// AcrossCells is how wide a date is where dates are columns: the sign of what is
// chosen, and a glyph.
const AcrossCells = 2

// Widths of columns, the space before each included.
const (
	cursorWidth  = 1
	dateWidth    = 15
	bareDate     = 11
	stateWidth   = 12
	signsWidth   = 3
	headedStep   = 4
	failedWidth  = 16
	tookWidth    = 8
	typicalWidth = 12
	wapeWidth    = 8
	changeWidth  = 7
	flagsWidth   = 17
	attWidth     = 5
	rowsWidth    = 9
	costWidth    = 8
	leastReason  = 24
)

// column is where the width of one goes, if it fits.
type column struct {
	to    *int
	width int
}

// FitDays returns the columns that fit. As the width shrinks they go in this
// order: the reason, cost, rows, the bar against
// the typical time, change, flags (their signs stay), attempts, wape; then
// steps shrink to a cell each, and then to the name of the one that failed.
func FitDays(table Table) Days {
	width, steps := table.Width, table.Steps
	d := Days{Date: dateWidth, State: stateWidth + signsWidth, Form: StepsHeaded, Steps: 1 + steps*headedStep, Took: tookWidth}
	left := width - cursorWidth - d.sum()
	if left < wapeWidth && steps > 0 {
		narrow := 2 + steps
		if spare := left + d.Steps - narrow; spare >= 0 {
			d.Form, d.Steps, left = StepsNarrow, narrow, spare
		} else {
			d.Form, d.Steps, left = StepsFailed, failedWidth, left+d.Steps-failedWidth
		}
	}
	if left < 0 {
		return small(width)
	}
	columns := []column{
		{&d.WAPE, wapeWidth},
		{&d.Attempts, attWidth},
		{&d.Flags, flagsWidth - signsWidth},
		{&d.Change, changeWidth},
		{&d.Typical, typicalWidth},
		{&d.Rows, rowsWidth},
	}
	if table.Paid {
		columns = append(columns, column{&d.Cost, costWidth})
	}
	for _, column := range columns {
		if column.width > left {
			break
		}
		*column.to = column.width
		left -= column.width
	}
	if d.Flags > 0 {
		d.Flags, d.State = flagsWidth, stateWidth
	}
	if left >= leastReason && d.Rows > 0 {
		d.Reason = left
	}
	return d
}

// small is the layout of one column: date, glyph and word.
func small(width int) Days {
	d := Days{Date: dateWidth, State: stateWidth + signsWidth, Form: StepsHidden}
	if cursorWidth+d.sum() > width {
		d.Date = bareDate
	}
	if cursorWidth+d.sum()+tookWidth <= width {
		d.Took = tookWidth
	}
	return d
}

func (d Days) sum() int {
	return d.Date + d.State + d.Steps + d.Took + d.Typical + d.WAPE + d.Change + d.Flags + d.Attempts + d.Rows + d.Cost + d.Reason
}

// Width returns how many cells the columns take.
func (d Days) Width() int { return cursorWidth + d.sum() }
