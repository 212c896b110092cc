package app

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// remembered is how many lines of the palette are kept.
const remembered = 20

// openPalette opens the palette for the page on top.
func (m *Model) openPalette() tea.Cmd {
	top := m.top()
	if top.dialog {
		return nil
	}
	place := page.Place{Kind: page.Palette, Recent: m.recent, Saved: m.savedHere(), Settings: m.settings()}
	for _, binding := range append(m.keys(top), m.everywhere(top)...) {
		if binding.Action != keys.Palette && binding.Action != keys.Back {
			place.Keys = append(place.Keys, binding)
		}
	}
	if dated, ok := top.page.(page.Dated); ok {
		place.Date = dated.Date()
	}
	if columned, ok := top.page.(page.Columned); ok {
		place.Columns = columned.Columns()
	}
	return tea.Batch(m.push(place), m.scope.Account())
}

// command does what the palette asks for.
func (m *Model) command(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case page.Ran:
		m.pop()
		m.remember(msg.Line)
		if pressed, ok := msg.Then.(keys.Pressed); ok {
			return m.act(pressed)
		}
		return m.route(msg.Then)
	case page.Goto:
		for len(m.stack) > 1 {
			m.pop()
		}
		return m.top().page.Update(msg)
	case page.OpenLog:
		m.pending = msg.Place
		return m.scope.Executions(msg.Place.Date)
	case page.StopDate:
		return m.push(page.StopPlace(m.env, m.scope, []forecast.Execution{{Date: msg.Date}}, page.Alone))
	case page.FillDate:
		return m.scope.PlanFallback([]calendar.Date{msg.Date})
	case page.Switch:
		return m.switchTo(msg.Pipeline)
	case page.Turn:
		m.turning = &msg
		return m.scope.Account()
	case page.Set:
		return m.set(msg.Setting, msg.Value)
	case page.Export:
		return m.export(msg.File)
	case page.Choose:
		m.choose(msg)
	case page.Sort:
		return m.sort(msg.Order)
	case page.Saved:
		m.save(msg.Plan.ID)
	}
	return nil
}

// choose keeps how a page is to look.
func (m *Model) choose(choice page.Choose) {
	choices := map[string]string{}
	maps.Copy(choices, m.env.Choices) // the session has the old ones
	choices[string(choice.Kind)+"."+choice.What] = choice.Value
	m.env.Choices = choices
}

// sort puts the rows of the page on top in order.
func (m *Model) sort(order page.Order) tea.Cmd {
	columned, ok := m.top().page.(page.Columned)
	if !ok || len(columned.Columns()) == 0 {
		return page.Say(theme.Faint, "nothing here has columns to sort by")
	}
	return columned.Sort(order)
}

// remember puts a line before those that were run earlier.
func (m *Model) remember(line string) {
	if line == "" {
		return
	}
	m.recent = slices.DeleteFunc(m.recent, func(old string) bool { return old == line })
	m.recent = slices.Insert(m.recent, 0, line)
	m.recent = m.recent[:min(len(m.recent), remembered)]
}

// save puts a plan before those that were kept earlier.
func (m *Model) save(id forecast.PlanID) {
	m.unsave(id)
	m.saved = append([]SavedPlan{{id, m.env.Pipeline.Place}}, m.saved...)
	m.saved = m.saved[:min(len(m.saved), remembered)]
}

// unsave forgets a plan that has begun.
func (m *Model) unsave(id forecast.PlanID) {
	begun := SavedPlan{id, m.env.Pipeline.Place}
	m.saved = slices.DeleteFunc(slices.Clone(m.saved), func(old SavedPlan) bool { return old == begun })
}

// savedHere returns the plans that were kept of the pipeline that is shown.
func (m *Model) savedHere() []forecast.PlanID {
	var ids []forecast.PlanID
	for _, plan := range m.saved {
		if plan.Place == m.env.Pipeline.Place {
			ids = append(ids, plan.ID)
		}
	}
	return ids
}

// openLog opens the log that was asked for, of the last attempt of its date if none is
// named.
func (m *Model) openLog(attempts []forecast.Execution) tea.Cmd {
	place := m.pending
	if len(attempts) == 0 {
		return page.Say(theme.Faint, place.Date.String()+" has no log: nobody has run it")
	}
	last := attempts[len(attempts)-1]
	if place.Attempt > 0 {
		at := slices.IndexFunc(attempts, func(e forecast.Execution) bool { return e.Attempt == place.Attempt })
		if at < 0 {
			return page.Say(theme.Faint, fmt.Sprintf("%s has no attempt %d", place.Date, place.Attempt))
		}
		last = attempts[at]
	}
	place.Execution, place.Attempt, place.Unasked = last.ID, last.Attempt, true
	return m.push(place)
}

// Next is what the operator wants to see after this program: another of the pipelines
// side by side, or the same one by another login or in another region. The zero Next
// is nothing.
type Next struct {
	Pipeline, Profile, Region string
	// Screen is how the screen was set to be shown, for what is shown next.
	Screen Screen
}

// Screen is how a screen was set to be shown while it was, in the words that :set takes;
// empty: as it began.
type Screen struct{ Theme, Zone, Mouse, ASCII string }

// of returns where the word of a setting is.
func (s *Screen) of(what page.Setting) *string {
	return map[page.Setting]*string{
		page.SetTheme: &s.Theme, page.SetZone: &s.Zone, page.SetMouse: &s.Mouse, page.SetASCII: &s.ASCII,
	}[what]
}

// Next returns what is shown after this program.
func (m *Model) Next() Next {
	next := m.next
	next.Screen = m.screen
	if m.next != (Next{}) { // its last session may have been in another zone: times would mix
		next.Screen.Zone = cmp.Or(string(m.zone), "pipeline")
	}
	return next
}

