package theme

import "github.com/daybatch/daybatch/forecast"

// Charset is what a terminal can show in one cell.
type Charset int

// Charsets.
const (
	// Unicode has every glyph; those of ambiguous width take one cell.
	Unicode Charset = iota
	// Wide is Unicode in an East Asian locale: glyphs of ambiguous width may
	// take two cells and are not used.
	Wide
	// ASCII has no others.
	ASCII
)

// Glyphs are the signs that do not stand for a state.
type Glyphs struct {
	Cursor    string   // before the selected row
	Marked    string   // before a marked row
	Ellipsis  string   // after text that was cut
	Bar       string   // a full cell of a bar
	Track     string   // an empty cell of a bar
	Late      string   // flags
	Stale     string   //
	Fallback  string   //
	Rule      string   // a horizontal line
	Upright   string   // a vertical line
	Tee       string   // a vertical line from which one goes to the right
	Corners   []string // of a frame: top left and right, bottom left and right
	Up, Down  string   // directions
	Startup   string   // of a Gantt chart: waiting for the process
	Compute   string   // and running it
	Spark     []string // levels of a sparkline, lowest first
	Gap       string   // of a sparkline: no value
	Frames    []string // of the spinner
	Separator string   // between words of a status line
}

func glyphs(charset Charset) Glyphs {
	g := Glyphs{
		Cursor: ">", Marked: "*", Ellipsis: "..", Bar: "#", Track: " ",
		Late: "!", Stale: "*", Fallback: "~", Rule: "-", Corners: []string{"+", "+", "+", "+"}, Upright: "|", Tee: "+", Up: "^", Down: "v",
		Startup: ".", Compute: "#",
		Spark: []string{"_", ".", "-", "=", "+", "*", "#"}, Gap: " ",
		Frames: []string{">"}, Separator: "-",
	}
	if charset == ASCII {
		return g
	}
	g.Cursor = "\u25b8"
	g.Spark = []string{"\u2840", "\u28c0", "\u28c4", "\u28e4", "\u28e6", "\u28f6", "\u28f7", "\u28ff"} // braille, filling upwards
	g.Frames = []string{"\u280b", "\u2819", "\u2839", "\u2838", "\u283c", "\u2834", "\u2826", "\u2827", "\u2807", "\u280f"}
	if charset == Wide {
		return g
	}
	g.Ellipsis, g.Bar, g.Rule, g.Upright, g.Up, g.Down = "\u2026", "\u2501", "\u2500", "\u2502", "\u2191", "\u2193"
	g.Tee = "\u251c"
	g.Corners = []string{"\u250c", "\u2510", "\u2514", "\u2518"}
	g.Startup, g.Compute, g.Separator = "\u2504", "\u2588", "\u00b7"
	g.Spark = []string{"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"}
	return g
}

func dayLooks(charset Charset) map[forecast.DayState]Mark {
	if charset == ASCII {
		return map[forecast.DayState]Mark{
			forecast.DayNotDue: {"_", Idle}, forecast.DayMissing: {"-", Absent},
			forecast.DayWaiting: {".", Idle}, forecast.DayStopping: {"%", Halted},
			forecast.DaySucceeded: {"+", Good}, forecast.DayFailed: {"X", Bad},
			forecast.DayGated: {"G", Gate}, forecast.DayStopped: {"#", Halted},
			forecast.DayUnknown: {"?", Unsure},
		}
	}
	return map[forecast.DayState]Mark{
		forecast.DayNotDue: {"\u22c5", Idle}, forecast.DayMissing: {"\u2205", Absent},
		forecast.DayWaiting: {"\u25cc", Idle}, forecast.DayStopping: {"\u25ab", Halted},
		forecast.DaySucceeded: {"\u2713", Good}, forecast.DayFailed: {"\u2717", Bad},
		forecast.DayGated: {"\u22a0", Gate}, forecast.DayStopped: {"\u25aa", Halted},
		forecast.DayUnknown: {"?", Unsure},
	}
}

func stepLooks(charset Charset) map[forecast.StepStatus]Mark {
	if charset == ASCII {
		return map[forecast.StepStatus]Mark{
			forecast.StepWaiting: {".", Idle}, forecast.StepStarting: {":", Busy},
			forecast.StepStopping: {"%", Halted}, forecast.StepStopped: {"#", Halted},
			forecast.StepFailed: {"X", Bad}, forecast.StepSucceeded: {"+", Good},
			forecast.StepReused: {"=", Good}, forecast.StepSkipped: {"s", Idle},
		}
	}
	return map[forecast.StepStatus]Mark{
		forecast.StepWaiting: {"\u25cc", Idle}, forecast.StepStarting: {"\u2802", Busy},
		forecast.StepStopping: {"\u25ab", Halted}, forecast.StepStopped: {"\u25aa", Halted},
		forecast.StepFailed: {"\u2717", Bad}, forecast.StepSucceeded: {"\u2713", Good},
		forecast.StepReused: {"=", Good}, forecast.StepSkipped: {"\u2298", Idle},
	}
}

func rowLooks(charset Charset) map[forecast.RowState]Mark {
	looks := map[forecast.RowState]Mark{
		forecast.RowPlanned: {"\u21bb", Busy}, forecast.RowQueued: {"\u25cc", Idle},
		forecast.RowSucceeded: {"\u2713", Good}, forecast.RowFailed: {"\u2717", Bad},
		forecast.RowGated: {"\u22a0", Gate}, forecast.RowStopped: {"\u25aa", Halted},
		forecast.RowJoined: {"=", Busy}, forecast.RowSkipped: {"\u2298", Idle},
		forecast.RowBlocked: {"!", Unsure}, forecast.RowDrifted: {"~", Gate},
		forecast.RowCancelled: {"\u2298", Idle}, forecast.RowWaiting: {"\u25cc", Unsure},
		forecast.RowStaged: {"^", Busy}, forecast.RowRolledBack: {"\u21ba", Halted},
	}
	if charset != ASCII {
		return looks
	}
	for state, glyph := range map[forecast.RowState]string{
		forecast.RowPlanned: "r", forecast.RowQueued: ".", forecast.RowSucceeded: "+",
		forecast.RowFailed: "X", forecast.RowGated: "G", forecast.RowStopped: "#",
		forecast.RowSkipped: "s", forecast.RowCancelled: "s", forecast.RowWaiting: "w",
		forecast.RowRolledBack: "u",
	} {
		looks[state] = Mark{glyph, looks[state].Role}
	}
	return looks
}
