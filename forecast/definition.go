package forecast

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// Definition is a pipeline as its project defines it, complete: defaults are
// filled in and texts such as the query are part of it. Steps read it as JSON,
// and its hash says whether two executions ran the same thing.
type Definition struct {
	Pipeline   string `json:"pipeline"`
	Timezone   string `json:"timezone"`           // IANA name
	Schedule   string `json:"schedule,omitempty"` // cron(...) or rate(...); empty: every date is owed, and due when its civil day is over plus LagDays-1 days
	LagDays    int    `json:"lag_days"`           // days from the business date to the civil date of the firing
	LateAfter  string `json:"late_after,omitempty"`
	Production bool   `json:"production,omitempty"` // changes ask for the pipeline's name

	Start calendar.Date `json:"start,omitzero"` // first date that is owed
	End   calendar.Date `json:"end,omitzero"`   // last date that is owed; zero: no end
	// Closed are days that are not owed although the schedule fires for them.
	Closed Closed `json:"closed,omitzero"`
	// CatchUp says which of the dates that became due while nothing served the
	// schedule are run once something does.
	CatchUp CatchUp `json:"catch_up,omitempty"`
	// OnMissing says what readers see of a date that can't be made.
	OnMissing OnMissing `json:"on_missing,omitempty"`

	Source   Source                   `json:"source"`
	Forecast Settings                 `json:"forecast"`
	Gate     Gate                     `json:"gate"`
	Target   Target                   `json:"target"`
	Steps    map[StepName]StepOptions `json:"steps,omitempty"`
	Limits   Limits                   `json:"limits"`
}

// Closed are days on which nothing is forecast.
type Closed struct {
	Weekdays []time.Weekday  `json:"weekdays,omitempty"`
	Holidays string          `json:"holidays,omitempty"` // country code whose public holidays are closed; empty: none
	Dates    []calendar.Date `json:"dates,omitempty"`
}

// CatchUp is a policy for dates that became due while nothing served the
// schedule: the machine slept, or was switched off.
type CatchUp string

// Policies.
const (
	CatchUpAll    CatchUp = "all"    // each of them, newest first
	CatchUpLatest CatchUp = "latest" // the newest one
	CatchUpNone   CatchUp = "none"   // none: they stay Missing until somebody asks
)

// Source says where observations come from.
type Source struct {
	Files  map[string]string `json:"files"`            // view name to glob of CSV or Parquet files; relative to the project
	Query  string            `json:"query"`            // text of the extract query
	Path   string            `json:"path,omitempty"`   // file of the query, for messages
	Series []string          `json:"series,omitempty"` // columns that identify a series; none: one series
	Time   string            `json:"time"`             // column of the date
	Value  string            `json:"value"`            // column of the value
	// DateFormat is how CSV files write dates that are not YYYY-MM-DD; empty: each
	// file is judged by itself, and one that can be read in two ways is refused.
	DateFormat calendar.Pattern `json:"date_format,omitempty"`
	// HistoryDays is how many days up to and including the date {{.From}} opens.
	HistoryDays int `json:"history_days"`
	// MinRows is the least number of rows the date itself must have, as a share
	// of the median of the 28 dates before it. Below it the step fails.
	MinRows float64 `json:"min_rows"`
}

// Settings are the forecasting options.
type Settings struct {
	Horizon  int       `json:"horizon"`            // days
	Season   []float64 `json:"season"`             // periods in days, ascending, for example 7 and 365.25
	Holidays string    `json:"holidays,omitempty"` // country code, for example JP; empty: none
	// Days are the project's own special days: date to class (promotion, closure).
	Days map[calendar.Date]string `json:"days,omitempty"`
	// SeriesDays are those of some series only. They come before Days and the
	// holidays; where several are of one series and date, the last one counts.
	SeriesDays []SeriesDays `json:"series_days,omitempty"`

	Models  []string `json:"models"` // candidates, with options in the name: ets(AAdA); [auto]: daybatch chooses them
	Levels  []int    `json:"levels"` // of prediction intervals, in percent, ascending
	Origins int      `json:"origins"`
	Seed    uint64   `json:"seed"`
}