// show shows the screen as one before it was set to be.
func (m *Model) show(screen Screen) {
	for _, what := range []page.Setting{page.SetTheme, page.SetZone, page.SetMouse, page.SetASCII} {
		if value := *screen.of(what); value != "" {
			m.set(what, value) // what it would say was said then
		}
	}
}

// turn ends the program, and asks its caller to show the pipeline in another account,
// if that was wanted and there is one of that name.
func (m *Model) turn(account forecast.Account) tea.Cmd {
	m.env.Account = account
	wanted := m.turning
	m.turning = nil
	if wanted == nil {
		return nil
	}
	if account.Fixed != "" {
		return page.Say(theme.Faint, account.Fixed)
	}
	for _, one := range []struct {
		what, name, now string
		known           []string
	}{{"profile", wanted.Profile, account.Profile, account.Profiles}, {"region", wanted.Region, account.Region, account.Regions}} {
		switch {
		case one.name == "":
		case one.name == one.now:
			return page.Say(theme.Faint, one.what+" "+one.name+" is what is shown")
		case len(one.known) == 0:
			return page.Say(theme.Bad, "there is no "+one.what+" "+one.name+": this machine knows none")
		case !slices.Contains(one.known, one.name):
			return page.Say(theme.Bad, "there is no "+one.what+" "+one.name+", but "+strings.Join(one.known, ", "))
		}
	}
	m.next = Next{Profile: cmp.Or(wanted.Profile, account.Profile), Region: cmp.Or(wanted.Region, account.Region)}
	return func() tea.Msg { return page.Quit{} }
}

// switchTo ends the program, and asks its caller to show another pipeline. What
// runs goes on.
func (m *Model) switchTo(name string) tea.Cmd {
	switch {
	case len(m.options.Pipelines) < 2:
		return page.Say(theme.Faint, "no other pipeline lies beside this one")
	case !slices.Contains(m.options.Pipelines, name):
		return page.Say(theme.Bad, "no pipeline lies in a directory "+name+" here, but in "+strings.Join(m.options.Pipelines, ", ")+": 0 shows them")
	case name == m.options.Pipeline:
		return page.Say(theme.Faint, name+" is what is shown")
	}
	m.next = Next{Pipeline: name}
	return func() tea.Msg { return page.Quit{} }
}

// numbered returns the pipeline of a number, empty if there is none.
func (m *Model) numbered(digit int) string {
	if digit < 1 || digit > len(m.options.Pipelines) {
		return ""
	}
	return m.options.Pipelines[digit-1]
}

// Zone is the zone in which times are shown.
type Zone string

// Zones.
const (
	PipelineZone Zone = "" // the pipeline's
	LocalZone    Zone = "local"
	UTCZone      Zone = "utc"
)

// nextZone turns to the next zone. The machine's own is left out where it is no
// other than the next: turning must be seen.
func (m *Model) nextZone() tea.Cmd {
	next := map[Zone]string{PipelineZone: string(LocalZone), LocalZone: string(UTCZone), UTCZone: "pipeline"}[m.zone]
	_, local := m.env.Now.In(m.env.Effects.Now().Location()).Zone()
	_, home := m.env.Now.In(m.env.Home).Zone()
	if next == string(LocalZone) && (local == 0 || local == home) {
		next = string(UTCZone)
	}
	return m.set(page.SetZone, next)
}

// showZone takes the zone of times to all pages.
func (m *Model) showZone() {
	switch m.zone {
	case LocalZone:
		m.env.Zone = m.env.Effects.Now().Location()
	case UTCZone:
		m.env.Zone = time.UTC
	default:
		m.env.Zone = m.env.Home
	}
}

// zoneName names the zone of times.
func (m *Model) zoneName() string {
	name, _ := m.env.Now.In(m.env.Zone).Zone()
	if m.zone == LocalZone {
		return name + ", this machine's zone"
	}
	return m.env.Zone.String()
}

// settings returns how the screen is shown.
func (m *Model) settings() map[page.Setting]string {
	turned := map[bool]string{false: "off", true: "on"}
	return map[page.Setting]string{
		page.SetTheme: cmp.Or(m.options.Ground, "auto"),
		page.SetZone:  cmp.Or(string(m.zone), "pipeline"),
		page.SetMouse: turned[m.mouse],
		page.SetASCII: turned[m.env.Theme.Charset == theme.ASCII],
	}
}

// set changes how the screen is shown, and says so.
func (m *Model) set(what page.Setting, value string) tea.Cmd {
	const now = ", for now: config.yaml says how daybatch begins"
	*m.screen.of(what) = value
	switch what {
	case page.SetTheme:
		m.options.Ground = value
		m.look(nil)
		return page.Say(theme.Faint, "theme "+value+now)
	case page.SetASCII:
		m.look(func(o *theme.Options) {
			o.Charset = m.options.Charset
			if value == "on" {
				o.Charset = theme.ASCII
			}
		})
		return page.Say(theme.Faint, "ascii "+value+now)
	case page.SetZone:
		m.zone = Zone(value)
		if value == "pipeline" {
			m.zone = PipelineZone
		}
		m.showZone()
		return page.Say(theme.Faint, "times are shown in "+m.zoneName())
	case page.SetMouse:
		m.mouse = value == "on"
		if m.mouse {
			return page.Say(theme.Faint, "mouse on: the wheel moves, a click goes there, two open it; shift selects text")
		}
		return page.Say(theme.Faint, "mouse off: it is the terminal's")
	}
	return nil
}
