package lineplot_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/lineplot"
)

var none = math.NaN()

// plot is of dates up to Mon 2026-01-19.
func plot(look *theme.Theme, limit, baseline float64, values ...float64) lineplot.Plot {
	p := lineplot.Plot{
		Limit: limit, Baseline: baseline, Versus: "naive", Name: "wape",
		Format: func(value float64) string { return strconv.FormatFloat(value, 'f', 2, 64) },
	}
	for i, value := range values {
		date := calendar.Of(2026, time.January, 19) - calendar.Date(len(values)-1-i)
		p.Points = append(p.Points, lineplot.Point{Date: date, Value: value, Why: look.Day(forecast.DayFailed, 0)})
	}
	return p
}

func drawn(p lineplot.Plot, look *theme.Theme, width, height int) []string {
	c := draw.New(look, width)
	p.Draw(c, look, width, height)
	var lines []string
	for line := range strings.SplitSeq(ansi.Strip(c.String()), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

func look(charset theme.Charset) *theme.Theme {
	return theme.New(theme.Options{Profile: colorprofile.ASCII, Charset: charset})
}

func TestDraw(t *testing.T) {
	t.Parallel()
	// Two weeks: one date over the limit, and one without a value.
	weeks := []float64{0.20, 0.22, 0.24, 0.22, 0.20, none, 0.21, 0.23, 0.28, 0.31, 0.25, 0.22, 0.21, 0.20}
	//nolint:dupword // these are no words
	for _, tt := range []struct {
		name    string
		charset theme.Charset
		limit   float64
		base    float64
		values  []float64
		width   int
		height  int
		want    string
	}{
		{"ascii", theme.ASCII, 0.30, 0.26, weeks, 36, 10, `
        |
        |
        |---------x---- gate 0.30
        |        o
        |             + 0.26 naive
    0.25|  o       o
        | o o   o   o
        |o   o o     oo 0.20
        +-----X--------
    wape          01-19
`},
		{"unicode", theme.Unicode, 0.30, 0.26, weeks, 36, 10, `
        │
        │
        │─────────x──── gate 0.30
        │        ⠤
        │             + 0.26 naive
    0.25│  ⣀       ⠒
        │ ⣀ ⣀   ⠒   ⣀
        │⣀   ⣀ ⠒     ⠒o 0.20
        └─────✗────────
    wape          01-19
`},
		{"wide locale", theme.Wide, 0.30, none, weeks, 70, 7, `
        |---------------------------⠭x⠭------------ gate 0.30
        |                        ⠒⠒⠒
        |                              ⠤⠤⠤
        |      ⠉⠉⠉            ⠤⠤⠤
    0.20|⣀⣀⣀⠉⠉⠉   ⠉⠉⠉⣀⣀⣀   ⠒⠒⠒            ⠉⠉⠉⠒⠒⠒⣀o⣀ 0.20
        +----------------✗-------------------------
    wape                   01-12              01-19
`},
		{"limit among the values of few rows", theme.Unicode, 0.30, none, weeks, 36, 4, `
        │────────⣒x──── gate 0.30
        │  ⣀       ⠤
    0.20│⣀⠒ ⠒⣀ ⠤⠉   ⠒⠤o 0.20
    wape          01-19
`},
		{"no limit", theme.Unicode, none, none, weeks, 36, 6, `
    0.31│         ⠉
        │        ⠉
        │  ⠤    ⣀  ⠉
    0.20│⣀⠉ ⠉⣀ ⠤    ⠉⠤o 0.20
        └─────✗────────
    wape          01-19
`},
		{"baseline far away", theme.ASCII, 0.30, 0.9, weeks, 36, 6, `
        |---------x---- gate 0.30
        |        o
        |  o    o  o
    0.20|oo oo o    ooo 0.20
        +-----X--------
    wape          01-19
`},
		{"one value", theme.ASCII, none, none, []float64{none, 0.2}, 36, 6, `
    0.22|
        |
        |     o   0.20
    0.18|
        +-X------
    wape    01-19
`},
		{"the last without a value", theme.ASCII, 0.3, none, []float64{0.2, 0.2, none}, 36, 6, `
        |------------ gate 0.30
        |
        |
    0.20| o   o
        +---------X--
    wape        01-19
`},
		{"below zero", theme.ASCII, none, none, []float64{-0.02, 0.01, -0.47}, 36, 10, `
        |
        |     o
    -0.0| o
        |
    -0.2|
        |
    -0.4|         o   -0.47
        |
        +------------
    wape        01-19
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			look := look(tt.charset)
			got := drawn(plot(look, tt.limit, tt.base, tt.values...), look, tt.width, tt.height)
			if diff := cmp.Diff(strings.Split(strings.Trim(tt.want, "\n"), "\n"), got); diff != "" {
				t.Errorf("plot (-want +got):\n%s", diff)
			}
		})
	}
}
