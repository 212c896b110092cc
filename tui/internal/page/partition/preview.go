package partition

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/rowfilter"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// Columns that rows can be sorted by, the usual one first.
const (
	bySeries = "series"
	byDate   = "ds"
	byMean   = "yhat"
	byModel  = "model"
)

// said says what comes first in an order.
func said(order page.Order) string {
	text := map[string]string{bySeries: "series", byDate: "date", byMean: "forecast, largest first", byModel: "model"}[order.Column]
	if order.Reverse {
		text += ", turned around"
	}
	return text
}

// ref is a row: a point of a series.
type ref struct{ series, point int32 }

// preview holds the rows of a generation. It formats those on screen and no others.
type preview struct {
	generation string // whose rows are shown or asked for; empty: the current one's are asked for
	forecasts  []forecast.SeriesForecast
	columns    []column
	named      int // series columns that columns were made for; -1: none were
	read       bool
	failed     *effects.Failed

	rows    []ref // sorted and filtered
	total   int
	order   page.Order
	at, top int
	left    int // first column shown after the frozen ones
}

// column is one column of the rows.
type column struct {
	name  string
	width int
	right bool
	text  func(forecast.SeriesForecast, forecast.Point) string
}

// set takes the rows in.
func (v *preview) set(forecasts []forecast.SeriesForecast) {
	v.forecasts, v.read, v.failed, v.named = forecasts, true, nil, -1
	if v.generation == "" && len(forecasts) > 0 {
		v.generation = forecasts[0].Generation
	}
	v.total = 0
	for _, f := range forecasts {
		v.total += len(f.Points)
	}
}

// turn makes place for the rows of another generation, which come in the same order.
func (v *preview) turn(generation string) {
	v.generation, v.read, v.failed = generation, false, nil
	v.forecasts, v.rows, v.total = nil, v.rows[:0], 0
}

// name makes the columns: those of the series, the date, the forecast with its
// bounds, and the model. It does so once for the rows it has.
func (v *preview) name(keys []string) {
	if v.named == len(keys) {
		return
	}
	v.named = len(keys)
	if len(v.forecasts) == 0 {
		v.columns = nil
		return
	}
	const least, most, gap = 4, 24, 2
	v.columns = v.columns[:0]
	for i, name := range keys {
		width := max(least, draw.Width(name))
		for _, f := range v.forecasts {
			width = max(width, draw.Width(part(f.Series, i)))
		}
		v.columns = append(v.columns, column{name: name, width: min(width, most) + gap, text: func(f forecast.SeriesForecast, _ forecast.Point) string {
			return part(f.Series, i)
		}})
	}
	width := v.numberWidth() + gap
	number := func(name string, of func(forecast.Point) float64) {
		v.columns = append(v.columns, column{name: name, width: width, right: true, text: func(f forecast.SeriesForecast, at forecast.Point) string {
			return strconv.FormatFloat(of(at), 'f', decimals(largest(f)), 64)
		}})
	}
	v.columns = append(v.columns, column{name: "ds", width: 11, text: func(_ forecast.SeriesForecast, at forecast.Point) string { return at.Date.String() }})
	number("yhat", func(at forecast.Point) float64 { return at.Mean })
	for i, level := range v.forecasts[0].Levels {
		number("lo"+strconv.Itoa(level), func(at forecast.Point) float64 { return at.Lower[i] })
		number("hi"+strconv.Itoa(level), func(at forecast.Point) float64 { return at.Upper[i] })
	}
	model := draw.Width("model")
	for _, f := range v.forecasts {
		model = max(model, draw.Width(f.Model))
	}
	v.columns = append(v.columns, column{name: "  model", width: min(model, most) + gap, text: func(f forecast.SeriesForecast, _ forecast.Point) string { return "  " + f.Model }})
}

// numberWidth returns how many cells the widest number takes.
func (v *preview) numberWidth() int {
	widest := len("yhat")
	for _, f := range v.forecasts {
		low, high := 0.0, 0.0
		for _, at := range f.Points {
			low, high = min(low, at.Mean), max(high, at.Mean)
			for i := range at.Lower {
				low, high = min(low, at.Lower[i]), max(high, at.Upper[i])
			}
		}
		for _, end := range []float64{low, high} {
			widest = max(widest, len(strconv.FormatFloat(end, 'f', decimals(largest(f)), 64)))
		}
	}
	return widest
}

// part returns the value of a series column.
func part(key series.Key, i int) string {
	if parts := key.Parts(); i < len(parts) {
		return parts[i]
	}
	return ""
}

// largest returns the size of the largest forecast of a series: its numbers have the
// decimals of that, so that they can be compared.
func largest(f forecast.SeriesForecast) float64 {
	size := 0.0
	for _, at := range f.Points {
		size = max(size, at.Mean, -at.Mean)
	}
	return size
}

// decimal returns a number with as many decimals as are worth reading.
func decimal(x float64) string {
	return strconv.FormatFloat(x, 'f', decimals(max(x, -x)), 64)
}

// decimals returns how many decimals are worth reading of numbers of a size.
func decimals(size float64) int {
	const large, small = 1000, 10
	switch {
	case size >= large:
		return 0
	case size >= small:
		return 1
	default:
		return 3
	}
}

// arrange filters the rows by words and values of columns, and sorts them. The cursor stays
// on its row if that is left.
func (v *preview) arrange(text string, columns []string) {
	held := ref{-1, -1}
	if v.at < len(v.rows) {
		held = v.rows[v.at]
	}
	filter, _ := rowfilter.Parse(text, columns) // what is no column yet is a word
	v.rows = v.rows[:0]
	for i, f := range v.forecasts {
		points, ok := filter.Series(f)
		if !ok {
			continue
		}
		for j, at := range f.Points {
			if points.Pass(at.Date) {
				v.rows = append(v.rows, ref{int32(i), int32(j)})
			}
		}
	}
	if v.order != (page.Order{Column: bySeries}) {
		slices.SortStableFunc(v.rows, v.compare)
	}
	if at := slices.Index(v.rows, held); at >= 0 {
		v.at = at
	}
	v.at = layout.Clamp(v.at, 0, len(v.rows)-1)
}

func (v *preview) compare(a, b ref) int {
	one, other := v.forecasts[a.series].Points[a.point], v.forecasts[b.series].Points[b.point]
	switch v.order.Column {
	case byDate:
		return v.order.Turn(cmp.Compare(one.Date, other.Date))
	case byMean:
		return v.order.Turn(cmp.Compare(other.Mean, one.Mean))
	case byModel:
		return v.order.Turn(cmp.Compare(v.forecasts[a.series].Model, v.forecasts[b.series].Model))
	default: // forecasts come by series
		return v.order.Turn(cmp.Or(cmp.Compare(a.series, b.series), cmp.Compare(a.point, b.point)))
	}
}

// seriesAt returns the series of the row under the cursor.
func (v *preview) seriesAt() series.Key {
	if v.at >= len(v.rows) {
		return ""
	}
	return v.forecasts[v.rows[v.at].series].Series
}
