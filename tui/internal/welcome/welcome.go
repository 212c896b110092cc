// Package welcome is the screen of a terminal without a project: what daybatch
// is, and what can be done about it. What is chosen is the caller's to do.
package welcome

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/input"
)

// Choice is what the operator wants. The zero Choice is to leave.
type Choice struct {
	Demo bool   // a project with generated data
	From string // a project for this file
	Open string // the project in this directory below
}

// Options begin the screen.
type Options struct {
	Look         theme.Options
	FixedProfile bool     // the profile of Look holds whatever the terminal says
	Ground       string   // dark, light, else as the terminal says
	Dir          string   // where there is no project
	Projects     []string // directories below it that are projects
	Files        []string // files there that hold data, for a project of one's own
	Problem      string   // what went wrong with the last choice
	From         string   // its file, which is typed on at; empty: it had none
	ReadOnly     bool     // nothing is made
}

// Model is the screen. Choice is read when the program has ended.
type Model struct {
	Choice Choice

	options       Options
	theme         *theme.Theme
	width, height int
	asking        bool // whether the demo is to be made
	typing        bool
	field         input.Input
	at            int // of the files
}

// New returns the screen.
func New(options Options) *Model {
	switch options.Ground {
	case "dark":
		options.Look.Ground = theme.Dark
	case "light":
		options.Look.Ground = theme.Light
	}
	m := &Model{options: options, theme: theme.New(options.Look), width: 80, height: 24}
	if options.From != "" {
		m.typing = true
		m.field.Set(options.From)
	}
	return m
}

// Init asks the terminal for its background.
func (*Model) Init() tea.Cmd { return tea.RequestBackgroundColor }

// Update takes keys.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.ColorProfileMsg:
		if !m.options.FixedProfile {
			m.options.Look.Profile = max(msg.Profile, colorprofile.ASCII)
			m.theme = theme.New(m.options.Look)
		}
	case tea.BackgroundColorMsg:
		if m.options.Ground == "" || m.options.Ground == "auto" {
			m.options.Look.Ground = theme.Light
			if msg.IsDark() {
				m.options.Look.Ground = theme.Dark
			}
			m.theme = theme.New(m.options.Look)
		}
	case tea.PasteMsg:
		if m.typing {
			m.field.Insert(strings.TrimSpace(msg.Content))
		}
	case tea.KeyPressMsg:
		return m, m.key(msg)
	}
	return m, nil
}

func (m *Model) key(msg tea.KeyPressMsg) tea.Cmd {
	if m.typing && msg.String() != "ctrl+c" {
		return m.typed(msg)
	}
	name := msg.String()
	switch {
	case m.asking && name == "enter":
		m.Choice.Demo = true
		return tea.Quit
	case m.asking && name != "ctrl+c":
		m.asking = name != "esc" && m.asking
		return nil
	case name == "q" || name == "esc" || name == "ctrl+c":
		return tea.Quit
	case name == "ctrl+z":
		return tea.Suspend
	case m.options.ReadOnly:
	case name == "d":
		m.asking = true
	case name == "i":
		m.typing = true
		if len(m.options.Files) > 0 {
			m.field.Offer(m.options.Files[0])
		}
	}
	if len(name) == 1 && name[0] >= '1' && name[0] <= '9' {
		if at := int(name[0] - '1'); at < len(m.options.Projects) {
			m.Choice.Open = m.options.Projects[at]
			return tea.Quit
		}
	}
	return nil
}

// typed takes a key while a file is named. Tab turns to the next that is there.
func (m *Model) typed(msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "esc":
		m.typing = false
	case "enter":
		if m.Choice.From = strings.TrimSpace(m.field.Text()); m.Choice.From != "" {
			return tea.Quit
		}
	case "tab", "down", "shift+tab", "up":
		if files := m.options.Files; len(files) > 0 {
			by := 1
			if name := msg.String(); name == "shift+tab" || name == "up" {
				by = len(files) - 1
			}
			m.at = (m.at + by) % len(files)
			m.field.Offer(files[m.at])
		}
	default:
		m.field.Key(msg)
	}
	return nil
}

