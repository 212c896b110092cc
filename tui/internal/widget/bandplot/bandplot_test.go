package bandplot_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/bandplot"
)

func look(charset theme.Charset) *theme.Theme {
	return theme.New(theme.Options{Profile: colorprofile.ASCII, Charset: charset})
}

func render(p bandplot.Plot, charset theme.Charset, width, height int) []string {
	c := draw.New(look(charset), width)
	p.Draw(c, look(charset), width, height)
	return strings.Split(ansi.Strip(c.String()), "\n")
}

// made returns a forecast of 100 for days, with values for as many days
// after as are given.
func made(days int, came ...float64) forecast.SeriesForecast {
	const mean = 100.0
	issued := calendar.Of(2026, time.January, 11)
	f := forecast.SeriesForecast{Date: issued, Levels: []int{80, 95}}
	for i := 1; i <= days; i++ {
		f.Points = append(f.Points, forecast.Point{
			Date: issued + calendar.Date(i), Mean: mean, Lower: []float64{mean - 10, mean - 20}, Upper: []float64{mean + 10, mean + 20},
		})
	}
	for i, value := range came {
		f.Actuals = append(f.Actuals, forecast.Observation{Date: issued + 1 + calendar.Date(i), Value: value})
	}
	return f
}

// The bands are 10 and 20 wide around 100; a point lies over them, and what left
// the wide one is an x.
func TestDraw(t *testing.T) {
	t.Parallel()
	f := made(4, 100, 112, 125)
	for i := range 3 {
		f.Actuals = append(f.Actuals, forecast.Observation{Date: f.Date - calendar.Date(i), Value: 90})
	}
	for charset, want := range map[theme.Charset][]string{
		theme.ASCII: {
			"     140|   |    ",
			"        |   |    ",
			"        |   |  x ",
			"     120|   |....",
			"        |   |:o::",
			"        |   |o+++",
			"     100|   |::::",
			"        |ooo|::::",
			"        |   |....",
			"        +--------",
			"",
		},
		theme.Wide: {
			"     140|   |    ",
			"        |   |    ",
			"        |   |  x ",
			"     120|   |⡇⡇⡇⡇",
			"        |   |⣧o⣧⣧",
			"        |   |o+++",
			"     100|   |⣿⣿⣿⣿",
			"        |ooo|⡟⡟⡟⡟",
			"        |   |⡇⡇⡇⡇",
			"        +--------",
			"",
		},
	} {
		got := render(bandplot.Plot{Forecast: f, History: 3}, charset, 9+8, 11)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Draw in charset %d (-want +got):\n%s", charset, diff)
		}
	}
}

func TestScore(t *testing.T) {
	t.Parallel()
	got := bandplot.Score(made(4, 100, 112, 125))
	if got.Days != 3 || got.Within[0] != 1 || got.Within[1] != 2 {
		t.Errorf("Score = %d days, within %v; want 3, [1 2]", got.Days, got.Within)
	}
	if want := 37.0 / 337; math.Abs(got.WAPE-want) > 1e-12 {
		t.Errorf("wape = %v; want %v", got.WAPE, want)
	}
	if want := -37.0 / 3; math.Abs(got.Bias-want) > 1e-12 {
		t.Errorf("bias = %v; want %v", got.Bias, want)
	}
	if none := bandplot.Score(made(4)); none.Days != 0 || !math.IsNaN(none.WAPE) {
		t.Errorf("Score without values = %+v; want no days and no wape", none)
	}
}

// Whatever the numbers and the size, the lines fit, and every date that is drawn
// has its point.
func TestDrawFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		scale := math.Pow(10, float64(rapid.IntRange(-6, 9).Draw(t, "scale")))
		days := rapid.IntRange(0, 60).Draw(t, "days")
		f := made(days)
		for i := range f.Points {
			for _, of := range [][]float64{f.Points[i].Lower, f.Points[i].Upper} {
				for j := range of {
					of[j] *= scale
				}
			}
			f.Points[i].Mean *= scale
		}
		for i := range rapid.IntRange(0, 90).Draw(t, "history") {
			value := scale * rapid.Float64Range(-200, 500).Draw(t, "value")
			if rapid.IntRange(0, 9).Draw(t, "gap") == 0 {
				value = math.NaN()
			}
			f.Actuals = append(f.Actuals, forecast.Observation{Date: f.Date - calendar.Date(i), Value: value})
		}
		width, height := rapid.IntRange(1, 320).Draw(t, "width"), rapid.IntRange(1, 100).Draw(t, "height")
		charset := rapid.SampledFrom([]theme.Charset{theme.Unicode, theme.Wide, theme.ASCII}).Draw(t, "charset")
		p := bandplot.Plot{Forecast: f, History: 90, Cursor: f.Date + 1}
		lines := render(p, charset, width, height)
		if len(lines) > max(3, height) {
			t.Fatalf("%d lines in a height of %d", len(lines), height)
		}
		signs := 0
		for _, line := range lines {
			if got := ansi.StringWidth(line); got > width {
				t.Fatalf("%d cells in a width of %d: %q", got, width, line)
			}
			signs += strings.Count(line, "+")
		}
		// The corner of the axes is a plus too; actual values may lie on a forecast.
		if room := width - 10; room > 150 && height > 4 && days > 0 && signs-1 != days {
			t.Fatalf("%d of %d forecasts are drawn:\n%s", signs-1, days, strings.Join(lines, "\n"))
		}
	})
}
