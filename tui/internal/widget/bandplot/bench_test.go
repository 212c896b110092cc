package bandplot_test

import (
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/bandplot"
)

// BenchmarkDraw draws a year of history on a large screen.
func BenchmarkDraw(b *testing.B) {
	f := made(28, 100, 112, 125)
	for i := range 365 {
		f.Actuals = append(f.Actuals, forecast.Observation{Date: f.Date - calendar.Date(i), Value: float64(60 + i%70)})
	}
	p := bandplot.Plot{Forecast: f, History: 365}
	look := look(theme.Unicode)
	b.ReportAllocs()
	for b.Loop() {
		c := draw.New(look, 300)
		p.Draw(c, look, 300, 90)
	}
}
