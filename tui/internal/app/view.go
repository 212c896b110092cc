package app

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// resize tells every page its size: the screen without header and footer.
func (m *Model) resize() {
	for _, open := range m.stack {
		if open.dialog {
			open.page.Resize(m.env.Width, m.env.Height)
			continue
		}
		open.page.Resize(m.env.Width, max(0, m.env.Height-m.header()-1))
	}
}

// header returns the number of lines above the page. Only a screen of a few lines has
// none: which date this is of which pipeline must be read on any other.
func (m *Model) header() int {
	const least = 4
	if m.env.Height < least {
		return 0
	}
	return 1
}

// View draws the screen.
func (m *Model) View() tea.View {
	shown := m.visible()
	c := draw.New(m.env.Theme, m.env.Width)
	if m.header() > 0 {
		m.drawHeader(c, shown[0].page)
	}
	// The footer stays, whatever a page makes of a terminal of a few lines.
	if room := m.env.Height - 1 - c.Lines(); room > 0 {
		body := strings.Split(shown[0].page.View(), "\n")
		c.Append(body[:min(len(body), room)])
	}
	c.Fill(m.env.Height - 1)
	m.drawFooter(c, m.top())
	view := tea.NewView(c.String())
	if focuser, ok := shown[0].page.(page.Focuser); ok && len(shown) == 1 && focuser.Focused() {
		x, y := focuser.Cursor()
		view.Cursor = tea.NewCursor(x, y+m.header())
	}
	for _, open := range shown[1:] {
		m.overlay(&view, open.page)
	}
	if view.Content == m.drawn { // the renderer compares at each turn: of the same string it is cheap
		view.Content = m.drawn
	}
	m.drawn = view.Content
	view.AltScreen, view.ReportFocus = true, true
	if m.mouse {
		view.MouseMode = tea.MouseModeCellMotion
	}
	view.WindowTitle = "daybatch " + m.env.Pipeline.Name
	view.ProgressBar = m.progress()
	return view
}

// overlay puts a dialog in the middle of the screen.
func (m *Model) overlay(view *tea.View, dialog page.Page) {
	x, y, box := m.box(dialog)
	width := 0
	for _, line := range box {
		width = max(width, ansi.StringWidth(line))
	}
	lines := strings.Split(view.Content, "\n")
	for i, line := range box {
		if y+i >= len(lines) {
			break
		}
		below := lines[y+i]
		left := ansi.Truncate(below, x, "")
		left += strings.Repeat(" ", max(0, x-ansi.StringWidth(left)))
		lines[y+i] = left + line + ansi.TruncateLeft(below, x+width, "")
	}
	view.Content = strings.Join(lines, "\n")
	if focuser, ok := dialog.(page.Focuser); ok && focuser.Focused() {
		cx, cy := focuser.Cursor()
		view.Cursor = tea.NewCursor(x+cx, y+cy)
	}
}

// box draws a dialog and says where its upper left corner lies.
func (m *Model) box(dialog page.Page) (x, y int, lines []string) {
	lines = strings.Split(dialog.View(), "\n")
	width := 0
	for _, line := range lines {
		width = max(width, ansi.StringWidth(line))
	}
	return layout.Center(width, m.env.Width), layout.Center(len(lines), m.env.Height-1), lines
}

// drawFooter shows the notice, else the keys that matter here.
func (m *Model) drawFooter(c *draw.Canvas, top opened) {
	position := ""
	if namer, ok := top.page.(page.Namer); ok {
		position = namer.Position()
	}
	room := c.Left() - draw.Width(position) - 2
	if m.header() == 0 {
		room -= m.drawBand(c)
	}
	if m.notice != nil {
		drawNotice(c, m.notice, max(0, room-1))
	} else {
		m.drawHints(c, top, room)
	}
	if c.Left() > draw.Width(position) {
		c.To(m.env.Width - draw.Width(position) - 1)
		c.Put(theme.Plain, position)
	}
	c.End()
}

// drawNotice shows what fits in cells, of a long notice both ends: an error says why
// at its end, and a file's path which file.
func drawNotice(c *draw.Canvas, notice *page.Notify, cells int) {
	c.Skip(1)
	text := notice.Text
	if draw.Width(text) > cells && notice.Brief != "" {
		text = notice.Brief
	}
	c.Ends(notice.Role, text, cells)
}

// drawHints draws as many whole hints as fit, always among them the help and what
// leads on and back: for these room is kept first.
func (m *Model) drawHints(c *draw.Canvas, top opened, room int) {
	hints := m.hints(top)
	help := ""
	if at := slices.IndexFunc(hints, func(b keys.Binding) bool { return b.Action == keys.Help }); at >= 0 {
		help = hints[at].Shown()
		room -= draw.Width(help) + len("  help ")
		hints = slices.Delete(hints, at, at+1)
	}
	kept := func(b keys.Binding) bool { return b.Action == keys.Back || b.Action == keys.Confirm }
	for _, binding := range hints {
		if kept(binding) {
			room -= hintWidth(binding)
		}
	}
	for _, binding := range hints {
		cells := hintWidth(binding)
		if kept(binding) {
			cells = 0 // it has its room
		}
		if cells > room {
			continue
		}
		room -= cells
		c.Put(theme.Accent, " "+binding.Shown())
		c.Put(theme.Faint, " "+binding.Hint+" ")
	}
	if help != "" {
		c.Put(theme.Accent, " "+help)
		c.Put(theme.Faint, " help")
	}
}

// hints returns what of the keys is said at the foot of a page.
func (m *Model) hints(top opened) keys.Map {
	hints := slices.Clone(m.keys(top))
	if !focused(top.page) && !top.dialog { // else its own keys are all there are
		for _, binding := range m.everywhere(top) {
			if hints.Key(binding.Action) == "" {
				hints = append(hints, binding)
			}
		}
	}
	hints = slices.DeleteFunc(hints, func(b keys.Binding) bool {
		return b.Hint == "" || b.Action == keys.Back && len(m.stack) == 1 && !focused(top.page)
	})
	if at := slices.IndexFunc(hints, func(b keys.Binding) bool { return b.Action == keys.LogIn }); at >= 0 {
		again := hints[at] // it comes before all else
		hints = slices.Insert(slices.Delete(hints, at, at+1), 0, again)
	}
	return hints
}

// hintWidth returns how many cells a hint takes.
func hintWidth(b keys.Binding) int { return draw.Width(b.Shown()) + draw.Width(b.Hint) + len("   ") }

// planned counts the dates of the plans that go on, and those that have ended.
func (m *Model) planned() (total, ended int, paused bool) {
	for _, plan := range m.plans {
		for _, row := range plan.Rows {
			if row.Action == forecast.ActionSkip {
				continue
			}
			total++
			if !row.State.Open() {
				ended++
			}
		}
		paused = paused || plan.State == forecast.PlanPaused
	}
	return total, ended, paused
}

// progress is how far the plans are, for terminals that show it.
func (m *Model) progress() *tea.ProgressBar {
	total, ended, paused := m.planned()
	if total == 0 {
		return nil
	}
	state := tea.ProgressBarDefault
	if paused {
		state = tea.ProgressBarWarning
	}
	return tea.NewProgressBar(state, ended*100/total)
}
