package draw

import (
	"fmt"
	"strconv"
	"time"
)

// Took returns a duration in at most six cells: 3.2s, 42s, 9m03s, 1h41m, 2d21h.
func Took(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 0:
		return "-" + Took(-d)
	case d < 10*time.Second-50*time.Millisecond:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute-500*time.Millisecond:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < day:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	case d < 100*day:
		return fmt.Sprintf("%dd%02dh", int(d/day), int(d.Hours())%24)
	default:
		return fmt.Sprintf("%dd", int(d/day))
	}
}

// Ago returns a coarse duration: 12s, 4m, 21h, 3d, 2y.
func Ago(d time.Duration) string {
	const day, year = 24 * time.Hour, 8766 * time.Hour
	switch {
	case d < 0:
		return "0s"
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 2*day:
		return fmt.Sprintf("%dh", int(d.Hours()))
	case d < 2*year:
		return fmt.Sprintf("%dd", int(d/day))
	default:
		return fmt.Sprintf("%dy", int(d/year))
	}
}

// Count returns a number with thousands apart: 33,600.
func Count[T int | int64](n T) string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	out := make([]byte, 0, len(digits)+len(digits)/3)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, digits[i])
	}
	return sign + string(out)
}

// Counted returns a number of things, each of which is called what: 1 line, 1,204 lines.
func Counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return Count(n) + " " + what
}

// Bytes returns a size: 412 B, 12.4 kB, 3.1 MB.
func Bytes(n int64) string {
	size, unit := float64(n), ""
	for _, next := range []string{"k", "M", "G", "T"} {
		if size < 1000 {
			break
		}
		size, unit = size/1000, next
	}
	if unit == "" {
		return strconv.FormatInt(n, 10) + " B"
	}
	return fmt.Sprintf("%.1f %sB", size, unit)
}

// Money returns a sum of US dollars: three digits of one below ten cents, else
// cents.
func Money(dollars float64) string {
	const small, least = 0.1, 0.001
	if dollars > 0 && dollars < least/2 {
		return "<USD 0.001"
	}
	if dollars < small {
		return fmt.Sprintf("USD %.3f", dollars)
	}
	return fmt.Sprintf("USD %.2f", dollars)
}
