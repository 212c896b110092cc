package cli_test

import (
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/series"
)

// A series that has come out lower than its forecasts for weeks is named.
func TestMetricsNameSeriesThatErr(t *testing.T) {
	t.Parallel()
	const days = 24
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	for made := newest - days; made < newest; made++ {
		fake.Seed(made, enginetest.Made())
		one := forecast.SeriesForecast{Series: series.MakeKey("kei", "kanto"), Date: made, Levels: []int{80, 95}}
		one.Points = append(one.Points, forecast.Point{Date: made + 1, Mean: 133, Lower: []float64{120, 110}, Upper: []float64{150, 160}})
		one.Actuals = append(one.Actuals, forecast.Observation{Date: made + 1, Value: 95 + float64(made%7)})
		fake.SetForecasts(made, one)
	}
	const want = "1 of 1 series err to one side day after day: kei kanto (too high on 24 dates running)"
	if got := command(t, fake, "metrics", "--realised"); !strings.Contains(got, "\nsignal: "+want+"\n") {
		t.Errorf("metrics --realised =\n%s\nwant a line with %q", got, want)
	}
	if got := command(t, fake, "metrics", "--realised", "-o", "json"); !strings.Contains(got, `"`+want+`"`) {
		t.Errorf("metrics --realised -o json =\n%s\nwant %q among its signals", got, want)
	}
}
