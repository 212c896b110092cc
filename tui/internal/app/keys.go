package app

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// key routes a key press.
func (m *Model) key(press tea.KeyPressMsg) tea.Cmd {
	if m.guard.swallows(m.env.Effects.Wall()) && press.String() != "ctrl+c" {
		return nil
	}
	m.notice = nil
	if m.pressed = press.String(); m.pressed != m.echo.key {
		m.echo = echo{}
	}
	if press.String() == "ctrl+c" {
		return m.quit()
	}
	top := m.top()
	if focused(top.page) {
		if pressed, ok := m.keys(top).Find(press); ok {
			return top.page.Update(pressed)
		}
		return top.page.Update(press)
	}
	if pressed, ok := m.keys(top).Find(press); ok {
		if m.keys(top).Changes(pressed.Action) && m.echo.swallows(m.pressed, m.env.Effects.Wall()) {
			return page.Say(theme.Faint, m.pressed+" has opened this page; press it again to change something here")
		}
		return m.act(pressed)
	}
	if pressed, ok := m.everywhere(top).Find(press); ok {
		return m.act(pressed)
	}
	return m.refused(top, press)
}

// refused says of a key why it does nothing: it would change something, or it is none
// of this page.
func (m *Model) refused(top opened, press tea.KeyPressMsg) tea.Cmd {
	if top.dialog {
		return nil
	}
	all := append(m.bindings(top), m.options.Keys.On(keys.GlobalName, keys.Global())...)
	if pressed, ok := all.Find(press); ok && m.env.ReadOnly && all.Changes(pressed.Action) {
		return page.Say(theme.Gate, "read-only: nothing is changed from here, "+m.pressed+" neither")
	}
	return page.Say(theme.Faint, m.pressed+" is no key of this page: "+m.everywhere(top).Key(keys.Help)+" shows those")
}

// act does what a key means: what concerns the whole program here, the rest in
// the page.
func (m *Model) act(pressed keys.Pressed) tea.Cmd {
	top := m.top()
	switch pressed.Action {
	case keys.Help:
		if top.dialog {
			return nil
		}
		return m.push(page.Place{Kind: page.Help, Keys: append(m.keys(top), m.everywhere(top)...)})
	case keys.Palette:
		return m.openPalette()
	case keys.Back:
		if backer, ok := top.page.(page.Backer); ok && backer.Back() {
			return nil
		}
		m.pop()
		return nil
	case keys.Quit:
		return m.leave()
	case keys.Refresh:
		return tea.Batch(m.refresh(), top.page.Update(pressed))
	case keys.Zone:
		return m.nextZone()
	case keys.Mouse:
		if m.mouse {
			return m.set(page.SetMouse, "off")
		}
		return m.set(page.SetMouse, "on")
	case keys.Suspend:
		return tea.Suspend
	case keys.Pipeline:
		return m.switchTo(m.numbered(pressed.Digit))
	case keys.CopyVerb:
		return page.Copy(m.equivalent())
	case keys.Console:
		return m.openConsole()
	case keys.LogIn:
		return m.askLogin()
	case keys.Export:
		return m.export("")
	default:
		if m.keys(top).Key(pressed.Action) == "" && m.everywhere(top).Key(pressed.Action) != "" {
			return m.lead(top, pressed.Action)
		}
		return top.page.Update(pressed)
	}
}

// leave goes back to the page before, from the first one out of the program.
func (m *Model) leave() tea.Cmd {
	if len(m.stack) == 1 {
		return m.quit()
	}
	m.pop()
	return nil
}

// dated returns the date that a page is about, zero if it is about none.
func dated(p page.Page) calendar.Date {
	if dated, ok := p.(page.Dated); ok {
		return dated.Date()
	}
	return 0
}

// ofDate returns the kind of page that an action opens on the date that is shown.
func ofDate(action keys.Action) (page.Kind, bool) {
	kind, ok := map[keys.Action]page.Kind{
		keys.Metrics: page.Metrics, keys.Plot: page.Plot, keys.Partitions: page.Partition, keys.DayLog: page.Logs,
	}[action]
	return kind, ok
}

