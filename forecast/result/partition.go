package result

import (
	"errors"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
)

// Stamp is what each row of a partition says of its generation.
type Stamp struct {
	Generation string
	Kind       forecast.GenerationKind
	MadeFor    calendar.Date // whose forecast it is
	Age        int           // days from there to the partition's date
}

// Partition returns the table of a partition with the forecasts, in their order.
func Partition(list []forecast.SeriesForecast, d forecast.Definition, stamp Stamp) *lake.Frame {
	parts := make([][]string, len(d.Source.Series))
	lower, upper := make([][]float64, len(d.Forecast.Levels)), make([][]float64, len(d.Forecast.Levels))
	var dates, madeFor []calendar.Date
	var means []float64
	var horizon, ages []int64
	var models, kinds, generations []string
	for _, s := range list {
		names := s.Series.Parts()
		for _, p := range s.Points {
			for k := range parts {
				parts[k] = append(parts[k], names[k])
			}
			for k := range lower {
				lower[k], upper[k] = append(lower[k], p.Lower[k]), append(upper[k], p.Upper[k])
			}
			dates, means, models = append(dates, p.Date), append(means, p.Mean), append(models, s.Model)
			horizon, madeFor, ages = append(horizon, int64(p.Date-s.Date)), append(madeFor, stamp.MadeFor), append(ages, int64(stamp.Age))
			kinds, generations = append(kinds, string(stamp.Kind)), append(generations, stamp.Generation)
		}
	}
	frame := &lake.Frame{}
	for k, name := range d.Source.Series {
		frame.Strings(name, parts[k])
	}
	frame.Dates(lake.DateColumn, dates)
	frame.Floats(lake.MeanColumn, means)
	for k, level := range d.Forecast.Levels {
		frame.Floats(lake.LowerColumn(level), lower[k])
		frame.Floats(lake.UpperColumn(level), upper[k])
	}
	frame.Ints(lake.HorizonColumn, horizon)
	frame.Strings(lake.ModelColumn, models)
	frame.Dates(lake.MadeForColumn, madeFor)
	frame.Strings(lake.KindColumn, kinds)
	frame.Ints(lake.AgeColumn, ages)
	frame.Strings(lake.GenerationColumn, generations)
	return frame
}

// Observed are the columns of an extract: what was observed of which series when.
type Observed struct {
	Keys   []series.Key
	Dates  []calendar.Date
	Values []float64 // NaN: nothing
}

// Observations returns the columns of an extract.
func Observations(rows *lake.Frame, d forecast.Definition) (Observed, error) {
	keys, errKeys := lake.KeyColumn(rows, d.Source.Series)
	dates, errDates := lake.Column[[]calendar.Date](rows, lake.DateColumn)
	values, errValues := lake.Column[[]float64](rows, lake.ValueColumn)
	return Observed{Keys: keys, Dates: dates, Values: values}, errors.Join(errKeys, errDates, errValues)
}
