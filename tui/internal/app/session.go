package app

import (
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// Session is where the operator was. The next start of the program begins
// there.
type Session struct {
	Page   page.Kind         `json:"page,omitempty"` // the one above the days; empty: the days
	Date   calendar.Date     `json:"date,omitzero"`  // zero: the newest
	Step   forecast.StepName `json:"step,omitempty"` // of a log
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

// restore goes where the last session was. The days are at the bottom already.
func (m *Model) restore(session Session) tea.Cmd {
	m.recent, m.saved = session.Recent, session.Saved
	if session.Zone != PipelineZone {
		m.zone = session.Zone
	}
	place := page.Place{Kind: session.Page, Date: session.Date, Step: session.Step}
	switch session.Page {
	case page.Day, page.Metrics:
		return m.push(place)
	case page.Logs:
		m.pending = place
		return m.scope.Executions(place.Date)
	default:
		return nil
	}
}

// session returns where the operator is now.
func (m *Model) session() Session {
	session := Session{Zone: m.zone, Recent: m.recent, Saved: m.saved, Choices: m.env.Choices}
	home := m.stack[0].page
	if keeper, ok := home.(page.Keeper); ok {
		session.Days = keeper.Keep()
	}
	for _, open := range m.stack {
		dated, ok := open.page.(page.Dated)
		if !ok || open.dialog {
			continue
		}
		session.Date = dated.Date()
		if open.page != home {
			session.Page, session.Step = open.kind, ""
		}
		if stepped, ok := open.page.(interface{ Step() forecast.StepName }); ok {
			session.Step = stepped.Step()
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

// same reports whether what was kept still says enough: the date alone, which
// every move of the cursor changes, is written when the program ends.
func same(a, b Session) bool {
	if !slices.Equal(a.Saved, b.Saved) {
		return false
	}
	if a.Page != b.Page || a.Step != b.Step || a.Zone != b.Zone || !maps.Equal(a.Days, b.Days) || !maps.Equal(a.Choices, b.Choices) || len(a.Recent) != len(b.Recent) {
		return false
	}
	return len(a.Recent) == 0 || a.Recent[0] == b.Recent[0]
}
