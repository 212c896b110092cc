// Package app is the program around the pages: the only tea.Model. It routes
// messages by their kind and knows no page's own:
//
//	size, colours       everybody
//	keys                the top dialog, else the focused input, else the page,
//	                    else the global keys
//	replies             the page that asked, wherever it lies
//	events of the engine  every live page
package app

import (
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Options begin a program.
type Options struct {
	Effects  *effects.Effects
	Actor    string
	ReadOnly bool
	Look     theme.Options
	// Charset is what Look's is unless only ASCII is to be used.
	Charset theme.Charset
	// FixedProfile keeps the profile of Look whatever the terminal says.
	FixedProfile bool
	// Drive carries out applied plans while the program runs.
	Drive bool
	// Screen is how a screen before this one was set to be shown.
	Screen Screen
	// Zone is the zone of times at first; empty: the pipeline's.
	Zone Zone
	// Keys are those that the person has chosen.
	Keys keys.Custom
	// Mouse reports wheel and clicks at first.
	Mouse bool
	// Ground is what the background is taken for; empty: what the terminal says.
	Ground string
	// Start runs beside the screen.
	Start tea.Cmd
	// Pipelines lie side by side; Pipeline is the one of them that is shown.
	Pipelines []string
	Pipeline  string
	// Project is the directory of the project, and Dir the working directory.
	Project, Dir string
	// Call is how a shell there calls daybatch for the project; empty: daybatch.
	Call string
	// Notice is said at first.
	Notice string
	// Session is where the operator was last.
	Session Session
}

// opened is a page on the stack.
type opened struct {
	kind   page.Kind
	page   page.Page
	dialog bool
}

// Model is the program. The home page lies at the bottom of the stack and never
// leaves it.
type Model struct {
	options Options
	env     *page.Env
	scope   *effects.Scope // the program's own requests
	feed    *effects.Feed
	table   map[page.Kind]row
	stack   []opened

	zone     Zone
	screen   Screen // what was set of it
	mouse    bool
	ground   theme.Ground // what the terminal says
	recent   []string     // lines of the palette that were run, newest first
	saved    []SavedPlan  // plans that were kept for later, newest first
	wall     time.Time    // the person's time, as env.Now is the records'
	pending  page.Place   // log that is opened when its attempt is known
	guard    guard
	pressed  string // the last key
	echo     echo
	click    click
	drawn    string     // the frame that was drawn last
	away     bool       // the terminal has lost the focus
	kept     Session    // what was written last
	begin    tea.Cmd    // what the session asks for at first
	next     Next       // what is shown after this
	turning  *page.Turn // wanted: the program looks whether it exists
	link     link
	login    login
	board    effects.Board
	notice   *page.Notify
	plans    map[forecast.PlanID]forecast.Plan // applied and not ended
	ticking  bool
	quitting bool
}

// link is how changes arrive.
type link struct {
	live  bool
	err   error
	since time.Time // when it was lost
	retry time.Time
	// looked is when the engine looked for changes last; zero: it is told of them.
	looked time.Time
}

// New returns the program with its home page.
func New(options Options) *Model {
	env := &page.Env{
		Effects: options.Effects, Theme: theme.New(options.Look), Now: options.Effects.Now(), Zone: time.UTC, Home: time.UTC,
		Actor: options.Actor, ReadOnly: options.ReadOnly, Chosen: options.Keys, Width: 80, Height: 24,
		Pipeline: forecast.Pipeline{Steps: forecast.StepNames()}, Beside: options.Pipelines, Shown: options.Pipeline, Project: options.Project, Dir: options.Dir, Call: options.Call,
		Choices: options.Session.Choices,
	}
	m := &Model{
		options: options, env: env, scope: options.Effects.Scope(), feed: options.Effects.Feed(),
		table: table(), zone: options.Zone, mouse: options.Mouse, plans: make(map[forecast.PlanID]forecast.Plan),
	}
	m.look(nil)
	m.push(page.Place{Kind: page.Days, Date: options.Session.Date})
	if keeper, ok := m.top().page.(page.Keeper); ok {
		keeper.Restore(options.Session.Days)
	}
	if knower, ok := m.stack[0].page.(page.Knower); ok {
		env.Known = knower.Known
	}
	m.begin = m.restore(options.Session)
	m.show(options.Screen)
	if options.Notice != "" {
		m.notice = &page.Notify{Role: theme.Gate, Text: options.Notice}
	}
	m.kept = options.Session
	return m
}

// Init starts the home page, the subscription and the driving of plans. Plans are read
// once it is known whether changes are heard of: the first days need the time more.
func (m *Model) Init() tea.Cmd {
	commands := []tea.Cmd{
		m.scope.Describe(), m.scope.Dashboard(), m.stack[0].page.Init(), m.begin, m.feed.Next(), m.env.Effects.Minute(),
		tea.RequestBackgroundColor, m.options.Start,
	}
	if m.options.Drive && !m.options.ReadOnly {
		commands = append(commands, m.env.Effects.Drive())
	}
	return tea.Batch(append(commands, m.tick())...)
}

// Update routes a message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	return m, tea.Batch(m.route(msg), m.tick(), m.keep())
}

