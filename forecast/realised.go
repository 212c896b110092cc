package forecast

import (
	"context"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// RealisedReader tells how well published forecasts came true.
type RealisedReader interface {
	// Realised compares what was published for the last days with what was
	// observed since, by horizon. It wraps ErrNotFound as long as nothing that was
	// published can be compared.
	Realised(ctx context.Context, query RealisedQuery) (Realised, error)
	// Drift returns the newest time that published forecasts were worse than
	// expected, as it was found last: the zero Drift if there was none. It is cheap,
	// and compares nothing.
	Drift(ctx context.Context) (Drift, error)
}

// RealisedQuery selects what is compared. The zero query selects all series, over
// the 28 newest target dates.
type RealisedQuery struct {
	To      calendar.Date // last target date; zero: the newest with actuals
	Targets int           // target dates up to To; 0: 28
	Series  series.Key    // empty: all
}

// Realised is the accuracy of published forecasts after the fact.
type Realised struct {
	Targets calendar.Range `json:"targets"` // target dates that were looked at
	Read    time.Time      `json:"read"`    // when the actuals were read
	// Horizons are those that have something to compare, ascending.
	Horizons []HorizonAccuracy `json:"horizons"`
	// Drift says why the forecasts have become worse than the backtests let
	// expect, empty if they have not.
	Drift string `json:"drift,omitempty"`
	// DriftSince is the target date since which they have been. It is told of all
	// series over the newest target dates alone, and stands for some dates after Drift
	// has gone: a good day ends nothing.
	DriftSince calendar.Date `json:"drift_since,omitzero"`
	// Signals say what the errors of single series, one day ahead, and the total of the
	// newest week tell that Drift need not, a sentence each. They begin and end nothing.
	Signals []string `json:"signals,omitempty"`
	// Warnings are about what could not be compared.
	Warnings []string `json:"warnings,omitempty"`
}

// Drift is a time during which published forecasts were worse than the backtests let
// expect.
type Drift struct {
	Since  calendar.Date `json:"since,omitzero"` // target date when it was found; zero: never
	Last   calendar.Date `json:"last,omitzero"`  // newest target date at which it was found
	Until  calendar.Date `json:"until,omitzero"` // target date when it had passed; zero: it lasts
	Reason string        `json:"reason,omitempty"`
}

// Lasts reports whether forecasts are worse than expected now.
func (d Drift) Lasts() bool { return !d.Since.IsZero() && d.Until.IsZero() }

// HorizonAccuracy is the accuracy of what was forecast so many days ahead.
type HorizonAccuracy struct {
	Horizon int `json:"horizon"` // days ahead, from 1
	// Published is what readers saw, fallbacks too; Model is without them.
	Published RealisedMeasures `json:"published"`
	Model     RealisedMeasures `json:"model"`
	// Expected is the WAPE over the same dates by the backtest of an evaluation; nil if
	// that has none for the horizon.
	Expected *Band `json:"expected,omitempty"`
	// Drift says how Model is worse than expected, empty if it is not.
	Drift string `json:"drift,omitempty"`
}

// RealisedMeasures are measures with what they stand on: wape, bias, smape, and
// the coverage of each level.
type RealisedMeasures struct {
	Measures Measures `json:"measures"`
	Rows     int      `json:"rows"`    // forecasts compared with an actual
	Targets  int      `json:"targets"` // dates that the rows are of
}

// Band is where the WAPE of one horizon lies over some target dates if nothing has
// changed since a backtest: the middle, and the range of nine in ten. The dates' weekdays
// and their number, and how few origins there were, have all their part in it.
type Band struct {
	Low     float64 `json:"low"`
	Median  float64 `json:"median"`
	High    float64 `json:"high"`
	Origins int     `json:"origins"` // of the backtest, as far as it was looked at
}

// OriginErrors are the errors that forecasts from one origin of a backtest made, summed
// over the series.
type OriginErrors struct {
	Origin calendar.Date `json:"origin"`
	// By the day of the horizon: the sums of the absolute errors, and of the absolute
	// actuals. Both are 0 where nothing is known.
	Absolute []float64 `json:"absolute"`
	Actual   []float64 `json:"actual"`
}
