package keys

import "slices"

// Actions.
const (
	Up         Action = "up"
	Down       Action = "down"
	Top        Action = "top"
	Bottom     Action = "bottom"
	HalfUp     Action = "half-up"
	HalfDown   Action = "half-down"
	PageUp     Action = "page-up"
	PageDown   Action = "page-down"
	Left       Action = "left"
	Right      Action = "right"
	Open       Action = "open"
	Back       Action = "back"
	Quit       Action = "quit"
	Help       Action = "help"
	Previous   Action = "previous"
	Next       Action = "next"
	Tab        Action = "tab"
	Range      Action = "range"
	Mark       Action = "mark"
	MarkFailed Action = "mark-failed"
	NextBad    Action = "next-bad"
	LastBad    Action = "last-bad"
	StepLog    Action = "step-log"
	DayLog     Action = "day-log"
	Metrics    Action = "metrics"
	Realised   Action = "realised"
	Params     Action = "parameters"
	Refresh    Action = "refresh"
	Zone       Action = "zone"
	Rerun      Action = "rerun"
	Backfill   Action = "backfill"
	Stop       Action = "stop"
	Fallback   Action = "fallback"
	Plans      Action = "plans"
	Pause      Action = "pause"
	Drain      Action = "drain"
	Copy       Action = "copy"
	CopyAll    Action = "copy-all"
	Follow     Action = "follow"
	Hold       Action = "hold"
	Wrap       Action = "wrap"
	Stamps     Action = "stamps"
	Search     Action = "search"
	NextMatch  Action = "next-match"
	LastMatch  Action = "last-match"
	Regex      Action = "regex"
	OnlyMatch  Action = "only-matches"
	Filter     Action = "filter"
	Level      Action = "level"
	Folds      Action = "folds"
	Pretty     Action = "pretty"
	Streams    Action = "streams"
	LookBack   Action = "look-back"
	Export     Action = "export"
	Sort       Action = "sort"
	Transpose  Action = "transpose"
	Partitions Action = "partition"
	Plot       Action = "plot"
	Compare    Action = "compare"
	Rollback   Action = "rollback"
	LastDay    Action = "last-day"
	NextDay    Action = "next-day"
	History    Action = "history"
	Mend       Action = "mend"
	Tree       Action = "tree"
	Doctor     Action = "doctor"
	Activity   Action = "activity"
	Older      Action = "older"
	Newer      Action = "newer"
	NextField  Action = "next-field"
	LastField  Action = "last-field"
	Confirm    Action = "confirm"
	Palette    Action = "palette"
	Mouse      Action = "mouse"
	Suspend    Action = "suspend"
	CopyVerb   Action = "copy-command"
	Console    Action = "console"
	Pipeline   Action = "pipeline"
	Overview   Action = "pipelines"
	LogIn      Action = "log-in"
	Complete   Action = "complete"
	SearchDays Action = "search-days"
	Larger     Action = "larger"
	Smaller    Action = "smaller"
	Save       Action = "save"
	AllDates   Action = "all-dates"

	Generations Action = "all-generations"
)

// moves are the bindings of every list.
func moves() Map {
	return Map{
		{Action: Down, Keys: []string{"j", "down"}, Label: "j/k", Help: "one down (k: one up)", Hint: "move"},
		{Action: Up, Keys: []string{"k", "up"}, Help: "one up"},
		{Action: HalfDown, Keys: []string{"ctrl+d"}, Help: "half a page down"},
		{Action: HalfUp, Keys: []string{"ctrl+u"}, Help: "half a page up"},
		{Action: PageDown, Keys: []string{"pgdown", "ctrl+f"}, Help: "a page down"},
		{Action: PageUp, Keys: []string{"pgup", "ctrl+b"}, Help: "a page up"},
		{Action: Top, Keys: []string{"g", "home"}, Help: "to the first"},
		{Action: Bottom, Keys: []string{"G", "end"}, Help: "to the last"},
	}
}

// panes are the bindings of a page of which a pane can be made larger.
func panes(pane string) Map {
	return Map{
		{Action: Larger, Keys: []string{"+"}, Label: "+ _", Help: pane + " larger (_: smaller)"},
		{Action: Smaller, Keys: []string{"_"}, Help: pane + " smaller"},
	}
}

