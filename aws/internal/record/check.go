package record

import (
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// Check is what a look at the source found out about a date. Whoever looked
// records it here, so that everybody else sees it for the one listing that they
// make anyway.
type Check struct {
	// Attempt is the last one when it was looked, 0 before the first: Arrived,
	// Lacking and the queries are about it.
	Attempt int `json:"attempt"`
	// Arrived says what came since the attempt looked, for people; empty: nothing is
	// known.
	Arrived string `json:"arrived,omitempty"`
	// Lacking says that the source had no rows of the date, for people.
	Lacking string `json:"lacking,omitempty"`
	// Asked is when Athena was asked last for rows of the date, Queries how often.
	Asked   time.Time `json:"asked,omitzero"`
	Queries int       `json:"queries,omitempty"`
	// Generation is the one whose rows were compared with those that Against, a later
	// execution, extracted, and Stale how they differ, for people; empty: they don't.
	Generation string               `json:"generation,omitempty"`
	Against    forecast.ExecutionID `json:"against,omitempty"`
	Stale      string               `json:"stale,omitempty"`
}

// Check returns what is known of the source as far as it is about the date's last
// attempt and its current generation.
func (d Date) Check() Check {
	var c Check
	if d.Checked != nil {
		c = *d.Checked
	}
	if n := d.Last().Attempt; c.Attempt != n {
		c.Attempt, c.Arrived, c.Lacking, c.Asked, c.Queries = n, "", "", time.Time{}, 0
	}
	if c.Generation != d.Current {
		c.Generation, c.Against, c.Stale = d.Current, "", ""
	}
	return c
}

// Look records what a look at the source found out. It is dropped if the date has
// another attempt or another generation by now.
func (d Date) Look(c Check) (Date, error) {
	if now := d.Check(); now == c || now.Attempt != c.Attempt || now.Generation != c.Generation {
		return d, ErrUnchanged
	}
	d = d.clone()
	d.Checked = &c
	return d, nil
}
