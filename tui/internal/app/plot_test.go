package app_test

import (
	"errors"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// missed is a month whose 12th has a forecast that the values left.
func missed(f *enginetest.Fake) {
	month(f)
	one := forecast.SeriesForecast{
		Series: series.MakeKey("kei", "kanto"), Date: jan(12), Generation: "77d0", Model: "theta", Levels: []int{80, 95},
	}
	for i := range 28 {
		date := jan(13) + calendar.Date(i)
		mean := 120 + 20*float64(i%7)
		one.Points = append(one.Points, forecast.Point{
			Date: date, Mean: mean, Lower: []float64{mean - 20, mean - 35}, Upper: []float64{mean + 20, mean + 35},
		})
	}
	for i := range 100 {
		date := jan(12) - calendar.Date(i)
		one.Actuals = append(one.Actuals, forecast.Observation{Date: date, Value: 110 + 25*float64((99-i)%7)})
	}
	for i, value := range []float64{118, 131, 190, 172, 90, 215} {
		one.Actuals = append(one.Actuals, forecast.Observation{Date: jan(13 + i), Value: value})
	}
	f.SetForecasts(jan(12), one)
	f.SetForecasts(jan(5), forecast.SeriesForecast{
		Series: one.Series, Date: jan(5), Generation: "11aa", Model: "ets", Levels: one.Levels, Points: one.Points,
	})
}

// plotViews are the forms of the page of a forecast.
func plotViews() []view {
	busy := scene{seed: missed}
	named := func(keys string) func(*script) { // the series that has a planted forecast
		return func(p *script) { p.Press("8*j f /").Type("kei kanto").Press("enter j").Press(keys) }
	}
	return []view{
		{"plot", busy, named("")},
		{"plot_compare", busy, named("c h 3*right")},
		{"plot_worst", scene{seed: month}, keysTo("8*j f 2*j")},
		{"plot_fallback", scene{seed: month}, keysTo("3*j f")},
		{"plot_none", busy, keysTo("2*j f")},
		{"plot_loading", scene{seed: func(f *enginetest.Fake) {
			month(f)
			f.Hold("Forecasts")
		}}, keysTo("8*j f")},
		{"plot_error", scene{seed: func(f *enginetest.Fake) {
			month(f)
			f.FailNext("Forecasts", errors.New("read the lake: no route to host"))
		}}, keysTo("8*j f")},
	}
}

func TestPlotTheWorstSeries(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("8*j m").ExpectPage(page.Metrics).Press("2*j enter").ExpectPage(page.Plot).
			Expect("kei kansai", "realised 8 of 28 days", "in 80 %", "wape 0.0", "series 3/6")
		p.Press("esc").ExpectPage(page.Metrics).Press("esc f").ExpectPage(page.Plot).
			Expect("series, worst first", "compact kansai", "series 1/6").Expect("\u25b8compact kansai")
		p.Press("j").Expect("\u25b8compact kanto").Press("G").Expect("\u25b8van kanto").Press("/").Type("kansai").
			Press("enter g").Expect("\u25b8compact kansai").Expect("3 of 6 series").Press("esc").ExpectPage(page.Plot)
		p.Press("right").Expect("Tue 2026-01-13  actual", "80 %:").Press("2*left").Expect("Sun 2026-01-11  actual").Press("esc").ExpectPage(page.Plot)
		p.Press("{").ExpectLine("2026-01-11", "forecast").Expect("realised 9 of 28").Press("ctrl+y")
		if want := "daybatch forecast 2026-01-11 --series compact,kansai --history 28"; p.clipboard != want {
			t.Errorf("ctrl+y copied %q; want %q", p.clipboard, want)
		}
	})
}

// What a plot says of a forecast that values have left.
func TestPlotOfAMiss(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: missed}, func(p *script) {
		p.Press("8*j f /").Type("kei kanto").Press("enter j").
			Expect("realised 6 of 28 days", "4 in 80 %", "5 in 95 %", "wape 0.179", "x actual outside 95 %")
		p.Press("5*right").Expect("Sat 2026-01-17  actual 90.0  forecast 200.0 (+110.0)")
		p.Press("c").Expect("made for 2026-01-05", "a week before 200.0").Press("c").ExpectNot("made for 2026-01-05")
		p.Press("2*h").Expect("of 365 days of history fit")
		p.Press("esc").Press("esc").Press("esc G f").ExpectPage(page.Plot).Press("c").Expect("2025-11-24 has no forecast of this series to compare with")
	})
}

// A series moved on from is not shown when its forecast comes late.
func TestPlotOfALateReply(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("8*j f").Expect("compact kansai  by")
		release := p.fake.Hold("Forecasts")
		p.Press("j").Expect("compact kansai  by ets", "reading compact kanto")
		p.Press("j").Expect("compact kansai  by ets", "reading kei kansai")
		release()
		p.Advance(time.Second).Expect("kei kansai  by").ExpectNot("reading", "compact kanto  by")
	})
}

// Why a date has no forecast stays on the screen, whatever is pressed: also where a
// series was chosen before.
func TestPlotOfNoForecast(t *testing.T) {
	t.Parallel()
	for _, lead := range []string{"j f", "j m enter", "8*j f 7*}"} {
		play(t, scene{seed: month}, func(p *script) {
			p.Press(lead).ExpectPage(page.Plot).Expect("Mon 2026-01-19 has no forecast", "it is Gated")
			for _, key := range []string{"c", "h", "j", "]", "right", "/"} {
				p.Press(key).ExpectPage(page.Plot).Expect("Mon 2026-01-19 has no forecast", "it is Gated").ExpectNot("not found")
			}
		})
	}
}
