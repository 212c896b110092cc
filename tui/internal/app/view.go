package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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

// header returns the number of lines above the page.
func (m *Model) header() int {
	if m.env.Small() {
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

// drawHeader says what is operated, where, and how fresh the screen is; the
// page's own words stand at the right. Where there is no room for both, what stays is
// what tells this screen from another.
func (m *Model) drawHeader(c *draw.Canvas, shown page.Page) {
	m.drawWhere(c, m.cramped(shown))
	m.drawBoard(c)
	m.drawName(c, shown)
}

// cramped reports whether a page's own words are cut beside all the rest, and less so
// beside what must be. Some pages leave words out instead.
func (m *Model) cramped(shown page.Page) bool {
	beside := func(brief bool) string {
		where := draw.New(m.env.Theme, m.env.Width)
		m.drawWhere(where, brief)
		m.drawBoard(where)
		return ansi.Strip(m.words(shown, where.Left()))
	}
	whole, more := beside(false), beside(true)
	cut := m.env.Width < 80 || strings.HasSuffix(whole, m.env.Theme.Ellipsis)
	return cut && ansi.StringWidth(more) > ansi.StringWidth(whole)
}

// words returns what a page says in the header, as far as there is room for it.
func (m *Model) words(shown page.Page, room int) string {
	right := draw.New(m.env.Theme, room-3)
	if namer, ok := shown.(page.Namer); ok {
		namer.Name(right)
	}
	return right.String()
}

// drawWhere says what is operated and how fresh the screen is; in brief without the
// name of the program, and with the mark of an engine for its name.
func (m *Model) drawWhere(c *draw.Canvas, brief bool) { //nolint:revive // of the line, not of a caller
	pipeline := m.env.Pipeline
	band := theme.Band
	if pipeline.Production {
		band = theme.Alarm
	}
	name := " " + pipeline.Name
	if !brief {
		c.Put(theme.Accent, " daybatch")
		name = " " + name
	}
	c.Put(theme.Strong, name)
	if n := len(m.options.Pipelines); n > 1 && m.env.Width >= 80 {
		c.Put(theme.Faint, fmt.Sprintf(" %d/%d", slices.Index(m.options.Pipelines, m.options.Pipeline)+1, n))
	}
	c.Skip(2)
	engine := strings.ToUpper(pipeline.Engine)
	if brief && pipeline.Mark != "" {
		engine = ""
	}
	if pipeline.Production {
		engine += " PRODUCTION"
	}
	if pipeline.Mark != "" {
		engine = strings.TrimSpace(engine + " " + pipeline.Mark)
		band = theme.Alarm
	}
	if engine != "" {
		c.Put(band, " "+engine+" ")
		c.Skip(1)
	}
	m.drawLink(c)
	if m.env.ReadOnly {
		c.Put(theme.Gate, "  READ-ONLY")
	}
}

// drawName writes the page's own words, and where the pipeline is if there is room.
func (m *Model) drawName(c *draw.Canvas, shown page.Page) {
	words := m.words(shown, c.Left())
	reserved := ansi.StringWidth(words) + 1
	if zone := m.zoneName(); c.Left()-reserved > len(zone)+2 {
		c.Put(theme.Faint, "  "+zone)
	}
	if room := c.Left() - reserved - 4; room > 10 {
		c.Skip(2)
		c.Put(theme.Faint, tail(m.env.Effects.Tilde(m.env.Pipeline.Place), room))
	}
	c.To(m.env.Width - reserved)
	c.Append([]string{words})
}

// tail returns the end of a path, where its name is.
func tail(path string, width int) string {
	if cells := draw.Width(path); cells > width {
		return ".." + ansi.TruncateLeft(path, cells-width+2, "")
	}
	return path
}

// drawLink says whether changes arrive. Times of day, as counts would stand still on a
// screen that nothing moves.
func (m *Model) drawLink(c *draw.Canvas) {
	at := func(t time.Time, form string) string { return t.In(m.env.Zone).Format(form) }
	wide := m.env.Width >= boardWidth
	switch {
	case m.login.expired:
		c.Put(theme.Bad, "login expired")
		if !m.link.since.IsZero() {
			c.Put(theme.Plain, ", stale "+draw.Ago(m.wall.Sub(m.link.since)))
		}
	case m.link.live:
		c.Put(theme.Good, "live")
		if wide && !m.link.looked.IsZero() {
			c.Put(theme.Faint, ", read "+at(m.link.looked, "15:04"))
		}
	case m.link.err != nil:
		c.Put(theme.Bad, "stale "+draw.Ago(m.wall.Sub(m.link.since)))
		if wide {
			c.Put(theme.Plain, ", next try "+at(m.link.retry, "15:04:05"))
		}
		c.Put(theme.Plain, ": "+kind(m.link.err))
	default:
		c.Put(theme.Faint, "connecting")
	}
	if total, ended, _ := m.planned(); total > 0 && m.env.Width >= 80 {
		c.Put(theme.Busy, fmt.Sprintf("  %d/%d dates", ended, total))
	}
}

// kind says of which kind a failure is, in a word or two; without one what it says
// itself. The whole of it is too long for where it has to stay.
func kind(err error) string {
	for _, kind := range []error{forecast.ErrLogin, forecast.ErrThrottled, forecast.ErrUnavailable, forecast.ErrUnauthorised} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	return draw.First(err.Error())
}

// boardWidth is the width from which on there is room for the dashboard, and for words.
const boardWidth = 100

// drawBoard says since when forecasts are worse than expected, if they are, and how
// far the dashboard is, if there is one.
func (m *Model) drawBoard(c *draw.Canvas) {
	board := m.board
	switch since := board.Drift.Since.String()[len("2006-"):]; {
	case !board.Drift.Lasts():
	case m.env.Width >= boardWidth:
		c.Put(theme.Bad, "  drift since "+since)
	case m.env.Width >= 80:
		c.Put(theme.Bad, "  drift "+since)
	default:
		c.Put(theme.Bad, "  drift")
	}
	switch {
	case m.env.Width < boardWidth:
	case board.Err != nil:
		c.Put(theme.Gate, "  dashboard ?")
	case board.Name == "":
	case board.Reason != "":
		c.Put(theme.Bad, fmt.Sprintf("  dashboard %d behind", board.Behind))
	case board.Refreshing:
		c.Put(theme.Busy, "  dashboard refreshing")
	case board.Behind > 0:
		c.Put(theme.Gate, fmt.Sprintf("  dashboard %d behind", board.Behind))
	case !board.Read.IsZero():
		c.Put(theme.Faint, "  dashboard "+draw.Ago(m.env.Now.Sub(board.Read))+" old")
	}
}

// drawFooter shows the notice, else the keys that matter here.
func (m *Model) drawFooter(c *draw.Canvas, top opened) {
	position := ""
	if namer, ok := top.page.(page.Namer); ok {
		position = namer.Position()
	}
	room := c.Left() - draw.Width(position) - 2
	if mark := m.env.Pipeline.Mark; mark != "" && m.header() == 0 {
		c.Put(theme.Alarm, " "+mark+" ")
		room -= draw.Width(mark) + len("  ")
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
