package realised

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// Row is a published forecast of one series and date with what was observed.
type Row struct {
	Series     series.Key
	Date       calendar.Date // of the partition
	Target     calendar.Date
	Kind       forecast.GenerationKind
	Actual     float64
	Mean       float64
	Lower      []float64 // by level
	Upper      []float64
	Generation string
}

// Horizon returns how many days ahead the forecast was for its readers.
func (r Row) Horizon() int { return int(r.Target - r.Date) }

// Actuals are what was observed: by series, then by date.
type Actuals map[series.Key]map[calendar.Date]float64

// Newest returns the newest date with an actual, zero if there is none.
func (a Actuals) Newest() calendar.Date {
	var newest calendar.Date
	for _, seen := range a {
		for date := range seen {
			newest = max(newest, date)
		}
	}
	return newest
}

// Observe returns the actuals in rows of observations of the given dates. NaN is
// none.
func Observe(keys []series.Key, dates []calendar.Date, values []float64, window calendar.Range) Actuals {
	actuals := make(Actuals)
	for i, key := range keys {
		if math.IsNaN(values[i]) || !window.Contains(dates[i]) {
			continue
		}
		if actuals[key] == nil {
			actuals[key] = make(map[calendar.Date]float64)
		}
		actuals[key][dates[i]] = values[i]
	}
	return actuals
}

// Score compares the forecasts of a partition with what was observed, as far as
// it was.
func Score(p forecast.Partition, list []forecast.SeriesForecast, actuals Actuals) []Row {
	var rows []Row
	for _, s := range list {
		seen := actuals[s.Series]
		for _, point := range s.Points {
			actual, ok := seen[point.Date]
			if !ok || point.Date <= p.Date { // what was known already is no forecast
				continue
			}
			rows = append(rows, Row{
				Series: s.Series, Date: p.Date, Target: point.Date, Kind: p.Kind, Actual: actual, Mean: point.Mean,
				Lower: point.Lower, Upper: point.Upper, Generation: p.Generation,
			})
		}
	}
	return rows
}

// Sort orders rows by target date, partition and series.
func Sort(rows []Row) {
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(a.Date, b.Date), strings.Compare(string(a.Series), string(b.Series)))
	})
}
