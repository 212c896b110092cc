package step

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// QualityReport is evaluation.json: the model-quality report of SageMaker Model
// Monitor for regression, with the measures of forecasting beside its own.
type QualityReport struct {
	Version float64                  `json:"version"`
	Dataset QualityDataset           `json:"dataset"`
	Metrics map[string]QualityMetric `json:"regression_metrics"`
}

// QualityDataset says what a QualityReport was made of.
type QualityDataset struct {
	ItemCount      int       `json:"item_count"`
	EvaluationTime time.Time `json:"evaluation_time"`
}

// QualityMetric is a metric of a QualityReport.
type QualityMetric struct {
	Value float64 `json:"value"`
	// StandardDeviation is that of the metric over resampled data, absent for
	// the measures of forecasting.
	StandardDeviation *float64 `json:"standard_deviation,omitempty"`
}

// resamples is the number of bootstrap samples for a standard deviation.
const resamples = 200

// errorSums are what the regression metrics of a block of rows follow from.
type errorSums struct {
	n, absolute, squared, actual, actualSquared float64
}

func (s *errorSums) add(other errorSums) {
	s.n += other.n
	s.absolute += other.absolute
	s.squared += other.squared
	s.actual += other.actual
	s.actualSquared += other.actualSquared
}

// regressionNames are the metrics of the report, in the order of
// errorSums.metrics.
func regressionNames() [4]string { return [4]string{"mae", "mse", "rmse", "r2"} }

// metrics returns the regression metrics. R2 of constant actuals is 0.
func (s *errorSums) metrics() [4]float64 {
	mse := s.squared / s.n
	r2 := 0.0
	if spread := s.actualSquared - s.actual*s.actual/s.n; spread > 0 {
		r2 = 1 - s.squared/spread
	}
	return [4]float64{s.absolute / s.n, mse, math.Sqrt(mse), r2}
}

// report returns the evaluation as a QualityReport. Rows of one series and
// origin are resampled together: they share their errors.
func (e *evaluated) report(evaluation forecast.Evaluation, now time.Time) QualityReport {
	r := QualityReport{
		Dataset: QualityDataset{ItemCount: evaluation.Rows, EvaluationTime: now.UTC()},
		Metrics: make(map[string]QualityMetric),
	}
	for name, v := range evaluation.Measures {
		r.Metrics[name] = QualityMetric{Value: v}
	}
	blocks := e.blocks
	if len(blocks) == 0 {
		return r
	}
	var total errorSums
	for _, block := range blocks {
		total.add(block)
	}
	deviations := e.deviations(blocks)
	for i, v := range total.metrics() {
		if math.IsInf(v, 0) || math.IsNaN(v) {
			continue
		}
		metric := QualityMetric{Value: v}
		if d := deviations[i]; !math.IsInf(d, 0) && !math.IsNaN(d) {
			metric.StandardDeviation = &d
		}
		r.Metrics[regressionNames()[i]] = metric
	}
	return r
}

// blocksOf returns the sums of each origin of a series that has an actual.
func blocksOf(one *judged) []errorSums {
	var blocks []errorSums
	for k := range one.table.Origins {
		var sums errorSums
		actual, mean := one.table.Actual(k), one.table.Forecast(k, one.used[k])
		for h, y := range actual {
			if math.IsNaN(y) {
				continue
			}
			miss := y - mean[h]
			sums.add(errorSums{n: 1, absolute: math.Abs(miss), squared: miss * miss, actual: y, actualSquared: y * y})
		}
		if sums.n > 0 {
			blocks = append(blocks, sums)
		}
	}
	return blocks
}

// deviations returns the standard deviations of the metrics over bootstrap
// samples of the blocks.
func (e *evaluated) deviations(blocks []errorSums) [4]float64 {
	b := e.batch
	rng := rand.New(rand.NewPCG(b.settings.Seed, uint64(b.date)))
	var mean, squares [4]float64
	for round := range resamples {
		var sample errorSums
		for range blocks {
			sample.add(blocks[rng.IntN(len(blocks))])
		}
		for i, v := range sample.metrics() {
			d := v - mean[i]
			mean[i] += d / float64(round+1)
			squares[i] += d * (v - mean[i])
		}
	}
	var deviations [4]float64
	for i, s := range squares {
		deviations[i] = math.Sqrt(s / (resamples - 1))
	}
	return deviations
}
