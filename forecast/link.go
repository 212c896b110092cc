package forecast

import (
	"context"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// LinkKind is what of a date a link leads to.
type LinkKind string

// Kinds of links.
const (
	LinkStep      LinkKind = "step"      // the work of a step, or of the attempt
	LinkLog       LinkKind = "log"       // its log
	LinkPartition LinkKind = "partition" // the files of a generation
)

// LinkQuery says what is to be shown.
type LinkQuery struct {
	Kind       LinkKind
	Date       calendar.Date
	Attempt    int      // 0: the last
	Step       StepName // empty: what the attempt did last
	Generation string   // of a partition; empty: the current one
}

// Link is an address for a browser, in the console of whatever carries out the work.
type Link struct {
	URL string `json:"url"`
	// What says what is found there, for people: "job pipelines-x1-Train of
	// 2026-01-15-a1".
	What string `json:"what"`
}

// Linker leads to the console of an engine. Not every engine has one.
type Linker interface {
	// Link returns an error wrapping ErrNotFound if there is nothing to show.
	Link(ctx context.Context, query LinkQuery) (Link, error)
}
