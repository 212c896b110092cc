package tui

import (
	"github.com/daybatch/daybatch/tui/internal/app"
	"github.com/daybatch/daybatch/tui/internal/keys"
)

// Settings are what a person likes, on every project. The zero Settings are
// what the UI does by itself.
type Settings struct {
	Theme string // one of Themes; empty: auto
	Zone  string // one of Zones; empty: pipeline
	Mouse bool   // wheel and clicks; ctrl+t turns them on and off
	Keys  []Rebinding
}

// Themes returns the words for Settings.Theme.
func Themes() []string { return []string{"auto", "dark", "light"} }

// Zones returns the words for Settings.Zone.
func Zones() []string { return []string{"pipeline", "local", "utc"} }

// Rebinding gives an action other keys: on one page, or on all pages that have
// it. Pages, actions and keys are named as [Settings.Bindings] returns them.
type Rebinding struct {
	Page   string // empty: all
	Action string
	Keys   []string // empty: the action has no key
	Where  string   // where it is written, for messages: config.yaml:4:3
}

// Binding is an action of a page with its keys.
type Binding struct {
	Page   string   `json:"page"`
	Action string   `json:"action"`
	Keys   []string `json:"keys"`
	Help   string   `json:"help"`
	// Changes says that the action leads to a change of what runs.
	Changes bool `json:"changes"`
}

// Bindings returns the keys of all pages as the settings have them.
func (s Settings) Bindings() []Binding {
	var all []Binding
	for _, table := range keys.Tables() {
		for _, b := range s.custom().On(table.Page, table.Map) {
			all = append(all, Binding{Page: table.Page, Action: string(b.Action), Keys: b.Keys, Help: b.Help, Changes: b.Changes})
		}
	}
	return all
}

// Check returns what is wrong with the keys: each error begins with the place
// of its rebinding.
func (s Settings) Check() []error { return s.custom().Check() }

func (s Settings) custom() keys.Custom {
	var custom keys.Custom
	for _, r := range s.Keys {
		custom = append(custom, keys.Rebinding{Page: r.Page, Action: keys.Action(r.Action), Keys: r.Keys, Where: r.Where})
	}
	return custom
}

func (s Settings) zone() app.Zone {
	if s.Zone == "pipeline" {
		return app.PipelineZone
	}
	return app.Zone(s.Zone)
}
