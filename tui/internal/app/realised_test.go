package app_test

import (
	"errors"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// drifted is a month in which every forecast was a third too high.
func drifted(f *enginetest.Fake) {
	month(f)
	for d := calendar.Of(2025, 12, 20); d <= jan(12); d++ {
		one := forecast.SeriesForecast{Series: series.MakeKey("kei", "kanto"), Date: d, Model: "theta", Levels: []int{80, 95}}
		for i := range 28 {
			one.Points = append(one.Points, forecast.Point{Date: d + calendar.Date(i) + 1, Mean: 133, Lower: []float64{120, 110}, Upper: []float64{150, 160}})
		}
		for t := d + 1; t <= jan(20); t++ {
			one.Actuals = append(one.Actuals, forecast.Observation{Date: t, Value: 95 + float64(t%7)})
		}
		f.SetForecasts(d, one)
	}
}

// realisedViews returns what published forecasts came to.
func realisedViews() []view {
	lost := errors.New("read state: no route to host")
	return []view{
		{"realised", scene{seed: month}, keysTo("m a")},
		{"realised_drift", scene{seed: drifted}, keysTo("m a")},
		{"realised_since", scene{seed: drifted, engine: enginetest.FakeOptions{Drift: forecast.Drift{Since: jan(14), Last: jan(20)}}}, keysTo("m a")},
		{"realised_calm", scene{seed: month, engine: enginetest.FakeOptions{Drift: forecast.Drift{Since: jan(14), Last: jan(18)}}}, keysTo("m a")},
		{"realised_none", scene{}, keysTo("m a")},
		{"realised_loading", scene{seed: func(f *enginetest.Fake) { f.Hold("Realised") }}, keysTo("m a")},
		{"realised_error", scene{seed: func(f *enginetest.Fake) { f.FailNext("Realised", lost) }}, keysTo("m a")},
		{"realised_stale", scene{seed: month}, func(p *script) {
			p.Press("m a")
			p.fake.FailNext("Realised", lost)
			p.Press("r")
		}},
	}
}

// An operator reads how forecasts came true, goes back in time, scrolls, mends what
// could not be read, and returns to the evaluation.
func TestForecastsThatCameTrue(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: drifted, width: 100, height: 30}, func(p *script) {
		p.Press("j m").ExpectPage(page.Metrics).Expect("evaluated failed", "compact kansai")
		p.Press("a").ExpectPage(page.Metrics).Expect("came true", "drift  ", "of the horizon are worse than expected", "nine in ten").
			ExpectNot("compact kansai").
			ExpectLine("wape, 2025-12-23 .. 2026-01-19", "actuals as of 01-21 09:30").
			ExpectLine(" 14 d", "0.0", " !")
		p.Press("G").ExpectLine(" 28 d ").ExpectNot(" 1 d ").Press("k g").ExpectLine(" 1 d ").ExpectNot(" 28 d ")
		p.Press("[").ExpectLine("2025-12-22 .. 2026-01-18").Press("2*]").ExpectLine("2025-12-24 .. 2026-01-20")
		p.Press("ctrl+y").Expect("daybatch metrics --realised")
		p.fake.FailNext("Realised", errors.New("the disk is away"))
		p.Press("r").Expect("the disk is away", "(r tries again)", "nine in ten").Press("r").Expect("trying again after", "the disk is away").Press("k").ExpectNot("the disk is away")
		p.Press("esc").ExpectPage(page.Metrics).Expect("evaluated").ExpectNot("nine in ten")
		p.Press("a").Expect("nine in ten").Press("a").ExpectNot("nine in ten").Press("esc").ExpectPage(page.Days)
	})
}

// Where nothing came true yet it says when something will, and dates that have
// something show it again.
func TestNothingCameTrue(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("m a 20*[").Expect("nine in ten")
		p.Press("35*[").Expect("Nothing that was published has come true yet", "once a later date was run")
		p.Press("55*]").Expect("nine in ten").ExpectNot("Nothing that was")
	})
}

// On a low screen what the gate says takes a line each, so that series are seen too.
func TestMetricsOnALowScreen(t *testing.T) {
	t.Parallel()
	long := func(f *enginetest.Fake) {
		month(f)
		evaluation, err := f.Evaluation(t.Context(), "2026-01-19-1")
		if err != nil {
			t.Fatal(err)
		}
		for i := range evaluation.Checks {
			evaluation.Checks[i].Text += " (4 origins, 48 series, 28 days; seasonal naive 0.606), and its reasons"
		}
		f.SetEvaluation(evaluation)
	}
	play(t, scene{seed: long, width: 60, height: 16}, func(p *script) {
		p.Press("j m").ExpectPage(page.Metrics).ExpectLine("failed", "wape 0.412 > 0.350 (4 origins").ExpectNot("reasons").Expect("compact kansai", "kei kansai", "gate 0.350")
		p.Resize(80, 24).Expect("kei kanto").ExpectNot("reasons").Resize(80, 40).Expect("reasons")
	})
}
