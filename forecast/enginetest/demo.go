package enginetest

import (
	"fmt"
	"math"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/fallback"
	"github.com/daybatch/daybatch/forecast/series"
)

// demoSeries returns the keys of a panel with so many series columns.
func demoSeries(columns int) []series.Key {
	if columns == 0 {
		return []series.Key{""}
	}
	var keys []series.Key
	for _, car := range []string{"compact", "kei", "van"} {
		for _, region := range []string{"kansai", "kanto"} {
			parts := []string{car, region, "-", "-", "-", "-"}
			keys = append(keys, series.MakeKey(parts[:min(columns, len(parts))]...))
		}
	}
	return keys
}

// demoLog returns what a step writes if nothing else was said.
func demoLog(step forecast.StepName, d calendar.Date) []string {
	switch step {
	case forecast.Extract:
		return []string{"extract up to " + d.String(), "6,570 rows of 6 series"}
	case forecast.PreProc:
		return []string{"6 series, 1,095 days, 0 gaps filled"}
	case forecast.Train:
		return []string{
			"train 6 series, 5 origins", "compact kansai: ETS(A,N,A)", "compact kanto: ETS(M,Ad,M)",
			"kei kansai: theta", "kei kanto: ETS(A,N,A)", "van kansai: snaive", "van kanto: theta",
		}
	case forecast.TrainEvaluation:
		return []string{"compare with seasonal_naive over 5 origins", "wape, mase and coverage are within the gate"}
	case forecast.Predict:
		return []string{"predict 28 days from " + (d + 1).String()}
	default:
		return []string{"write 168 rows", "publish dt=" + d.String()}
	}
}

// demoMeasures returns measures that move a little from day to day.
func demoMeasures(d calendar.Date) forecast.Measures {
	wave := math.Sin(float64(d) * 0.9)
	return forecast.Measures{
		"wape": round(0.21 + 0.03*wave), "mase": round(0.78 + 0.08*wave), "rmsse": round(0.84 + 0.07*wave),
		"smape": round(0.24 + 0.03*wave), "bias": round(0.02 * wave), "pinball": round(1.31 + 0.2*wave), "msis": round(6.1 + 0.8*wave),
		forecast.CoverageName(80): round(0.81 - 0.02*wave), forecast.CoverageName(95): round(0.95 - 0.01*wave),
	}
}

func round(x float64) float64 { return math.Round(x*1000) / 1000 }

// evaluation returns what TrainEvaluation saw in an attempt.
func (w *world) evaluation(e forecast.Execution, acts Behaviour) forecast.Evaluation {
	measures := acts.Measures
	if measures == nil {
		measures = demoMeasures(e.Date)
	}
	score := forecast.Evaluation{
		Date: e.Date, Execution: e.ID, Verdict: forecast.VerdictPassed,
		Measures: measures,
		Baseline: forecast.Measures{"wape": 0.271, "mase": 1, "rmsse": 1.02},
		Versus:   "seasonal_naive", Horizon: w.def.Forecast.Horizon,
		Rows: len(w.keys) * w.def.Forecast.Horizon * 5,
	}
	for i := range 5 {
		score.Origins = append(score.Origins, e.Date-calendar.Date(w.def.Forecast.Horizon*(5-i)))
	}
	limits := []struct {
		name  string
		limit float64
	}{{"wape", w.def.Gate.WAPE}, {"mase", w.def.Gate.MASE}}
	for _, l := range limits {
		if l.limit > 0 {
			score.Checks = append(score.Checks, check(l.name, measures[l.name], l.limit, score.Baseline[l.name]))
		}
	}
	if acts.End == Fail {
		score.Verdict = forecast.VerdictFailed
	}
	wapes := make([]float64, w.def.Forecast.Horizon)
	for h := range wapes {
		wapes[h] = 0.05 * (1 + 0.01*float64(h))
	}
	score.Expected = expected(e.Date, len(wapes), wapes...)
	for i, key := range w.keys {
		score.Series = append(score.Series, accuracy(key, i, len(w.keys), measures))
	}
	return score
}

