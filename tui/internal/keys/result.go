package keys

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
		{Action: Zone, Keys: []string{"z"}, Help: "times in the zone of the pipeline, or in UTC"},
		{Action: Refresh, Keys: []string{"r", "ctrl+r"}, Help: "read it again now"},
		{Action: Copy, Keys: []string{"y"}, Help: "copy the generation"},
		{Action: CopyAll, Keys: []string{"Y"}, Help: "copy where it lies"},
	}
	return append(moves()[:1:1], append(m, moves()[1:]...)...)
}
