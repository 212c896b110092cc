package app

import (
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/loglevel"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// Session is where the operator was. The next start of the program begins
// there.
type Session struct {
	Page   page.Kind         `json:"page,omitempty"` // the one above the days; empty: the days
	Date   calendar.Date     `json:"date,omitzero"`  // zero: the newest
	Step   forecast.StepName `json:"step,omitempty"` // of a day, or of its log
	Shown  Shown             `json:"shown,omitzero"` // by the page
	Days   map[string]string `json:"days,omitempty"` // settings of the list of days
	Zone   Zone              `json:"zone,omitempty"`
	Recent []string          `json:"recent,omitempty"` // lines of the palette, newest first
	// Saved are plans that were kept for later, newest first.
	Saved []SavedPlan `json:"saved_plans,omitempty"`
	// Choices are how pages look: their order, and the sizes of their panes.
	Choices map[string]string `json:"choices,omitempty"`
}

// SavedPlan is a plan, and where its pipeline is: the pipeline of a project has plans of
// its own in each account that it is shown in.
type SavedPlan struct {
	ID    forecast.PlanID `json:"id"`
	Place string          `json:"place"`
}

// Shown is what a page showed besides its date and step.
type Shown struct {
	Attempt    int             `json:"attempt,omitempty"`
	Series     series.Key      `json:"series,omitempty"`
	Plan       forecast.PlanID `json:"plan,omitempty"`
	Generation string          `json:"generation,omitempty"`
	Filter     string          `json:"filter,omitempty"`
	FilterAs   bool            `json:"filter_regex,omitempty"`
	Level      loglevel.Level  `json:"level,omitzero"`
	Search     string          `json:"search,omitempty"`
	Regex      bool            `json:"regex,omitempty"`
	Realised   bool            `json:"realised,omitempty"`
	SQL        string          `json:"sql,omitempty"`
	Sort       string          `json:"sort,omitempty"`
	// Held says that the page reads nothing before the operator says so.
	Held bool `json:"held,omitempty"`
}

// place returns the place that a session names.
func (s *Session) place() page.Place {
	return page.Place{
		Kind: s.Page, Date: s.Date, Step: s.Step, Attempt: s.Shown.Attempt, Series: s.Shown.Series, Plan: s.Shown.Plan,
		Generation: s.Shown.Generation, Filter: s.Shown.Filter, Regex: s.Shown.FilterAs, Level: s.Shown.Level,
		Realised: s.Shown.Realised, SQL: s.Shown.SQL, Sort: s.Shown.Sort, Unasked: s.Shown.Held,
		Find: page.Find{Query: logview.Query{Text: s.Shown.Search, Regex: s.Shown.Regex}},
	}
}

// shows keeps a place.
func (s *Session) shows(place page.Place) {
	s.Page, s.Step = place.Kind, place.Step
	s.Shown = Shown{
		Attempt: place.Attempt, Series: place.Series, Plan: place.Plan, Generation: place.Generation, Filter: place.Filter,
		FilterAs: place.Regex, Level: place.Level,
		Search: place.Find.Text, Regex: place.Find.Regex, Realised: place.Realised,
		SQL: place.SQL, Sort: place.Sort, Held: place.Unasked,
	}
}

// restore goes where the last session was. The days are at the bottom already. A form
// and a question are not opened again: a plan is of its time.
func (m *Model) restore(session Session) tea.Cmd {
	m.recent, m.saved = session.Recent, session.Saved
	if session.Zone != PipelineZone {
		m.zone = session.Zone
	}
	place := session.place()
	switch place.Kind {
	case page.Logs:
		m.pending = place
		return m.scope.Executions(place.Date)
	case page.Search:
		place.Unasked = true // it is run when it is asked for again
	case page.Overview:
		if len(m.options.Pipelines) < 2 {
			return nil
		}
	case page.Query:
		if place.SQL == "" {
			return nil
		}
	case page.Day, page.Metrics, page.Plot, page.Partition, page.Partitions, page.Progress, page.Activity, page.Doctor:
	default:
		return nil
	}
	return m.push(place)
}

// session returns where the operator is now.
func (m *Model) session() Session {
	session := Session{Zone: m.zone, Recent: m.recent, Saved: m.saved, Choices: m.env.Choices}
	home := m.stack[0].page
	if keeper, ok := home.(page.Keeper); ok {
		session.Days = keeper.Keep()
	}
	for _, open := range m.stack {
		if placed, ok := open.page.(page.Placer); ok && !open.dialog {
			session.shows(placed.Place())
		}
		if dated, ok := open.page.(page.Dated); ok && !open.dialog {
			session.Date = dated.Date()
		}
	}
	// The newest date stays the newest, also tomorrow.
	if session.Page == "" && session.Date >= m.env.Pipeline.Newest {
		session.Date = 0
	}
	return session
}

// keep writes where the operator is if that has changed.
func (m *Model) keep() tea.Cmd {
	session := m.session()
	if same(session, m.kept) {
		return nil
	}
	m.kept = session
	return m.env.Effects.Remember(session)
}

// same reports whether what was kept still says enough: what moves of the cursor and
// letters that are typed change is written when the program ends.
func same(a, b Session) bool {
	if !slices.Equal(a.Saved, b.Saved) {
		return false
	}
	if a.Page != b.Page || a.Shown.Attempt != b.Shown.Attempt || a.Shown.Plan != b.Shown.Plan || a.Shown.SQL != b.Shown.SQL || a.Zone != b.Zone || !maps.Equal(a.Days, b.Days) || !maps.Equal(a.Choices, b.Choices) || len(a.Recent) != len(b.Recent) {
		return false
	}
	return len(a.Recent) == 0 || a.Recent[0] == b.Recent[0]
}
