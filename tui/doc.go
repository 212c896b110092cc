// Package tui is the terminal UI: an operator's view of the days of a pipeline,
// and the plans that change them. It talks to a [forecast.Engine] and to nothing
// else.
//
// The parts, from the outside in: app is the only tea.Model and routes messages
// to pages; a page is a package under page, with a row in app's table; effects
// does everything that waits; widget, draw, theme, layout and keys are plain
// values that pages are made of.
package tui