// SeriesDays are special days of some series.
type SeriesDays struct {
	Dates calendar.Range `json:"dates"`
	Class string         `json:"class"`
	// Series has the values of columns that identify a series: those series are
	// meant that have one of the values in each of the columns.
	Series map[string][]string `json:"series"`
}

// Covers reports whether the days are those of a series whose columns have the
// values parts.
func (d SeriesDays) Covers(columns, parts []string) bool {
	covered := 0
	for i, column := range columns {
		values, named := d.Series[column]
		if !named {
			continue
		}
		if i >= len(parts) || !slices.Contains(values, parts[i]) {
			return false
		}
		covered++
	}
	return covered == len(d.Series) // a column that there isn't has no series
}

// Gate holds the criteria that TrainEvaluation checks. A zero limit is not
// checked.
type Gate struct {
	WAPE   float64 `json:"wape,omitempty"`
	MASE   float64 `json:"mase,omitempty"`
	Versus string  `json:"versus,omitempty"` // baseline that must not be significantly better; empty: none
	Strict bool    `json:"strict,omitempty"` // an undecided gate fails
}

// Target says where partitions go.
type Target struct {
	Table string `json:"table"`
	Path  string `json:"path"` // root of the lake; relative to the project
}

// StepOptions changes how a step runs.
type StepOptions struct {
	// Command replaces the built-in step. It runs in the project directory with
	// the step contract of package step in its environment.
	Command []string      `json:"command,omitempty"`
	Timeout time.Duration `json:"timeout,omitempty"` // 0: none
	Retries int           `json:"retries,omitempty"` // further tries after a failure of a class that is Retryable
	Backoff time.Duration `json:"backoff,omitempty"` // before the second try, doubled with each further one; 0: one second
	Memory  int64         `json:"memory,omitempty"`  // bytes that the step's processes may hold together; 0: no limit
}

// Limits bounds what runs at once and when a plan gives up.
type Limits struct {
	MaxActive   int           `json:"max_active"`   // dates at once
	MaxFailures int           `json:"max_failures"` // a plan pauses at this many failed dates; 0: never
	StopGrace   time.Duration `json:"stop_grace"`   // from SIGTERM to SIGKILL
	Keep        int           `json:"keep"`         // older generations kept per date
	// Reserved is how many of MaxActive are kept free for dates that the schedule
	// starts, while such a date is due or about to be.
	Reserved int `json:"reserved,omitempty"`
	// Chunk is how many dates of a backfill one step process works through.
	Chunk int `json:"chunk,omitempty"`
	// StaleDays is for how many of the newest dates it is looked whether their
	// inputs changed after they were forecast.
	StaleDays int `json:"stale_days,omitempty"`
	// FallbackDays is how many days old a forecast may be that fills another date;
	// 0: seven. An older one gives way to a naive forecast of the latest data.
	FallbackDays int `json:"fallback_days,omitempty"`
}

// Hash identifies the definition: two definitions with the same hash run the
// same thing. It has 12 hexadecimal digits.
func (d Definition) Hash() (string, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("hash definition: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:12], nil
}

// Shareable reports whether several machines can work on a step: those that fit
// models to each series can, if they are the built-in ones.
func (d Definition) Shareable(name StepName) bool {
	return (name == Train || name == Predict) && len(d.Steps[name].Command) == 0
}

// Zone loads the pipeline's time zone.
func (d Definition) Zone() (*time.Location, error) {
	zone, err := time.LoadLocation(d.Timezone)
	if err != nil {
		return nil, fmt.Errorf("%w: timezone %q: %s", ErrInvalid, d.Timezone, err.Error())
	}
	return zone, nil
}