func (m *Model) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.PasteMsg:
		if focused(m.top().page) {
			return m.top().page.Update(msg)
		}
	case effects.Tagged:
		return m.answer(msg)
	case effects.Changed, effects.Watching, effects.WatchLost:
		return m.event(msg)
	case effects.Tick:
		m.pass(msg.At)
		m.ticking = false
		m.env.Frame++
	case effects.Minute:
		return m.minute(msg)
	case effects.Driven:
		return m.driven(msg)
	case effects.LoggedIn:
		return m.loggedIn(msg)
	case effects.Copied:
		return m.copied(msg)
	case tea.MouseMsg:
		return m.mouseInput(msg)
	case effects.Started:
		if msg.Err != nil {
			return page.Say(theme.Bad, msg.Err.Error())
		}
	case page.Clip:
		return m.env.Effects.Copy(msg.Text)
	case page.Ran, page.Goto, page.OpenLog, page.StopDate, page.FillDate, page.Set, page.Switch, page.Turn, page.Export, page.Choose, page.Sort, page.Saved:
		return m.command(msg)
	default:
		return m.arrange(msg)
	}
	return nil
}

// minute does what is done once a minute.
func (m *Model) minute(msg effects.Minute) tea.Cmd {
	m.pass(msg.At)
	m.login.expired = m.login.expired && !m.link.live // whoever looks for changes has one
	m.link.looked = m.feed.Looked()
	commands := []tea.Cmd{m.env.Effects.Minute(), m.scope.Dashboard(), m.top().page.Update(msg)}
	if due := m.env.Pipeline.NextDue; !due.IsZero() && !due.After(m.env.Now) {
		commands = append(commands, m.scope.Describe()) // another date is the next one
	}
	if len(m.stack) > 1 { // it keeps what it has
		commands = append(commands, m.stack[0].page.Update(msg))
	}
	return tea.Batch(commands...)
}

// arrange takes what changes the screen: its size, its colours, its pages.
func (m *Model) arrange(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.env.Width, m.env.Height = msg.Width, msg.Height
		m.resize()
	case tea.ColorProfileMsg:
		if !m.options.FixedProfile {
			m.look(func(o *theme.Options) { o.Profile = msg.Profile })
		}
	case tea.BackgroundColorMsg:
		m.ground = theme.Light
		if msg.IsDark() {
			m.ground = theme.Dark
		}
		m.look(nil)
	case page.Navigate:
		return m.push(msg.Place)
	case page.Replace:
		m.pop()
		return m.push(msg.Place)
	case page.Back:
		m.pop()
		if msg.Then.Action != "" {
			return m.act(msg.Then)
		}
	case page.Notify:
		m.notice = &msg
	case page.Applied:
		m.note(msg.Plan)
		m.unsave(msg.Plan.ID)
		return m.stack[0].page.Update(msg) // whose dates it was made of
	case page.AskQuit:
		return m.quit()
	case tea.FocusMsg:
		m.away = false
		return m.feed.Ease(1)
	case tea.BlurMsg:
		const slower = 6
		m.away = true
		return m.feed.Ease(slower)
	case page.Quit:
		m.quitting = true
		return tea.Sequence(m.env.Effects.Remember(m.session()), tea.Quit)
	}
	return nil
}

