package cli

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// The items of JSON output. Their field names are part of the interface; what
// is not there is null, and lists are never null.

// dayItem is a day.
type dayItem struct {
	Date        calendar.Date         `json:"date"`
	State       forecast.DayState     `json:"state"`
	Flags       []string              `json:"flags"`
	Attempts    int                   `json:"attempts"`
	Execution   *forecast.ExecutionID `json:"execution"`
	Started     *time.Time            `json:"started"`
	Duration    *seconds              `json:"duration_s"`
	StartUp     *seconds              `json:"start_up_s"` // of it, waiting for processes and machines
	Cost        *float64              `json:"cost_usd"`   // null: not known, or nothing is paid
	Steps       []stepItem            `json:"steps"`
	Metrics     forecast.Measures     `json:"metrics"`
	Partition   *partitionItem        `json:"partition"`
	Reason      *string               `json:"reason"`
	ReasonClass *forecast.ReasonClass `json:"reason_class"`
}

// attemptItem is an attempt, without its steps.
type attemptItem struct {
	Execution forecast.ExecutionID `json:"execution"`
	Date      calendar.Date        `json:"date"`
	Attempt   int                  `json:"attempt"`
	// State is the status in the word of the day where that says more: Gated, Waiting.
	State       string                `json:"state"`
	Status      forecast.Status       `json:"status"`
	Cause       forecast.Cause        `json:"cause"`
	Actor       string                `json:"actor"`
	Host        string                `json:"host"`
	Definition  string                `json:"definition"`
	Plan        *forecast.PlanID      `json:"plan"`
	Generation  *string               `json:"generation"`
	Started     *time.Time            `json:"started"`
	Duration    *seconds              `json:"duration_s"`
	Cost        *float64              `json:"cost_usd"`
	Reason      *string               `json:"reason"`
	ReasonClass *forecast.ReasonClass `json:"reason_class"`
	Note        *string               `json:"note"`
}

func makeAttemptItem(e forecast.Execution, now time.Time) attemptItem {
	item := attemptItem{
		Execution: e.ID, Date: e.Date, Attempt: e.Attempt, State: e.Word(), Status: e.Status,
		Cause: e.Cause, Actor: e.Actor, Host: e.Host, Definition: e.Definition, Plan: given(e.Plan), Generation: given(e.Generation),
		Started: given(e.Started), Cost: costOf(e.Cost), Reason: given(e.Reason.Text), ReasonClass: given(e.Reason.Class), Note: given(e.Note),
	}
	if !e.Started.IsZero() {
		took := seconds(e.Took(now))
		item.Duration = &took
	}
	return item
}

// stepItem is a step of an attempt.
type stepItem struct {
	Name        forecast.StepName     `json:"name"`
	Status      forecast.StepStatus   `json:"status"`
	Tries       int                   `json:"tries"`
	Started     *time.Time            `json:"started"`
	Duration    *seconds              `json:"duration_s"`
	StartUp     *seconds              `json:"start_up_s"` // before it; null: it has not been ready
	Reason      *string               `json:"reason"`
	ReasonClass *forecast.ReasonClass `json:"reason_class"`
	ReusedFrom  *forecast.ExecutionID `json:"reused_from"`
	Command     []string              `json:"command"`
}

// partitionItem is the current generation of a day.
type partitionItem struct {
	Rows       int64                   `json:"rows"`
	Bytes      int64                   `json:"bytes"`
	Generation string                  `json:"generation"`
	Execution  *forecast.ExecutionID   `json:"execution"`
	Kind       forecast.GenerationKind `json:"kind"`
	// FallbackOf is the date of the forecast that fills this one, and Age how many
	// days it is old.
	FallbackOf calendar.Date `json:"fallback_of,omitzero"`
	Age        int           `json:"age"`
	Path       string        `json:"path"`
	Published  *time.Time    `json:"published"`
}

