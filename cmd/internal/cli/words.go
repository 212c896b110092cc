package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/scrub"
)

// took shows a duration: 0.4s, 42s, 5m02s, 1h41m; nothing for 0.
func took(d time.Duration) string {
	const brief = 10 * time.Second
	switch {
	case d <= 0:
		return ""
	case d < brief:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	case d < time.Minute:
		return strconv.Itoa(int(d.Round(time.Second).Seconds())) + "s"
	case d < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	default:
		d = d.Round(time.Minute)
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
}

// amount shows dollars, or nothing if there are none: three digits of a sum below
// ten cents, else cents.
func amount(dollars float64) string {
	const small, least = 0.1, 0.001
	switch {
	case dollars <= 0:
		return ""
	case dollars < least/2:
		return "<0.001"
	case dollars < small:
		return strconv.FormatFloat(dollars, 'f', 3, 64)
	default:
		return strconv.FormatFloat(dollars, 'f', 2, 64)
	}
}

// money is amount with its currency.
func money(dollars float64) string { return "USD " + amount(dollars) }

// costOf is a sum for JSON, to a hundredth of a cent; nil if there is none.
func costOf(dollars float64) *float64 {
	const parts = 10_000
	return given(math.Round(dollars*parts) / parts)
}

// ago shows how long something has lasted, in the largest unit: 42m, 5h, 12d, 3y.
func ago(d time.Duration) string {
	const day, year = 24 * time.Hour, 8766 * time.Hour
	switch {
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + "m"
	case d < 2*day:
		return strconv.Itoa(int(d.Hours())) + "h"
	case d < 2*year:
		return strconv.Itoa(int(d/day)) + "d"
	default:
		return strconv.Itoa(int(d/year)) + "y"
	}
}

// measure shows an accuracy measure, or nothing if it has no value.
func measure(m forecast.Measures, name string) string {
	x, ok := m[name]
	if !ok {
		return ""
	}
	return digits(x, 3)
}

// digits shows a number with some decimals, and one too large for a column of a table
// by its power of ten.
func digits(x float64, decimals int) string {
	const wide = 1e12
	if math.Abs(x) >= wide {
		return strconv.FormatFloat(x, 'g', 4, 64)
	}
	return strconv.FormatFloat(x, 'f', decimals, 64)
}

// exact shows a number with all its digits, for programs.
func exact(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// recorded shows a measure for programs.
func recorded(m forecast.Measures, name string) string {
	x, ok := m[name]
	if !ok {
		return ""
	}
	return exact(x)
}

// firstLine returns the first line of a text that a step wrote, safe to show.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return scrub.Line(line)
}

// count shows a number of things: 1 date, 2 dates.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// stamp shows an instant for programs.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