// look makes the theme anew after a change of what it is made of.
func (m *Model) look(change func(*theme.Options)) {
	options := m.env.Theme.Options
	switch m.options.Ground {
	case "dark":
		options.Ground = theme.Dark
	case "light":
		options.Ground = theme.Light
	default:
		options.Ground = m.ground
	}
	if change != nil {
		change(&options)
	}
	if options.Profile == colorprofile.Unknown {
		options.Profile = colorprofile.ASCII
	}
	if options != m.env.Theme.Options {
		m.env.Theme = theme.New(options)
	}
}

// pass takes what time it is by the records, and by the person.
func (m *Model) pass(now time.Time) { m.env.Now, m.wall = now, m.env.Effects.Wall() }

// answer gives a reply to the page that asked. One that nobody waits for any
// more is dropped, unless it tells that a change went wrong.
func (m *Model) answer(reply effects.Tagged) tea.Cmd {
	m.pass(m.env.Effects.Now())
	var next tea.Cmd
	failed, ok := reply.(effects.Failed)
	_, kept := reply.(effects.Reply[effects.Snapshot])
	switch {
	case kept: // on this machine
	case ok:
		next = m.expire(failed.Err)
		if m.told(failed) {
			m.notice = &page.Notify{Role: theme.Bad, Text: failed.Text()}
		}
		if failed.Kind == effects.KindAccount {
			m.turning = nil
		}
		if failed.Kind == effects.KindExecutions && failed.Owner() == m.scope.ID() {
			m.scope.Cancel(failed.Kind) // a log that opens much later would be in the way
		}
	case errors.Is(m.link.err, forecast.ErrUnavailable): // something answers again: no need to wait
		next = m.feed.Hurry()
	}
	if reply.Owner() == m.scope.ID() {
		return tea.Batch(next, m.own(reply))
	}
	for _, open := range m.stack {
		if open.page.Scope().ID() == reply.Owner() && open.page.Scope().Fresh(reply) {
			return tea.Batch(next, open.page.Update(reply))
		}
	}
	return next
}

// told reports whether a failure is said at the foot of the screen: of what was to
// be changed, and of what was asked for by a key and has no place on the page.
func (m *Model) told(failed effects.Failed) bool {
	switch failed.Kind {
	case effects.KindDescribe, effects.KindExport, effects.KindFillPlan:
		return true
	case effects.KindAccount: // else it is only for what the palette offers
		return m.turning != nil
	case effects.KindExecutions: // to open a log
		return failed.Owner() == m.scope.ID()
	default:
		return failed.Change
	}
}