// Global returns the bindings that work wherever a page does not take the key.
func Global() Map {
	return Map{
		{Action: Help, Keys: []string{"?", "f1"}, Help: "the keys of this page; type to search, enter runs one", Hint: "help"},
		{Action: Back, Keys: []string{"esc", "backspace"}, Label: "esc", Help: "back to where you came from", Hint: "back"},
		{Action: Palette, Keys: []string{":", "ctrl+p"}, Help: "commands and dates, with completion", Hint: "command"},
		{Action: Quit, Keys: []string{"q"}, Help: "back, and from the days quit"},
		{Action: Mouse, Keys: []string{"ctrl+t"}, Help: "mouse on (wheel, clicks, two open) or off: off leaves it to the terminal"},
		{Action: CopyVerb, Keys: []string{"ctrl+y"}, Help: "copy the command that shows or does the same"},
		{Action: Console, Keys: []string{"o"}, Help: "open in the console of the engine; over ssh copy the address"},
		{Action: Rerun, Keys: []string{"R"}, Help: "rerun the date that is shown (shows a plan first)", Changes: true, Yields: true},
		{Action: Backfill, Keys: []string{"B"}, Help: "backfill a range of dates (shows a plan first)", Changes: true, Yields: true},
		{Action: Plans, Keys: []string{"P"}, Help: "the plan that runs: progress, pause, stop", Yields: true},
		{Action: Activity, Keys: []string{"@"}, Help: "what was done: who, the command, the outcome", Yields: true},
		{Action: Doctor, Keys: []string{"!"}, Help: "doctor: what is not as the records say", Yields: true},
		{Action: DayLog, Keys: []string{"L"}, Help: "log of all steps of the date that is shown", Yields: true},
		{Action: Metrics, Keys: []string{"m"}, Help: "accuracy of the date that is shown", Yields: true},
		{Action: Plot, Keys: []string{"f"}, Help: "plot the forecast of the date that is shown", Yields: true},
		{Action: Partitions, Keys: []string{"d"}, Help: "partition of the date that is shown", Yields: true},
		{Action: Zone, Keys: []string{"z"}, Help: "times in the zone of the pipeline, or in UTC", Yields: true},
		{Action: Suspend, Keys: []string{"ctrl+z"}, Help: "suspend: fg comes back"},
		{Action: LogIn, Keys: []string{"I"}, Help: "log in again, in this terminal, once the login has expired (asks first)"},
	}
}

