package step

import (
	"context"
	"log/slog"

	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/logkey"
)

// backtestMeasured is the line of Train's log that says what it measured.
const backtestMeasured = "backtest measured"

// LogMetric is a number that a step writes into its log.
type LogMetric struct {
	Name    string
	Pattern string // a regular expression over lines, whose group is the number
}

// TrainMetrics are the numbers that the built-in Train writes into its log, for
// services that read metrics there. They are those of the methods that were chosen
// by the same errors, and so better than what is to be expected: TrainEvaluation
// is the judge. A measure without a value is not found.
func TrainMetrics() []LogMetric {
	var all []LogMetric
	for _, key := range []string{keyWAPE, keyMASE, logkey.Series} {
		all = append(all, LogMetric{Name: "backtest:" + key, Pattern: backtestMeasured + `.* ` + key + `=([0-9.]+)`})
	}
	return all
}

// measure adds the errors of the method that was chosen for a series.
func (t *training) measure(table *backtest.Table, method int) {
	var sums accuracy.Sums
	for k := range table.Origins {
		block, mean := sums.Block(table.Scales[k]), table.Forecast(k, method)
		for h, y := range table.Actual(k) {
			block.Add(y, mean[h])
		}
	}
	t.pool.Add(&sums)
}

// logBacktest logs how large the errors of the chosen methods were.
func (t *training) logBacktest(ctx context.Context) {
	measures := t.pool.Measures().Values()
	t.env.Log.InfoContext(ctx, backtestMeasured, slog.String(keyWAPE, shown(measures, "wape")), slog.String(keyMASE, shown(measures, "mase")),
		slog.Int(logkey.Series, len(t.models)))
}
