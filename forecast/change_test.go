package forecast_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
)

func TestChanges(t *testing.T) {
	t.Parallel()
	then := forecast.Definition{
		Pipeline: "demand", Timezone: "Asia/Tokyo",
		Source:   forecast.Source{Query: "SELECT ds,\n  n\nFROM orders\n", Files: map[string]string{"orders": "a.csv"}, Time: "ds"},
		Forecast: forecast.Settings{Horizon: 28, Season: []float64{7}, Models: []string{"auto"}},
		Gate:     forecast.Gate{WAPE: 0.35},
	}
	for _, c := range []struct {
		name   string
		change func(*forecast.Definition)
		want   []string
	}{
		{"nothing", func(*forecast.Definition) {}, nil},
		{"a number", func(d *forecast.Definition) { d.Gate.WAPE = 0.4 }, []string{"gate.wape 0.35 -> 0.4"}},
		{"a list", func(d *forecast.Definition) { d.Forecast.Season = []float64{7, 365.25} }, []string{"forecast.season 7 -> 7 365.25"}},
		{"new values", func(d *forecast.Definition) {
			d.Gate.MASE = 1
			d.Steps = map[forecast.StepName]forecast.StepOptions{forecast.Train: {Command: []string{"python", "train.py"}, Timeout: time.Minute}}
		}, []string{"gate.mase none -> 1", "steps.Train.command none -> python train.py", "steps.Train.timeout none -> 6e+10"}},
		{"a query", func(d *forecast.Definition) {
			d.Source.Query = "SELECT ds,\n  n, m\nFROM orders\nWHERE n > 0\n"
		}, []string{"source.query: 2 lines added, 1 removed"}},
		{"the order of a query", func(d *forecast.Definition) {
			d.Source.Query = "FROM orders\nSELECT ds,\n  n\n"
		}, []string{"source.query: the same lines in another order"}},
		{"a file", func(d *forecast.Definition) { d.Source.Files = map[string]string{"orders": "b.csv"} }, []string{"source.files.orders a.csv -> b.csv"}},
	} {
		now := then
		c.change(&now)
		got, err := then.Changes(now)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: Changes = %v, %v (-want +got):\n%s", c.name, got, err, diff)
		}
	}
}