// seconds is a duration in JSON: seconds with milliseconds.
type seconds time.Duration

// MarshalJSON writes the seconds as a number.
func (s seconds) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, math.Round(time.Duration(s).Seconds()*1000)/1000, 'f', -1, 64), nil
}

// given returns nil for a zero value, which JSON shows as null.
func given[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func makeDayItem(day forecast.Day, now time.Time) dayItem {
	item := dayItem{
		Date:        day.Date,
		State:       day.State,
		Flags:       flagsOf(day),
		Attempts:    day.Attempts,
		Execution:   given(day.Last.ID),
		Started:     given(day.Last.Started),
		Steps:       makeStepItems(day.Steps, now),
		Metrics:     day.Evaluated(),
		Reason:      given(day.Reason.Text),
		ReasonClass: given(day.Reason.Class),
		Cost:        costOf(day.Last.Cost),
	}
	if !day.Last.Started.IsZero() {
		took := seconds(day.Last.Took(now))
		item.Duration = &took
		waited := seconds(day.StartUp(now))
		item.StartUp = &waited
	}
	if p := day.Partition; p.Generation != "" {
		item.Partition = &partitionItem{
			Rows: p.Rows, Bytes: p.Bytes, Generation: p.Generation, Execution: given(p.Execution),
			Kind: p.Kind, FallbackOf: p.FallbackOf, Age: p.Age(), Path: p.Path, Published: given(p.Published),
		}
	}
	return item
}

func makeStepItems(steps []forecast.Step, now time.Time) []stepItem {
	items := make([]stepItem, 0, len(steps))
	for _, step := range steps {
		item := stepItem{
			Name: step.Name, Status: step.Status, Tries: step.Tries, Started: given(step.Started),
			Reason: given(step.Reason.Text), ReasonClass: given(step.Reason.Class),
			ReusedFrom: given(step.ReusedFrom), Command: step.Command,
		}
		if !step.Started.IsZero() {
			took := seconds(step.Took(now))
			item.Duration = &took
		}
		if !step.Created.IsZero() && step.Status != forecast.StepReused {
			waited := seconds(step.StartUp(now))
			item.StartUp = &waited
		}
		items = append(items, item)
	}
	return items
}

// flagsOf names the flags of a day.
func flagsOf(day forecast.Day) []string {
	flags := []string{}
	if day.Late > 0 {
		flags = append(flags, "late")
	}
	if day.Stale {
		flags = append(flags, "stale")
	}
	if !day.Fallback().IsZero() {
		flags = append(flags, "fallback")
	}
	return flags
}

// keyed is the key of a series with the names of its columns, in their order.
type keyed struct {
	columns []string
	key     series.Key
}

// MarshalJSON writes an object with a field for each column.
func (k keyed) MarshalJSON() ([]byte, error) {
	parts := k.key.Parts()
	return object(len(k.columns), func(i int) (string, any) { return k.columns[i], part(parts, i) })
}

// record returns the values of the columns.
func (k keyed) record() []string {
	parts := k.key.Parts()
	values := make([]string, len(k.columns))
	for i := range k.columns {
		values[i] = part(parts, i)
	}
	return values
}

func part(parts []string, i int) string {
	if i < len(parts) {
		return parts[i]
	}
	return ""
}

// object writes a JSON object whose fields keep their order.
func object(n int, field func(i int) (name string, value any)) ([]byte, error) {
	var text strings.Builder
	text.WriteByte('{')
	for i := range n {
		name, value := field(i)
		if x, ok := value.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
			value = nil
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, err //nolint:wrapcheck // of encoding/json, for encoding/json
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil, err //nolint:wrapcheck // of encoding/json, for encoding/json
		}
		if i > 0 {
			text.WriteByte(',')
		}
		text.Write(quoted)
		text.WriteByte(':')
		text.Write(encoded)
	}
	text.WriteByte('}')
	return []byte(text.String()), nil
}