// own takes the replies to the program itself.
func (m *Model) own(reply effects.Tagged) tea.Cmd {
	switch reply := reply.(type) {
	case effects.Reply[effects.Described]:
		again := m.env.Pipeline.Name != "" && slices.Equal(m.env.Pipeline.Notes, reply.Value.Pipeline.Notes)
		m.env.Pipeline, m.env.Home = reply.Value.Pipeline, reply.Value.Zone
		m.env.ReadOnly = m.options.ReadOnly || reply.Value.Pipeline.ReadOnly
		m.showZone()
		if notes := reply.Value.Pipeline.Notes; len(notes) > 0 && m.notice == nil && !again {
			text := strings.Join(notes, "; ")
			brief, _, _ := strings.Cut(text, "; ")
			m.notice = &page.Notify{Role: theme.Gate, Text: text, Brief: brief}
		}
	case effects.Reply[effects.Board]:
		m.board = reply.Value
	case effects.Reply[effects.Linked]:
		return m.linked(reply.Value)
	case effects.Reply[effects.Exported]:
		return page.Written(reply.Value, "rows")
	case effects.Reply[forecast.Account]:
		return m.turn(reply.Value)
	case effects.Reply[effects.LoginWay]:
		return m.logIn(reply.Value)
	case effects.Reply[[]forecast.Execution]:
		return m.openLog(reply.Value)
	case effects.Reply[[]forecast.StopAnswer]:
		return page.Stopped(reply.Value)
	case effects.Reply[[]forecast.FallbackPlan]:
		return page.AskFallback(m.env, m.scope, reply.Value, page.Alone)
	case effects.Reply[[]forecast.Partition]:
		return page.Filled(reply.Value)
	case effects.Reply[[]forecast.Plan]:
		for _, plan := range reply.Value {
			m.note(plan)
		}
	}
	return nil
}

func (m *Model) note(plan forecast.Plan) {
	if plan.State == forecast.PlanEnded {
		delete(m.plans, plan.ID)
		return
	}
	m.plans[plan.ID] = plan
}

// event gives what happened to every page and waits for the next.
func (m *Model) event(msg tea.Msg) tea.Cmd {
	m.pass(m.env.Effects.Now())
	commands := []tea.Cmd{m.feed.Next()}
	switch msg := msg.(type) {
	case effects.Changed:
		m.link.looked = m.feed.Looked()
		for _, plan := range msg.Plans {
			m.note(plan)
		}
	case effects.Watching:
		m.link, m.login = link{live: true, looked: m.feed.Looked()}, login{}
		commands = append(commands, m.scope.Describe(), m.scope.Plans())
	case effects.WatchLost:
		m.link.live, m.link.err, m.link.retry = false, msg.Err, msg.At.Add(msg.RetryIn)
		if m.link.since.IsZero() {
			m.link.since = msg.At
			commands = append(commands, m.scope.Plans())
		}
		commands = append(commands, m.expire(msg.Err))
	}
	for _, open := range m.stack {
		commands = append(commands, open.page.Update(msg))
	}
	return tea.Batch(commands...)
}

// refresh has changes looked for now, also where they have not arrived.
func (m *Model) refresh() tea.Cmd { return tea.Batch(m.feed.Hurry(), m.details()) }

// details says in full why what is shown is old, if it is: at the foot, or where that is
// too short over the page.
func (m *Model) details() tea.Cmd {
	why := ""
	if !m.link.live && m.link.err != nil {
		why = m.link.err.Error()
	}
	if stalled, ok := m.top().page.(page.Stalled); ok {
		failed, told := stalled.Stalled()
		switch {
		case failed != nil && told:
			return nil
		case failed != nil:
			why = failed.Text()
		}
	}
	if why == "" {
		return nil
	}
	const position = 12 // at the right of the foot
	text := "trying again after " + why
	if !strings.Contains(why, "\n") && draw.Width(text) < m.env.Width-position {
		m.notice = &page.Notify{Role: theme.Bad, Text: text}
		return nil
	}
	return m.push(page.Place{Kind: page.Confirm, Ask: page.Ask{Title: "Tried again now", Text: "Before it was\n" + why, Yes: "closes this"}})
}

// driven starts the driving of plans again after it has failed.
func (m *Model) driven(msg effects.Driven) tea.Cmd {
	const pause = 5 * time.Second
	if msg.Err != nil {
		m.notice = &page.Notify{Role: theme.Bad, Text: "carry out plans: " + msg.Err.Error()}
	}
	return m.env.Effects.DriveAgain(pause)
}
