package forecast

import (
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// RollbackRequest asks for an older generation of a date to become current.
type RollbackRequest struct {
	Date calendar.Date
	// Generation is the one to become current; empty: the one that was before the
	// current one.
	Generation string
	// Expected is the generation that is current now, as the asker saw it; empty:
	// whichever it is.
	Expected string
	Actor    string
}

// CompareQuery names two generations of a date. From is the older one.
type CompareQuery struct {
	Date calendar.Date
	From string // empty: the current generation; a date without one is compared as empty if To is named
	To   string // empty: the newest one beside From
}

// Comparison is how two generations of a date differ.
type Comparison struct {
	From Partition `json:"from"`
	To   Partition `json:"to"`
	// Total is the sum of the means over all series and target dates.
	TotalFrom float64 `json:"total_from"`
	TotalTo   float64 `json:"total_to"`
	// MetricsFrom and MetricsTo are what the gate saw; nil if that isn't known.
	MetricsFrom Measures `json:"metrics_from,omitempty"`
	MetricsTo   Measures `json:"metrics_to,omitempty"`
	// Series are those whose forecast differs, the largest change first, at most
	// 100; Changed is how many they are in all.
	Series  []SeriesChange `json:"series"`
	Changed int            `json:"changed"`
}

// SeriesChange is how the forecast of one series differs between generations.
type SeriesChange struct {
	Series series.Key `json:"series"`
	// From and To are the sums of the means over the horizon; nil if the
	// generation lacks the series.
	From *float64 `json:"from"`
	To   *float64 `json:"to"`
}

// Severity says how much a finding matters.
type Severity string

// Severities.
const (
	SeverityNote    Severity = "note"    // harmless: takes up space, or will end by itself
	SeverityWarning Severity = "warning" // readers or operators may be misled
	SeverityError   Severity = "error"   // readers see something wrong
)

// Finding is something that is not as the records say.
type Finding struct {
	Severity Severity      `json:"severity"`
	Kind     string        `json:"kind"` // stable word, for example orphan-generation
	Date     calendar.Date `json:"date,omitzero"`
	Text     string        `json:"text"`   // what, where
	Advice   string        `json:"advice"` // what to do
	// Mendable says that Mend does away with it; Mended, that it did.
	Mendable bool `json:"mendable"`
	Mended   bool `json:"mended"`
	// Failure is why it could not be mended.
	Failure string `json:"failure,omitempty"`
}
