package partition

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/series"
)

// TestDecimals writes the numbers of a series with the decimals of its largest, and
// gives the model the room that it takes.
func TestDecimals(t *testing.T) {
	t.Parallel()
	of := func(model string, values ...float64) forecast.SeriesForecast {
		f := forecast.SeriesForecast{Series: series.MakeKey(model), Model: model}
		for _, value := range values {
			f.Points = append(f.Points, forecast.Point{Mean: value})
		}
		return f
	}
	var v preview
	v.set([]forecast.SeriesForecast{of("ensemble_of_everything", 9.94, 52.5), of("croston", 0.05, 9.94), of("naive", 1234.5, -8)})
	v.name([]string{"key"})
	var rows []string
	for _, f := range v.forecasts {
		for _, at := range f.Points {
			rows = append(rows, v.columns[2].text(f, at))
		}
	}
	if diff := cmp.Diff([]string{"9.9", "52.5", "0.050", "9.940", "1234", "-8"}, rows); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
	if got := v.columns[len(v.columns)-1].width; got < len("ensemble_of_everything") {
		t.Errorf("the model has %d cells; want as many as its name takes", got)
	}
}
