// Package page is what pages and the program around them agree on: the page
// itself, the places it leads to, and what all pages see.
package page

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/loglevel"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// Page is a screen or a dialog. Its methods are called from one goroutine and
// neither wait nor read a clock.
type Page interface {
	// Init starts what the page needs.
	Init() tea.Cmd
	// Update takes keys.Pressed, the replies to the page's own requests, the events of
	// the engine and, while the page is on top, effects.Minute; with a focused input also tea.KeyPressMsg, of keys that
	// have no action.
	Update(msg tea.Msg) tea.Cmd
	// View returns lines that fit the size.
	View() string
	// Resize sets the size in cells.
	Resize(width, height int)
	// Keys returns what keys do now.
	Keys() keys.Map
	// Scope returns the page's requests. It is closed with the page.
	Scope() *effects.Scope
}

// Focuser is a page with text inputs: while one has the focus, keys are text but
// for those that Keys returns.
// Cursor returns where the text cursor is within the page.
type Focuser interface {
	Focused() bool
	Cursor() (x, y int)
}

// Worker is a page that shows work in flight: time passes on it.
type Worker interface{ Busy() bool }

// Namer is a page with something to say in the header and in the footer.
type Namer interface {
	// Name draws what the page shows, for the header.
	Name(c *draw.Canvas)
	// Position says where the cursor is, such as 3/400.
	Position() string
}

// Backer is a page that takes esc for itself as long as Back returns true.
type Backer interface{ Back() bool }

// Wheeler is a page that the wheel moves otherwise than the keys do.
type Wheeler interface {
	// Wheel scrolls by rows, down if positive, where the mouse points to a line.
	Wheel(line, rows int) tea.Cmd
}

// Keeper is a page whose settings come back when daybatch starts again.
type Keeper interface {
	// Keep returns the settings as words.
	Keep() map[string]string
	// Restore takes them before Init.
	Restore(kept map[string]string)
}

// Placer is a page that is opened again when daybatch starts again: Place leads to what
// it shows now.
type Placer interface{ Place() Place }

// Commander is a page that shows what a command would: Equivalent returns its line, as the palette
// takes it; see Env.Shell.
type Commander interface{ Equivalent() string }

// Tabled is a page whose keys have more than one table, for those who choose
// their own: see keys.Tables. The tables of other pages are named as they are.
type Tabled interface{ Table() string }

// Linked is a page that shows what a console of the engine shows too: Link says
// what. It is false if there is nothing now.
type Linked interface {
	Link() (forecast.LinkQuery, bool)
}

// Dated is a page that is about a date, zero if it is about none now.
type Dated interface{ Date() calendar.Date }

// Kind names a page.
type Kind string

// Kinds of pages.
const (
	Days     Kind = "days"
	Day      Kind = "day"
	Logs     Kind = "logs"
	Metrics  Kind = "metrics"
	Request  Kind = "request"  // the form of a plan
	Progress Kind = "progress" // plans that were applied
	Help     Kind = "help"
	Confirm  Kind = "confirm"
	Palette  Kind = "palette"

	Partition  Kind = "partition"
	Partitions Kind = "partitions" // of all dates
	Plot       Kind = "forecast"
	Doctor     Kind = "doctor"
	Activity   Kind = "activity"
	Query      Kind = "query"
	Search     Kind = "search" // over the logs of many days
	Overview   Kind = "pipelines"
)

// Place is where to go: a page and what it shows.
type Place struct {
	Kind       Kind
	Date       calendar.Date
	Execution  forecast.ExecutionID // of logs
	Attempt    int                  // 0: the last
	Step       forecast.StepName    // of logs; empty: all
	Series     series.Key           // of a forecast; empty: the worst
	Plan       forecast.PlanID
	Request    forecast.PlanRequest // what a form begins with
	Marked     []calendar.Date      // dates that the form's range was made of
	Ask        Ask                  // of a confirmation
	Keys       keys.Map             // of the page below, for help and palette
	Recent     []string             // lines of the palette that were run, newest first
	Settings   map[Setting]string   // of the screen, as they are now
	Generation string               // of a partition; empty: the current one
	All        bool                 // of partitions: older generations too
	Span       calendar.Range       // and of which dates; zero: all
	Filter     string               // words that rows of a partition must have; of a log, as it is typed
	SQL        string               // of a query
	Sort       string               // of its rows: an Order as it is written
	Find       Find                 // what of logs is looked for
	Saved      []forecast.PlanID    // plans that were kept for later, for the palette
	Columns    []string             // of the list of the page below, for the palette
	Regex      bool                 // Filter is a regular expression
	Level      loglevel.Level       // of a log: the least that is shown
	History    int                  // of a forecast: days of it; 0: as usual
	Against    string               // generation of a partition that is compared with
	Verb       forecast.PlanVerb    // what is to be done with Plan, after a question
	Realised   bool                 // of metrics: what came true, not what the gate saw
	Unasked    bool                 // it opens by itself, or what is typed on must not answer it
}

// Find is what is looked for in logs.
type Find struct {
	logview.Query

	// Line is the one to go to, as a search over many days has found it; without a
	// Stream it is the first that the query finds.
	Line forecast.LogLine
}

// Ask is a question before something is done.
type Ask struct {
	Title string
	Text  string
	Yes   string // what enter does
	Type  string // what has to be typed first; empty: nothing
	// Do starts what was confirmed; nil: there is nothing to do, it only tells.
	Do func() tea.Cmd
}

