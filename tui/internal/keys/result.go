package keys

import "slices"

// Partition returns the bindings of the page of a date's partition.
func Partition() Map {
	m := Map{
		{Action: Tab, Keys: []string{"tab", "shift+tab"}, Label: "tab", Help: "the generations, or the rows below", Hint: "pane"},
		{Action: Open, Keys: []string{"enter"}, Help: "to the rows"},
		{Action: Compare, Keys: []string{"c"}, Help: "compare with the generation before, or with the current one", Hint: "compare"},
		{Action: Rollback, Keys: []string{"U"}, Help: "publish an older generation (asks first)", Hint: "roll back", Changes: true},
		{Action: Search, Keys: []string{"/"}, Help: "only rows with these words", Hint: "filter"},
		{Action: Sort, Keys: []string{"s"}, Help: "rows by series, by date, by forecast", Hint: "sort"},
		{Action: Left, Keys: []string{"left", "h"}, Label: "left/right", Help: "sideways over the columns"},
		{Action: Right, Keys: []string{"right"}, Help: "sideways, to the right"},
		{Action: Plot, Keys: []string{"f"}, Help: "plot the forecast of the row's series", Hint: "plot"},
		{Action: LastDay, Keys: []string{"{", "["}, Label: "{ }", Help: "the date before (}: after)", Hint: "date"},
		{Action: NextDay, Keys: []string{"}", "]"}, Help: "the date after"},
		{Action: AllDates, Keys: []string{"d"}, Help: "the partitions of all dates, in a list", Hint: "all dates"},
		{Action: Zone, Keys: []string{"z"}, Help: "times in the zone of the pipeline, or in UTC"},
		{Action: Refresh, Keys: []string{"r", "ctrl+r"}, Help: "read it again now"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the generation"},
		{Action: CopyAll, Keys: []string{"Y"}, Help: "copy where it lies"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the rows that are shown to a file (:export FILE names it)"},
	}
	return slices.Concat(moves()[:1], m, panes("the pane with the cursor"), moves()[1:])
}

// PartitionsPage returns the bindings of the page of the partitions of all dates.
func PartitionsPage() Map {
	m := Map{
		{Action: Open, Keys: []string{"enter", "d"}, Label: "enter", Help: "open the partition of the date: rows, differences, the way back", Hint: "open"},
		{Action: Generations, Keys: []string{"a"}, Help: "older generations too, or only the current ones", Hint: "all generations"},
		{Action: NextBad, Keys: []string{"e"}, Label: "e/E", Help: "next date without a whole forecast of its own (E: previous)", Hint: "lacking"},
		{Action: LastBad, Keys: []string{"E"}, Help: "previous date without a whole forecast of its own"},
		{Action: Search, Keys: []string{"/"}, Help: "only dates with these words; !word: without it", Hint: "filter"},
		{Action: Sort, Keys: []string{"s"}, Help: "sort by date, rows, when published, kind", Hint: "sort"},
		{Action: StepLog, Keys: []string{"l"}, Help: "log of the attempt that made it, of a date without one of the last", Hint: "log"},
		{Action: Metrics, Keys: []string{"m"}, Help: "accuracy: what the gate saw"},
		{Action: Plot, Keys: []string{"f"}, Help: "plot the forecast against what came", Hint: "plot"},
		{Action: Zone, Keys: []string{"z"}, Help: "times in the zone of the pipeline, or in UTC"},
		{Action: Refresh, Keys: []string{"r", "ctrl+r"}, Help: "read it again now"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the generation"},
		{Action: CopyAll, Keys: []string{"Y"}, Help: "copy where it lies"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the rows that are shown to a file (:export FILE names it)"},
	}
	return append(moves()[:1:1], append(m, moves()[1:]...)...)
}

// PlotPage returns the bindings of the page of a forecast.
func PlotPage() Map {
	m := Map{
		{Action: Previous, Keys: []string{"["}, Label: "[ ]", Help: "the series before (]: after)"},
		{Action: Next, Keys: []string{"]"}, Help: "the series after"},
		{Action: Left, Keys: []string{"left"}, Label: "left/right", Help: "the numbers of a date: one to the left", Hint: "numbers"},
		{Action: Right, Keys: []string{"right"}, Help: "the numbers of a date: one to the right"},
		{Action: History, Keys: []string{"h"}, Help: "28, 90 or 365 days of history", Hint: "history"},
		{Action: Compare, Keys: []string{"c"}, Help: "compare with the forecast made a week before", Hint: "compare"},
		{Action: Search, Keys: []string{"/"}, Help: "only series with these words", Hint: "filter"},
		{Action: LastDay, Keys: []string{"{"}, Label: "{ }", Help: "the date before (}: after)", Hint: "date"},
		{Action: NextDay, Keys: []string{"}"}, Help: "the date after"},
		{Action: Metrics, Keys: []string{"m"}, Help: "accuracy: what the gate saw", Hint: "metrics"},
		{Action: Partitions, Keys: []string{"d"}, Help: "partition: generations, rows, differences, the way back"},
		{Action: Refresh, Keys: []string{"r", "ctrl+r"}, Help: "read it again now"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the name of the series"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the rows that are shown to a file (:export FILE names it)"},
	}
	move := moves()
	move[0].Help, move[0].Hint = "next series (k: previous), the worst first", "series"
	return slices.Concat(move[:1], m, panes("the plot"), move[1:])
}

// DoctorPage returns the bindings of the page of findings.
func DoctorPage() Map {
	m := Map{
		{Action: Mend, Keys: []string{"M"}, Help: "mend what can be without a loss (asks first)", Hint: "mend", Changes: true},
		{Action: Open, Keys: []string{"enter"}, Help: "open the finding's day", Hint: "open"},
		{Action: Refresh, Keys: []string{"r", "ctrl+r"}, Help: "examine again now", Hint: "examine"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the finding"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the rows that are shown to a file (:export FILE names it)"},
	}
	return slices.Concat(moves()[:1], m, panes("the list"), moves()[1:])
}

// ActivityPage returns the bindings of the page of what was done.
func ActivityPage() Map {
	m := Map{
		{Action: Open, Keys: []string{"enter"}, Help: "open the plan or the day", Hint: "open"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the command", Hint: "copy command"},
		{Action: Search, Keys: []string{"/"}, Help: "only what has these words", Hint: "filter"},
		{Action: Zone, Keys: []string{"z"}, Help: "times in the zone of the pipeline, or in UTC"},
		{Action: Refresh, Keys: []string{"r", "ctrl+r"}, Help: "read it again now"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the rows that are shown to a file (:export FILE names it)"},
	}
	return append(moves()[:1:1], append(m, moves()[1:]...)...)
}

// OverviewPage returns the bindings of the page of all pipelines side by side.
func OverviewPage() Map {
	m := Map{
		{Action: Open, Keys: []string{"enter"}, Help: "its days", Hint: "its days"},
		{Action: NextBad, Keys: []string{"e"}, Label: "e/E", Help: "next pipeline that is not fresh (E: previous)", Hint: "not fresh"},
		{Action: LastBad, Keys: []string{"E"}, Help: "previous pipeline that is not fresh"},
		{Action: Search, Keys: []string{"/"}, Help: "only pipelines with these words", Hint: "filter"},
		{Action: Pipeline, Keys: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, Label: "1-9", Help: "pipeline by its number"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the name"},
		{Action: Refresh, Keys: []string{"r", "ctrl+r"}, Help: "read them again now", Hint: "read again"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the rows that are shown to a file (:export FILE names it)"},
	}
	return append(moves()[:1:1], append(m, moves()[1:]...)...)
}

// QueryPage returns the bindings of the page of a query's rows.
func QueryPage() Map {
	m := Map{
		{Action: Search, Keys: []string{"/"}, Help: "only rows with these words", Hint: "filter"},
		{Action: Sort, Keys: []string{"s"}, Help: "sort by the column under the cursor; again: turned around, then as the rows came", Hint: "sort"},
		{Action: Left, Keys: []string{"left", "h"}, Label: "left/right", Help: "sideways over the columns; the first stays", Hint: "columns"},
		{Action: Right, Keys: []string{"right"}, Help: "sideways, to the right"},
		{Action: Refresh, Keys: []string{"r", "ctrl+r"}, Help: "run the query again now", Hint: "run again"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the rows that are shown to a file (:export FILE names it)", Hint: "to a file"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the row"},
		{Action: CopyAll, Keys: []string{"Y"}, Help: "copy the query"},
	}
	return append(moves()[:1:1], append(m, moves()[1:]...)...)
}

// SearchPage returns the bindings of the page of a search over the logs of many
// days.
func SearchPage() Map {
	m := Map{
		{Action: Open, Keys: []string{"enter"}, Help: "open the log at the line", Hint: "open"},
		{Action: Search, Keys: []string{"/"}, Help: "type what to look for; enter searches", Hint: "search"},
		{Action: Regex, Keys: []string{"ctrl+r"}, Help: "search by regular expression, or by text"},
		{Action: History, Keys: []string{"h"}, Help: "7, 28, 90 or 365 days", Hint: "days"},
		{Action: Previous, Keys: []string{"[", "left"}, Label: "[ ]", Help: "as many days before these (]: after)", Hint: "earlier/later"},
		{Action: Next, Keys: []string{"]", "right"}, Help: "as many days after these"},
		{Action: NextMatch, Keys: []string{"n"}, Label: "n/N", Help: "next step that has matches (N: previous)", Hint: "step"},
		{Action: LastMatch, Keys: []string{"N"}, Help: "previous step that has matches"},
		{Action: Folds, Keys: []string{"u"}, Help: "all lines that are kept and each day without a log, or folded", Hint: "all lines"},
		{Action: OnlyMatch, Keys: []string{"x"}, Help: "only matches, or also the days without a log"},
		{Action: DayLog, Keys: []string{"L"}, Help: "all steps, or only that of the log it began from"},
		{Action: Zone, Keys: []string{"z"}, Help: "times in the zone of the pipeline, or in UTC"},
		{Action: Refresh, Keys: []string{"r"}, Help: "search again now"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the line"},
		{Action: Export, Keys: []string{"ctrl+s"}, Help: "write the lines that were found to a file (:export FILE names it)"},
	}
	return append(moves()[:1:1], append(m, moves()[1:]...)...)
}