// lead opens what can be opened from any page.
func (m *Model) lead(top opened, action keys.Action) tea.Cmd {
	if kind, ok := ofDate(action); ok {
		place := page.Place{Kind: kind, Date: dated(top.page)}
		if kind == page.Logs {
			m.pending = place
			return m.scope.Executions(place.Date)
		}
		return m.push(place)
	}
	kind := map[keys.Action]page.Kind{keys.Plans: page.Progress, keys.Activity: page.Activity, keys.Doctor: page.Doctor}[action]
	switch action {
	case keys.Backfill:
		return m.push(page.Place{Kind: page.Request, Request: page.Backfill(m.env, nil)})
	case keys.Rerun:
		date := dated(top.page)
		if date.IsZero() {
			return page.Say(theme.Faint, "this page is of no date that could run again")
		}
		return m.push(page.Place{Kind: page.Request, Request: page.Rerun(m.env, []calendar.Date{date})})
	default:
		if kind == top.kind {
			return page.Say(theme.Faint, "this is it")
		}
		return m.push(page.Place{Kind: kind})
	}
}

// keys returns what keys do on a page, as the person has chosen them; without
// the right to change anything those that would are not there.
func (m *Model) keys(open opened) keys.Map {
	found := m.bindings(open)
	if m.env.ReadOnly {
		return found.ReadOnly()
	}
	return found
}

// bindings returns all that keys do on a page where everything may be changed.
func (m *Model) bindings(open opened) keys.Map {
	found := slices.Clone(m.options.Keys.On(m.tableOf(open), open.page.Keys()))
	if len(m.options.Pipelines) < 2 {
		found = slices.DeleteFunc(found, func(b keys.Binding) bool { return b.Action == keys.Pipeline || b.Action == keys.Overview })
	}
	return found
}

// everywhere returns the keys that work on a page because they do on every one. A form
// and a question lead nowhere else.
func (m *Model) everywhere(open opened) keys.Map {
	// What a page has for itself stays away from it too where the person has taken its key.
	global := m.global().Beside(slices.Concat(open.page.Keys(), m.bindings(open)))
	if dated(open.page).IsZero() {
		global = slices.DeleteFunc(global, func(b keys.Binding) bool {
			_, of := ofDate(b.Action)
			return of
		})
	}
	if open.dialog || open.kind == page.Request {
		return slices.DeleteFunc(global, func(b keys.Binding) bool { return b.Yields })
	}
	return global
}

// tableOf returns the name of the table of a page's keys, as it is now.
func (m *Model) tableOf(open opened) string {
	tabled, ok := open.page.(page.Tabled)
	switch {
	case open.kind == page.Request:
		return keys.FormName
	case focused(open.page) && !open.dialog:
		return keys.TypingName
	case ok:
		return tabled.Table()
	default:
		return string(open.kind)
	}
}

// global returns the keys that work on every page.
func (m *Model) global() keys.Map {
	global := slices.Clone(m.options.Keys.On(keys.GlobalName, keys.Global()))
	if m.env.ReadOnly {
		global = global.ReadOnly()
	}
	at := slices.IndexFunc(global, func(b keys.Binding) bool { return b.Action == keys.LogIn })
	if at < 0 || !m.login.expired {
		return global
	}
	global[at].Hint = "log in again"
	return global
}

// shown returns the key of an action that works on every page; without one, what
// else does it.
func (m *Model) shown(action keys.Action, other string) string {
	for _, binding := range m.global() {
		if binding.Action == action {
			return binding.Shown()
		}
	}
	return other
}

// quit ends the program, and asks first if plans run.
func (m *Model) quit() tea.Cmd {
	end := func() tea.Msg { return page.Quit{} }
	running := 0
	for _, plan := range m.plans {
		if plan.State != forecast.PlanPaused {
			running++
		}
	}
	if running == 0 || m.options.ReadOnly || m.top().kind == page.Confirm {
		return end
	}
	return m.push(page.Place{Kind: page.Confirm, Ask: page.Ask{
		Title: "A plan is being carried out",
		Text: "What this process runs is ended and queued again; nothing is lost, and the next daybatch " +
			"on this project goes on with it.",
		Yes: "quits",
		Do:  func() tea.Cmd { return end },
	}})
}

func focused(p page.Page) bool {
	focuser, ok := p.(page.Focuser)
	return ok && focuser.Focused()
}
