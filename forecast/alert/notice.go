package alert

import (
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Refresh is the kind of the notices that are about dashboards. It is told to
// programs, not to people, and so it is none of [Kinds].
const Refresh Kind = "refresh"

// Audience says who is told what. Its zero value tells nobody anything.
type Audience struct {
	Channels map[Kind][]Channel
	// Refresh brings a dashboard up to date; nil: nothing does.
	Refresh *Channel
}

// Wants reports whether anybody is told of a kind.
func (a Audience) Wants(kind Kind) bool { return len(a.Of(kind)) > 0 }

// Of returns who is told of a kind.
func (a Audience) Of(kind Kind) []Channel {
	if kind != Refresh {
		return a.Channels[kind]
	}
	if a.Refresh == nil {
		return nil
	}
	return []Channel{*a.Refresh}
}

// Any reports whether anybody is told anything.
func (a Audience) Any() bool { return len(a.Channels) > 0 || a.Refresh != nil }

// Notice is something to be told to people or dashboards.
type Notice struct {
	ID         int64           `json:"id"`
	Kind       Kind            `json:"kind"`
	Date       calendar.Date   `json:"date,omitzero"`     // zero: of a plan
	Attempt    int             `json:"attempt,omitempty"` // 0: none
	Plan       forecast.PlanID `json:"plan,omitempty"`
	Key        string          `json:"key"` // the same if it is told again
	At         time.Time       `json:"at"`
	Deliveries []Delivery      `json:"deliveries,omitempty"`
}

// Delivery is how far a notice is with one channel.
type Delivery struct {
	Channel   string    `json:"channel"`
	Tries     int       `json:"tries"`
	NotBefore time.Time `json:"not_before,omitzero"`
	Claimed   time.Time `json:"claimed,omitzero"` // a process is sending it until then
	Sent      time.Time `json:"sent,omitzero"`    // zero: not yet
	Error     string    `json:"error,omitempty"`  // of the last try
}

// Stale is the age from which on a message helps nobody.
const Stale = 24 * time.Hour

// IsLate reports whether people are to be told that a day has no forecast of its
// own at its deadline. Deadlines before since, when somebody began to look, and of
// more than a day ago are news to nobody.
func IsLate(day forecast.Day, deadline, since, now time.Time) bool {
	own := day.Partition.Generation != "" && day.Fallback().IsZero()
	return day.Late > 0 && !own && !deadline.Before(since) && now.Sub(deadline) <= Stale
}