// Days returns the bindings of the page of days.
func Days() Map {
	m := Map{
		{Action: Open, Keys: []string{"enter"}, Help: "open the day: attempts, steps, reasons", Hint: "open"},
		{Action: StepLog, Keys: []string{"l"}, Help: "log of the step that failed or runs", Hint: "logs"},
		{Action: DayLog, Keys: []string{"L"}, Help: "log of all steps of the day"},
		{Action: Rerun, Keys: []string{"R"}, Help: "rerun the selected dates (shows a plan first)", Hint: "rerun", Changes: true},
		{Action: Metrics, Keys: []string{"m"}, Help: "accuracy: what the gate saw", Hint: "metrics"},
		{Action: Backfill, Keys: []string{"B"}, Help: "backfill the range of the selected dates (shows a plan first)", Hint: "backfill", Changes: true},
		{Action: Stop, Keys: []string{"X"}, Help: "stop the running attempts of the selected days (asks first)", Changes: true},
		{Action: Fallback, Keys: []string{"F"}, Help: "fill the selected days with the last good forecast (shows which first)", Changes: true},
		{Action: Range, Keys: []string{"V", "v"}, Help: "select a range: then move", Hint: "range"},
		{Action: Mark, Keys: []string{"space"}, Help: "mark or unmark the day"},
		{Action: MarkFailed, Keys: []string{"*"}, Help: "mark all failed days"},
		{Action: NextBad, Keys: []string{"e"}, Help: "next day that needs a person", Hint: "next bad"},
		{Action: LastBad, Keys: []string{"E"}, Help: "previous day that needs a person"},
		{Action: Search, Keys: []string{"/"}, Help: "only days with these words; !word: without it", Hint: "filter"},
		{Action: SearchDays, Keys: []string{"S"}, Help: "search the logs of many days"},
		{Action: Sort, Keys: []string{"s"}, Help: "sort by date, state, time, wape, cost"},
		{Action: Transpose, Keys: []string{"T"}, Help: "dates as columns, or as rows", Hint: "transpose"},
		{Action: Partitions, Keys: []string{"d"}, Help: "partition: generations, rows, differences, the way back; d there: of all dates", Hint: "partition"},
		{Action: Plot, Keys: []string{"f"}, Help: "plot the forecast against what came", Hint: "plot"},
		{Action: Plans, Keys: []string{"P"}, Help: "the plan that runs: progress, pause, stop"},
		{Action: Activity, Keys: []string{"@"}, Help: "what was done: who, the command, the outcome"},
		{Action: Doctor, Keys: []string{"!"}, Help: "doctor: what is not as the records say"},
		{Action: Left, Keys: []string{"left", "h"}, Label: "left/right", Help: "choose a step, for its log"},
		{Action: Right, Keys: []string{"right"}, Help: "choose the next step"},
		{Action: Zone, Keys: []string{"z"}, Help: "times in the zone of the pipeline, or in UTC"},
		{Action: Refresh, Keys: []string{"r", "ctrl+r"}, Help: "read everything again now"},
		{Action: Pipeline, Keys: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, Label: "1-9", Help: "pipeline by its number, of those side by side", Hint: "pipeline"},
		{Action: Overview, Keys: []string{"0"}, Help: "all pipelines side by side: which is fresh, which needs a person", Hint: "all pipelines"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the date"},
		{Action: CopyAll, Keys: []string{"Y"}, Help: "copy the id of the last attempt"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the rows that are shown to a file (:export FILE names it)"},
	}
	return append(moves()[:1:1], append(m, moves()[1:]...)...)
}

// DaysAcross returns the bindings of the page of days when dates are columns:
// left and right move over dates, up and down over steps.
func DaysAcross() Map {
	m := Map{{Action: Older, Keys: []string{"left", "h"}, Label: "left/right", Help: "one day back (right: one on)", Hint: "day"}}
	for _, binding := range Days() {
		switch binding.Action {
		case Left, Sort:
			continue
		case Right:
			binding = Binding{Action: Newer, Keys: []string{"right"}, Help: "one day on"}
		case Down:
			binding = Binding{Action: Right, Keys: binding.Keys, Label: binding.Label, Help: "choose a step, for its log (k: the one above)", Hint: "step"}
		case Up:
			binding = Binding{Action: Left, Keys: binding.Keys, Help: "choose the step above"}
		default:
		}
		m = append(m, binding)
	}
	return m
}

// Day returns the bindings of the page of one day.
func Day() Map {
	m := Map{
		{Action: StepLog, Keys: []string{"l", "enter"}, Label: "l", Help: "log of the step", Hint: "log"},
		{Action: Rerun, Keys: []string{"R"}, Help: "rerun this date (shows a plan first)", Hint: "rerun", Changes: true},
		{Action: DayLog, Keys: []string{"L"}, Help: "log of all steps, merged by time", Hint: "all logs"},
		{Action: SearchDays, Keys: []string{"S"}, Help: "search the logs of many days"},
		{Action: Metrics, Keys: []string{"m"}, Help: "accuracy: what the gate saw", Hint: "metrics"},
		{Action: Stop, Keys: []string{"X"}, Help: "stop the running attempt (asks first)", Hint: "stop", Changes: true},
		{Action: Fallback, Keys: []string{"F"}, Help: "fill the date with the last good forecast (shows which first)", Changes: true},
		{Action: Previous, Keys: []string{"[", "left"}, Label: "[ ]", Help: "previous attempt (]: next)", Hint: "attempt"},
		{Action: Next, Keys: []string{"]", "right", "tab"}, Help: "next attempt"},
		{Action: Tab, Keys: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, Label: "1-9", Help: "attempt by its number"},
		{Action: LastDay, Keys: []string{"{"}, Label: "{ }", Help: "the date before (}: after)", Hint: "date"},
		{Action: NextDay, Keys: []string{"}"}, Help: "the date after"},
		{Action: NextBad, Keys: []string{"e"}, Label: "e/E", Help: "the day before that needs a person (E: after)", Hint: "bad day"},
		{Action: LastBad, Keys: []string{"E"}, Help: "the day after that needs a person"},
		{Action: Params, Keys: []string{"p"}, Help: "what it ran: cause, definition, commands", Hint: "parameters"},
		{Action: Tree, Keys: []string{"t"}, Help: "which step needs which", Hint: "tree"},
		{Action: Partitions, Keys: []string{"d"}, Help: "partition: generations, rows, differences, the way back; d there: of all dates", Hint: "partition"},
		{Action: Plot, Keys: []string{"f"}, Help: "plot the forecast against what came", Hint: "plot"},
		{Action: Zone, Keys: []string{"z"}, Help: "times in the zone of the pipeline, or in UTC"},
		{Action: Refresh, Keys: []string{"r", "ctrl+r"}, Help: "read the day again now"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the reason"},
		{Action: CopyAll, Keys: []string{"Y"}, Help: "copy the id of the attempt"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the steps of the attempt to a file (:export FILE names it)"},
	}
	return append(moves()[:1:1], append(m, moves()[1:]...)...)
}

// Logs returns the bindings of the page of logs.
func Logs() Map {
	m := Map{
		{Action: Search, Keys: []string{"/"}, Help: "search from here on; the lines around stay", Hint: "search"},
		{Action: NextMatch, Keys: []string{"n"}, Label: "n/N", Help: "next match (N: previous)", Hint: "match"},
		{Action: LastMatch, Keys: []string{"N"}, Help: "previous match"},
		{Action: OnlyMatch, Keys: []string{"x"}, Help: "show matches only, or all lines", Hint: "only"},
		{Action: Filter, Keys: []string{"&"}, Help: "only lines with this text; !text: without it", Hint: "filter"},
		{Action: Level, Keys: []string{"ctrl+l"}, Help: "lines of all levels, from INFO on, from WARN on, errors"},
		{Action: NextBad, Keys: []string{"e"}, Label: "e/E", Help: "next error (E: previous)", Hint: "error"},
		{Action: LastBad, Keys: []string{"E"}, Help: "previous error"},
		{Action: Open, Keys: []string{"enter"}, Help: "open or fold the traceback at the line; show a cut line whole"},
		{Action: Folds, Keys: []string{"u"}, Help: "unfold all tracebacks, or fold them"},
		{Action: Follow, Keys: []string{"f"}, Help: "follow: stay at the newest line", Hint: "follow"},
		{Action: Hold, Keys: []string{"p"}, Help: "pause here"},
		{Action: Wrap, Keys: []string{"w"}, Help: "wrap long lines, or cut them", Hint: "wrap"},
		{Action: Stamps, Keys: []string{"t"}, Help: "timestamps: time, date and time, since the start, none", Hint: "time"},
		{Action: Pretty, Keys: []string{"J"}, Help: "lay JSON out on lines of its own, or leave it"},
		{Action: Streams, Keys: []string{"c"}, Help: "names: steps, their processes too, none"},
		{
			Action: LookBack, Keys: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, Label: "1-9",
			Help: "only the last 1, 5, 15, 30 minutes, 1, 3, 6, 12, 24 hours (0: all)",
		},
		{Action: Left, Keys: []string{"left", "h"}, Label: "left/right", Help: "sideways, when lines are cut"},
		{Action: Right, Keys: []string{"right"}, Help: "sideways, to the right"},
		{Action: Regex, Keys: []string{"ctrl+r"}, Help: "search by regular expression, or by text"},
		{Action: Previous, Keys: []string{"["}, Label: "[ ]", Help: "log of the step before (]: after)", Hint: "step"},
		{Action: Next, Keys: []string{"]"}, Help: "log of the step after"},
		{Action: DayLog, Keys: []string{"L"}, Help: "log of all steps, merged by time"},
		{Action: SearchDays, Keys: []string{"S"}, Help: "look for the same in the logs of many days", Hint: "other days"},
		{Action: Zone, Keys: []string{"z"}, Help: "times in the zone of the pipeline, or in UTC"},
		{Action: Refresh, Keys: []string{"r"}, Help: "read the log again from its start"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the line, or the selected lines"},
		{Action: Range, Keys: []string{"V", "v"}, Help: "select lines: then move, and y copies them"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the lines that are shown to a file (:export FILE names it)"},
	}
	return append(moves()[:1:1], append(m, moves()[1:]...)...)
}

// MetricsPage returns the bindings of the page of metrics.
func MetricsPage() Map {
	m := Map{
		{Action: Previous, Keys: []string{"[", "left"}, Label: "[ ]", Help: "the date before (]: after)", Hint: "date"},
		{Action: Next, Keys: []string{"]", "right"}, Help: "the date after"},
		{Action: NextBad, Keys: []string{"e"}, Label: "e/E", Help: "the date before that is over the gate (E: after)", Hint: "over the gate"},
		{Action: LastBad, Keys: []string{"E"}, Help: "the date after that is over the gate"},
		{Action: NextMatch, Keys: []string{"n"}, Label: "n/N", Help: "next series that is worse than the gate (N: previous)"},
		{Action: LastMatch, Keys: []string{"N"}, Help: "previous series that is worse than the gate"},
		{Action: History, Keys: []string{"h"}, Help: "history of the next measure", Hint: "history"},
		{Action: Sort, Keys: []string{"s"}, Help: "sort by share of the error, by measure, by name", Hint: "sort"},
		{Action: Search, Keys: []string{"/"}, Help: "only series with this text", Hint: "filter"},
		{Action: Plot, Keys: []string{"enter", "f"}, Help: "plot the forecast of the series", Hint: "plot"},
		{Action: Realised, Keys: []string{"a", "tab"}, Help: "how well published forecasts came true", Hint: "came true"},
		{Action: StepLog, Keys: []string{"l"}, Help: "log of the evaluation", Hint: "log"},
		{Action: Partitions, Keys: []string{"d"}, Help: "partition: generations, rows, differences, the way back"},
		{Action: Rerun, Keys: []string{"R"}, Help: "rerun this date (shows a plan first)", Hint: "rerun", Changes: true},
		{Action: Refresh, Keys: []string{"r", "ctrl+r"}, Help: "read the evaluation again now"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the name of the series"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the rows that are shown to a file (:export FILE names it)"},
	}
	return slices.Concat(moves()[:1], m, panes("the list of series"), moves()[1:])
}

// RealisedPage returns the bindings of the page of metrics while it shows how well
// published forecasts came true.
func RealisedPage() Map {
	m := Map{
		{Action: Realised, Keys: []string{"a", "tab"}, Help: "what the gate saw of the date", Hint: "evaluation"},
		{Action: Previous, Keys: []string{"[", "left"}, Label: "[ ]", Help: "up to the date before (]: after)", Hint: "date"},
		{Action: Next, Keys: []string{"]", "right"}, Help: "up to the date after"},
		{Action: Refresh, Keys: []string{"r", "ctrl+r"}, Help: "read it again now, and score what is new", Hint: "read again"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the rows that are shown to a file (:export FILE names it)"},
	}
	return append(moves()[:1:1], append(m, moves()[1:]...)...)
}

// Progress returns the bindings of a plan that was applied.
func Progress() Map {
	m := Map{
		{Action: Open, Keys: []string{"enter"}, Help: "open the day", Hint: "open"},
		{Action: StepLog, Keys: []string{"l"}, Help: "log of the day's step", Hint: "log"},
		{Action: Pause, Keys: []string{"P"}, Help: "pause: start nothing more; or resume (asks first in production)", Hint: "pause/resume", Changes: true},
		{Action: Drain, Keys: []string{"D"}, Help: "drain: end when what runs has ended (asks first)", Hint: "drain", Changes: true},
		{Action: Stop, Keys: []string{"X"}, Help: "stop what runs and end (asks first)", Hint: "stop", Changes: true},
		{Action: Rollback, Keys: []string{"U"}, Help: "publish what a staged plan has built; afterwards: take it back (asks first)", Hint: "publish/take back", Changes: true},
		{Action: Rerun, Keys: []string{"R"}, Help: "rerun the dates that did not succeed (shows a plan first)", Changes: true},
		{Action: NextBad, Keys: []string{"e"}, Label: "e/E", Help: "next date that is not well (E: previous)", Hint: "not well"},
		{Action: LastBad, Keys: []string{"E"}, Help: "previous date that is not well"},
		{Action: Search, Keys: []string{"/"}, Help: "only dates with these words; !word: without it", Hint: "filter"},
		{Action: Sort, Keys: []string{"s"}, Help: "sort as the plan starts them, by date, state, time", Hint: "sort"},
		{Action: Partitions, Keys: []string{"d"}, Help: "partition: what the row's date has built, against what readers see", Hint: "partition"},
		{Action: Previous, Keys: []string{"["}, Label: "[ ]", Help: "the plan before (]: after)", Hint: "plan"},
		{Action: Next, Keys: []string{"]"}, Help: "the plan after"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the plan's id"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the rows that are shown to a file (:export FILE names it)"},
		{Action: Refresh, Keys: []string{"r", "ctrl+r"}, Help: "read the plan again now"},
	}
	return append(moves()[:1:1], append(m, moves()[1:]...)...)
}
