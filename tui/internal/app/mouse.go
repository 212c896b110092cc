package app

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// click is the item that was clicked at last: twice within a moment is as enter.
type click struct {
	page page.Page
	item page.Item
	at   time.Time
}

const (
	twice = 400 * time.Millisecond
	wheel = 3 // rows that the wheel moves by
)

// mouseInput takes the wheel and clicks. Neither changes anything that runs.
func (m *Model) mouseInput(msg tea.MouseMsg) tea.Cmd {
	mouse := msg.Mouse()
	switch msg.(type) {
	case tea.MouseWheelMsg:
		return m.wheeled(mouse)
	case tea.MouseClickMsg:
		if mouse.Button == tea.MouseLeft {
			return m.clicked(mouse)
		}
	}
	return nil
}

// within returns where the mouse is on the page on top.
func (m *Model) within(mouse tea.Mouse) (x, y int) {
	if top := m.top(); top.dialog {
		left, above, _ := m.box(top.page)
		return mouse.X - left, mouse.Y - above
	}
	return mouse.X, mouse.Y - m.header()
}

// wheeled moves by rows, as keys do unless the page knows better. A dialog is too low
// for more than one.
func (m *Model) wheeled(mouse tea.Mouse) tea.Cmd {
	top := m.top()
	action, rows := keys.Down, wheel
	switch mouse.Button {
	case tea.MouseWheelDown:
	case tea.MouseWheelUp:
		action, rows = keys.Up, -wheel
	default:
		return nil
	}
	if wheeler, ok := top.page.(page.Wheeler); ok {
		_, line := m.within(mouse)
		return wheeler.Wheel(line, rows)
	}
	times := wheel
	if top.dialog {
		times = 1
	}
	var commands []tea.Cmd
	for range times {
		commands = append(commands, top.page.Update(keys.Pressed{Action: action}))
	}
	return tea.Batch(commands...)
}

// clicked goes to the item under the mouse; one that was just clicked at is opened.
func (m *Model) clicked(mouse tea.Mouse) tea.Cmd {
	m.notice, m.pressed = nil, ""
	before := m.click
	m.click = click{}
	top := m.top()
	clicker, ok := top.page.(page.Clicker)
	if !ok {
		return nil
	}
	item, ok := clicker.Click(m.within(mouse))
	if !ok {
		return nil
	}
	now := m.env.Effects.Wall()
	pick := clicker.Pick(item)
	if before.page == top.page && before.item == item && now.Sub(before.at) < twice {
		return tea.Batch(pick, m.enter(top))
	}
	m.click = click{top.page, item, now}
	return pick
}

// enter does what the key of this name does by itself, unless it would start or change
// something.
func (m *Model) enter(top opened) tea.Cmd {
	all := top.page.Keys()
	pressed, ok := all.Find(tea.KeyPressMsg{Code: tea.KeyEnter})
	if !ok || all.Changes(pressed.Action) {
		return nil
	}
	if chooser, ok := top.page.(page.Chooser); ok && chooser.Leads() {
		return page.Say(theme.Gate, "a click changes nothing: enter does what is chosen")
	}
	if focused(top.page) {
		return top.page.Update(pressed)
	}
	return m.act(pressed)
}