func check(name string, value, limit, baseline float64) forecast.Check {
	c := forecast.Check{Name: name, Value: value, Limit: limit, Baseline: baseline, Verdict: forecast.VerdictPassed}
	sign := "<="
	if value > limit {
		c.Verdict, sign = forecast.VerdictFailed, ">"
	}
	c.Text = fmt.Sprintf("%s %.3f %s %.3f", name, value, sign, limit)
	return c
}

// accuracy returns the accuracy of the i-th of n series, largest share first.
func accuracy(key series.Key, i, n int, all forecast.Measures) forecast.SeriesAccuracy {
	models := []string{"ets", "theta", "snaive"}
	forms := []string{"ETS(M,Ad,M)", "Theta", "SNaive(7)"}
	classes := []string{"smooth", "erratic", "intermittent"}
	own := forecast.Measures{}
	for name, value := range all {
		own[name] = round(value * (1.3 - 0.6*float64(i)/float64(n)))
	}
	return forecast.SeriesAccuracy{
		Series: key, Model: models[i%3], Form: forms[i%3], Class: classes[i%3], Measures: own,
		Share: round(2 * float64(n-i) / float64(n*(n+1))),
		Why:   models[i%3] + " had the least MASE over 5 origins",
	}
}

// demoForecasts returns forecasts with a weekly season.
func (w *world) demoForecasts(query forecast.SeriesQuery, current forecast.Partition) []forecast.SeriesForecast {
	newest := w.cal.Newest(w.now())
	origin := query.Date
	if !current.FallbackOf.IsZero() {
		origin = current.FallbackOf
	}
	var all []forecast.SeriesForecast
	for i, key := range w.keys {
		s := forecast.SeriesForecast{
			Series: key, Date: query.Date, Generation: current.Generation, FallbackOf: current.FallbackOf,
			Model: []string{"ets", "theta", "snaive"}[i%3], Levels: w.def.Forecast.Levels,
		}
		for h := 1; h <= w.def.Forecast.Horizon; h++ {
			s.Points = append(s.Points, w.demoPoint(i, origin+calendar.Date(h), h))
		}
		if origin < query.Date {
			s = w.shifted(s, origin)
		}
		for d := query.Date - calendar.Date(query.History) + 1; d <= min(newest, query.Date+calendar.Date(w.def.Forecast.Horizon)); d++ {
			s.Actuals = append(s.Actuals, forecast.Observation{Date: d, Value: demoActual(i, d)})
		}
		all = append(all, s)
	}
	return all
}

// shifted returns a forecast that was made for an earlier date as that of its own.
func (w *world) shifted(s forecast.SeriesForecast, origin calendar.Date) forecast.SeriesForecast {
	target := fallback.Target{Date: s.Date, Horizon: w.def.Forecast.Horizon}
	generation := s.Generation
	s.Date = origin
	list, err := fallback.Shift([]forecast.SeriesForecast{s}, target)
	if err != nil {
		panic("enginetest: " + err.Error())
	}
	list[0].Generation = generation
	return list[0]
}

func (w *world) demoPoint(i int, d calendar.Date, h int) forecast.Point {
	point := forecast.Point{Date: d, Mean: demoMean(i, d)}
	for _, level := range w.def.Forecast.Levels {
		width := point.Mean * 0.002 * float64(level) * (1 + 0.02*float64(h))
		point.Lower = append(point.Lower, round(point.Mean-width))
		point.Upper = append(point.Upper, round(point.Mean+width))
	}
	return point
}

func demoMean(i int, d calendar.Date) float64 {
	week := 1.0
	if day := d.Weekday(); day == time.Saturday || day == time.Sunday {
		week = 1.3
	}
	return round(float64(40+25*i) * week)
}

func demoActual(i int, d calendar.Date) float64 {
	return math.Round(demoMean(i, d) * (1 + 0.08*math.Sin(float64(d)*1.7+float64(i))))
}
