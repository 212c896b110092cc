package partition_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/page/partition"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// BenchmarkRows moves over the 33,600 rows of a partition and paints.
func BenchmarkRows(b *testing.B) {
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	env := &page.Env{
		Effects: effects.New(b.Context(), fake, fake.Time), Now: fake.Time(), Zone: time.UTC, Width: 200, Height: 60,
		Theme:    theme.New(theme.Options{Profile: colorprofile.TrueColor, Charset: theme.Unicode}),
		Pipeline: forecast.Pipeline{Series: []string{"vehicle", "region"}},
	}
	date := calendar.Of(2026, time.January, 12)
	all := make([]forecast.SeriesForecast, 1200)
	for i := range all {
		all[i] = forecast.SeriesForecast{Series: series.MakeKey(fmt.Sprintf("car%03d", i/4), "region"+strconv.Itoa(i%4)), Date: date, Model: "ets", Levels: []int{80, 95}}
		for h := range 28 {
			mean := float64(i + h)
			all[i].Points = append(all[i].Points, forecast.Point{
				Date: date + calendar.Date(h) + 1, Mean: mean, Lower: []float64{mean - 1, mean - 2}, Upper: []float64{mean + 1, mean + 2},
			})
		}
	}
	p := partition.New(env, page.Place{Kind: page.Partition, Date: date})
	p.Resize(200, 58)
	p.Update(effects.Reply[[]forecast.Partition]{Value: []forecast.Partition{{Date: date, Generation: "77d0", Current: true}}})
	p.Update(effects.Reply[[]forecast.SeriesForecast]{Value: all})
	p.Update(keys.Pressed{Action: keys.Open})
	b.ReportAllocs()
	for b.Loop() {
		p.Update(keys.Pressed{Action: keys.PageDown})
		p.View()
	}
}