// Messages that pages send to the program around them.
type (
	// Navigate opens a place.
	Navigate struct{ Place Place }
	// Replace opens a place instead of the page that asks.
	Replace struct{ Place Place }
	// Back closes the page that asks, and then lets the page below act.
	Back struct{ Then keys.Pressed }
	// Notify shows a sentence until the next key.
	Notify struct {
		Role  theme.Role
		Text  string
		Brief string // fewer words, for where Text does not fit; empty: Text is cut
	}
	// Quit ends the program.
	Quit struct{}
	// Applied says that a plan has begun.
	Applied struct{ Plan forecast.Plan }
	// Saved says that a plan was kept for later.
	Saved struct{ Plan forecast.Plan }
	// Ran closes the palette, remembers the line, and does what it says.
	Ran struct {
		Line string
		Then tea.Msg
	}
	// Goto closes all pages and shows a date in the list of days; zero: the list.
	Goto struct{ Date calendar.Date }
	// OpenLog opens the log of the place's date and attempt.
	OpenLog struct{ Place Place }
	// StopDate asks whether the running attempt of a date is to be stopped.
	StopDate struct{ Date calendar.Date }
	// FillDate asks whether a date is to be filled with the last good forecast.
	FillDate struct{ Date calendar.Date }
	// Clip copies a text.
	Clip struct{ Text string }
	// AskQuit ends the program, and asks first if it drives a plan.
	AskQuit struct{}
	// Switch shows another of the pipelines that lie side by side.
	Switch struct{ Pipeline string }
	// Turn shows the same pipeline in another account: by another login, or in another
	// region. What is empty stays as it is.
	Turn struct{ Profile, Region string }
	// Set changes how the screen is shown.
	Set struct {
		Setting Setting
		Value   string
	}
)

// Setting is what of the screen can be changed while it is shown.
type Setting string

// Settings, and the words that they can be.
const (
	SetTheme Setting = "theme" // auto, dark, light
	SetZone  Setting = "zone"  // pipeline, local, utc
	SetMouse Setting = "mouse" // on, off
	SetASCII Setting = "ascii" // on, off
)

// Go returns the command that opens a place.
func Go(place Place) tea.Cmd { return func() tea.Msg { return Navigate{place} } }

// Say returns the command that shows a sentence.
func Say(role theme.Role, text string) tea.Cmd {
	return func() tea.Msg { return Notify{Role: role, Text: text} }
}

// Copy returns the command that copies text and says in which way.
func Copy(text string) tea.Cmd {
	if text == "" {
		return Say(theme.Faint, "nothing to copy here")
	}
	return func() tea.Msg { return Clip{Text: text} }
}

// Env is what all pages see. The program writes it, pages read it.
type Env struct {
	Effects  *effects.Effects
	Theme    *theme.Theme
	Now      time.Time
	Frame    int // of the spinner
	Pipeline forecast.Pipeline
	Beside   []string       // names of the pipelines that lie side by side, the one that is shown among them
	Shown    string         // its name, of those
	Project  string         // directory of the project
	Call     string         // of daybatch, for this project, by a shell that is where it was started; empty: daybatch
	Dir      string         // the working directory
	Zone     *time.Location // of the times shown
	Home     *time.Location // of the pipeline's dates
	Actor    string
	ReadOnly bool
	Chosen   keys.Custom       // keys that the person has chosen
	Account  forecast.Account  // where the engine works, once that was asked for
	Choices  map[string]string // how pages look, see Choice
	// Known returns a date as the home page has it; false if it has not.
	Known  func(date calendar.Date) (forecast.Day, bool)
	Width  int // of the terminal
	Height int
}

// Knower is a page that knows days.
type Knower interface {
	// Known returns a date as it was read last; false if it was not.
	Known(date calendar.Date) (forecast.Day, bool)
}

// Key returns the key of an action in a table where keys are text, as the person has
// chosen it.
func (e *Env) Key(table string, m keys.Map, action keys.Action) string {
	return e.Chosen.On(table, m).Key(action)
}

// Small reports whether the terminal is too small for more than one column.
func (e *Env) Small() bool { return e.Width < 60 || e.Height < 16 }

// Clock returns an instant as time of day in the zone shown, with its date if it
// is not today's.
func (e *Env) Clock(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	local := at.In(e.Zone)
	if calendar.In(at, e.Zone) == calendar.In(e.Now, e.Zone) {
		return local.Format("15:04:05 MST")
	}
	return local.Format("2006-01-02 15:04:05 MST")
}

// Span returns from when to when something lasted, in the zone shown, with its date if
// that is not today's.
func (e *Env) Span(from, to time.Time) string {
	first, last := from.In(e.Zone), to.In(e.Zone)
	day, end := calendar.In(from, e.Zone), calendar.In(to, e.Zone)
	switch {
	case day != end:
		return first.Format("2006-01-02 15:04:05") + " to " + last.Format("2006-01-02 15:04:05 MST")
	case day != calendar.In(e.Now, e.Zone):
		return first.Format("2006-01-02 15:04:05") + last.Format("-15:04:05 MST")
	default:
		return first.Format("15:04:05") + last.Format("-15:04:05 MST")
	}
}

// Weekday returns a date with its weekday: "Sat 2026-10-17".
func Weekday(d calendar.Date) string { return d.Weekday().String()[:3] + " " + d.String() }
