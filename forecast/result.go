package forecast

import (
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// Measures are accuracy measures by name: wape, mase, rmsse, smape, bias,
// pinball, msis, coverage_80, coverage_95. A measure without a value is absent; NaN
// is never in it.
type Measures map[string]float64

// CoverageName returns the name of the coverage measure of a level in percent.
func CoverageName(level int) string { return fmt.Sprintf("coverage_%d", level) }

// Verdict is what a gate or one of its checks concluded.
type Verdict string

// Verdicts.
const (
	VerdictPassed    Verdict = "passed"
	VerdictFailed    Verdict = "failed"
	VerdictUndecided Verdict = "undecided" // too little evidence
)

// Check is one criterion of the gate with the number it saw.
type Check struct {
	Name     string  `json:"name"` // measure, or versus
	Value    float64 `json:"value"`
	Limit    float64 `json:"limit"`
	Baseline float64 `json:"baseline,omitempty"` // the baseline's value of the measure
	Verdict  Verdict `json:"verdict"`
	Text     string  `json:"text"` // "wape 0.412 > 0.350 (5 origins, 120 series, 28 days)"
}

// SeriesAccuracy is the accuracy of one series in an evaluation.
type SeriesAccuracy struct {
	Series   series.Key `json:"series"`
	Model    string     `json:"model"` // chosen, for example ets
	Form     string     `json:"form"`  // for example ETS(M,Ad,M)
	Class    string     `json:"class"` // of its demand, for example intermittent
	Measures Measures   `json:"measures"`
	// Share is its part of the panel's absolute error, 0 to 1.
	Share    float64  `json:"share"`
	Why      string   `json:"why,omitempty"` // why this model was chosen
	Warnings []string `json:"warnings,omitempty"`
}

// Evaluation is what TrainEvaluation saw: accuracy over rolling origins of the
// date's training data, and the gate's verdict.
type Evaluation struct {
	Date      calendar.Date    `json:"date"`
	Execution ExecutionID      `json:"execution"`
	Verdict   Verdict          `json:"verdict"`
	Checks    []Check          `json:"checks"`
	Measures  Measures         `json:"measures"`
	Baseline  Measures         `json:"baseline,omitempty"` // of the baseline on the same rows
	Versus    string           `json:"versus,omitempty"`   // the baseline's name
	Origins   []calendar.Date  `json:"origins"`
	Horizon   int              `json:"horizon"`
	Rows      int              `json:"rows"`   // forecasts compared with an actual
	Series    []SeriesAccuracy `json:"series"` // largest share of the error first
	Warnings  []string         `json:"warnings,omitempty"`
	// Input says how the newest week of the data is unlike those before it: causes of
	// errors to come, and none to stop a date.
	Input []string `json:"input,omitempty"`
	// Expected are the errors by origin and day of the horizon: what published forecasts
	// are held against once they come true.
	Expected []OriginErrors `json:"expected,omitempty"`
}

// GenerationKind says where a generation comes from.
type GenerationKind string

// Kinds of generations.
const (
	GenerationOwn      GenerationKind = "own"
	GenerationFallback GenerationKind = "fallback"
	GenerationAdopted  GenerationKind = "adopted"
)

// Partition is one generation of a date's rows in the target table.
type Partition struct {
	Date       calendar.Date  `json:"date"`
	Table      string         `json:"table"`
	Generation string         `json:"generation"`
	Kind       GenerationKind `json:"kind"`
	Current    bool           `json:"current"`
	Execution  ExecutionID    `json:"execution,omitempty"`
	Attempt    int            `json:"attempt,omitempty"`
	// FallbackOf is the date of the forecast that fills this one, zero if the
	// generation is the date's own. FallbackModel is Naive if it was made of data
	// up to that date, for want of a forecast.
	FallbackOf    calendar.Date `json:"fallback_of,omitzero"`
	FallbackModel string        `json:"fallback_model,omitempty"`
	Rows          int64         `json:"rows"`
	Bytes         int64         `json:"bytes"`
	Series        int           `json:"series"`
	Path          string        `json:"path"` // immutable file or prefix
	Written       time.Time     `json:"written"`
	Published     time.Time     `json:"published,omitzero"` // when it became current; zero if never
}

// Age returns how many days old the forecast of a fallback is; 0 of a generation
// of the date's own.
func (p Partition) Age() int {
	if p.FallbackOf.IsZero() {
		return 0
	}
	return int(p.Date - p.FallbackOf)
}

// PartitionQuery selects partitions.
type PartitionQuery struct {
	Range calendar.Range // inclusive; zero ends are open
	All   bool           // older generations too
}

// SeriesQuery selects forecasts of one generation of a date.
type SeriesQuery struct {
	Date       calendar.Date
	Generation string     // empty: the current one
	Series     series.Key // empty: all series
	History    int        // days of actuals before and including the date
}

// Point is the forecast of one target date.
type Point struct {
	Date  calendar.Date `json:"date"`
	Mean  float64       `json:"mean"`
	Lower []float64     `json:"lower"` // by ascending level
	Upper []float64     `json:"upper"`
}

// Observation is an actual value.
type Observation struct {
	Date  calendar.Date `json:"date"`
	Value float64       `json:"value"`
}

// SeriesForecast is the published forecast of one series, with actuals before
// and, as far as they have arrived, after its date.
type SeriesForecast struct {
	Series     series.Key    `json:"series"`
	Date       calendar.Date `json:"date"`
	Generation string        `json:"generation"`
	// FallbackOf is the date of the forecast that fills this one; zero: it is the
	// date's own.
	FallbackOf calendar.Date `json:"fallback_of,omitzero"`
	Model      string        `json:"model"`
	Levels     []int         `json:"levels"`
	Points     []Point       `json:"points"`
	Actuals    []Observation `json:"actuals"`
}

// Column is a column of a query's result.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // in the engine's SQL dialect
}

// Table is the result of a query. Cells are nil, bool, int64, float64, string,
// calendar.Date or time.Time.
type Table struct {
	Columns   []Column
	Rows      [][]any
	Truncated bool // there were more rows than the limit
}

// TableQuery is a read-only SQL query over the target table, as a view of its
// current generations, and the project's sources.
type TableQuery struct {
	SQL   string
	Limit int // rows; 0: 1,000
}