// View draws the screen.
func (m *Model) View() tea.View {
	c := draw.New(m.theme, m.width)
	if m.height >= 14 {
		c.End()
	}
	m.text(c, theme.Accent, "daybatch")
	m.text(c, theme.Plain, "The operator's terminal for daily training-and-prediction batches: every date with its "+
		"steps, its forecast and what it is worth; what is missing, late or refused; and plans that mend it.")
	c.End()
	m.text(c, theme.Strong, "There is no project in "+m.options.Dir)
	c.End()
	m.offers(c)
	if m.asking {
		c.End()
		m.text(c, theme.Strong, "Make the demo?")
		m.text(c, theme.Plain, "A project of its own in your data directory, not in this one: three years of generated data, and 21 dates that run on this machine at once.")
	}
	x, y := m.form(c)
	if m.options.Problem != "" {
		c.End()
		m.text(c, theme.Bad, m.options.Problem)
	}
	c.Fill(m.height - 1)
	lines := strings.Split(c.String(), "\n")
	last := draw.New(m.theme, m.width)
	m.hints(last)
	lines = append(lines[:min(len(lines), max(0, m.height-1))], last.String())
	view := tea.NewView(strings.Join(lines, "\n"))
	view.AltScreen, view.WindowTitle = true, "daybatch"
	if m.typing && y < m.height-1 {
		view.Cursor = tea.NewCursor(x, y)
	}
	return view
}

func (m *Model) text(c *draw.Canvas, role theme.Role, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		for _, part := range draw.Wrap(line, layout.Clamp(m.width-4, 10, 76)) {
			c.Skip(2)
			c.Put(role, part)
			c.End()
		}
	}
}

// offers says what can be done.
func (m *Model) offers(c *draw.Canvas) {
	for i, project := range m.options.Projects {
		if i < 9 {
			m.offer(c, strconv.Itoa(i+1), "opens "+project, "daybatch --project "+page.Quote(project))
		}
	}
	if m.options.ReadOnly {
		m.text(c, theme.Gate, "READ-ONLY: nothing is made from here")
		return
	}
	m.offer(c, "d", "makes a project with generated data and runs it, to look around", "daybatch demo")
	m.offer(c, "i", "makes one for your own CSV or Parquet file", "daybatch init --from FILE")
}

func (m *Model) offer(c *draw.Canvas, key, what, command string) {
	const room = 66
	c.Skip(2)
	c.Put(theme.Accent, key)
	c.Skip(2)
	c.Cell(theme.Plain, what, room)
	if c.Left() > draw.Width(command) {
		c.Put(theme.Faint, command)
	}
	c.End()
}

// form is where the file is named; it returns the place of the text cursor.
func (m *Model) form(c *draw.Canvas) (x, y int) {
	if !m.typing {
		return 0, 0
	}
	c.End()
	c.Skip(2)
	c.Put(theme.Strong, "file: ")
	y = c.Lines()
	x = 2 + len("file: ") + m.field.Render(c, theme.Plain, max(1, c.Left()-2))
	c.End()
	if n := len(m.options.Files); n > 0 {
		m.text(c, theme.Faint, fmt.Sprintf("%d here may hold data; tab turns to the next", n))
	}
	return x, y
}

func (m *Model) hints(c *draw.Canvas) {
	hints := [][2]string{{"d", "demo"}, {"i", "init"}, {"q", "quit"}}
	switch {
	case m.asking:
		hints = [][2]string{{"enter", "makes and runs it"}, {"esc", "back"}}
	case m.typing:
		hints = [][2]string{{"enter", "makes the project"}, {"tab", "next file"}, {"esc", "back"}}
	case m.options.ReadOnly:
		hints = hints[2:]
	}
	for _, hint := range hints {
		c.Put(theme.Accent, " "+hint[0])
		c.Put(theme.Faint, " "+hint[1]+" ")
	}
}
