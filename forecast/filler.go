package forecast

import (
	"context"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// OnMissing is a policy for dates that can't be made.
type OnMissing string

// Policies.
const (
	OnMissingNothing  OnMissing = ""         // readers see no partition
	OnMissingFallback OnMissing = "fallback" // the last good forecast, marked as such
)

// Naive is the model of a fallback for which there was no forecast young enough:
// the same weekday of the last week with data.
const Naive = "snaive"

// Filler fills dates that have no forecast of their own with the last good one.
// Such a partition is of kind GenerationFallback, and every row of it says so.
// It is no forecast of the date's own: the date is still owed, still late, and
// the next attempt that publishes replaces it.
type Filler interface {
	// PlanFallback says with what a date would be filled, and changes nothing. A
	// date that can't or need not be filled has ActionSkip and the reason.
	PlanFallback(ctx context.Context, date calendar.Date) (FallbackPlan, error)
	// Fallback fills a date, in the way of a publish: readers see all of it or
	// what they saw before. It is ErrConflict if the date has a forecast of its
	// own by now, or if another forecast than the expected one would be taken, and
	// ErrNotFound if there is nothing to take. An attempt that runs is not
	// disturbed.
	Fallback(ctx context.Context, request FallbackRequest) (Partition, error)
}

// FallbackPlan says what fills a date, or why nothing does.
type FallbackPlan struct {
	Date   calendar.Date `json:"date"`
	Action Action        `json:"action"` // ActionRun or ActionSkip
	Reason string        `json:"reason"`
	// Of is the date of the forecast that is taken; of a naive one the newest date
	// with data. Age is how many days it lies before Date.
	Of  calendar.Date `json:"of,omitzero"`
	Age int           `json:"age"`
	// Source is the generation that is taken; the zero value if there is none
	// young enough, and the fallback is naive.
	Source Partition `json:"source,omitzero"`
	// Model is Naive, or empty if a forecast is taken with its own models.
	Model string `json:"model,omitempty"`
	// Replaces is the fallback that readers see now; empty: they see nothing.
	Replaces string `json:"replaces,omitempty"`
}

// FallbackRequest asks for a date to be filled.
type FallbackRequest struct {
	Date calendar.Date
	// Source is the generation that the asker saw in the plan; empty: whichever it
	// is.
	Source string
	Actor  string
}
