package naming

import (
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// MaxDates is how long the list of the dates of an execution may be: a parameter
// may have 1,024 characters, but the variable in which a job gets it only 256.
const MaxDates = 256

// Carrier names the n-th execution of a plan that carries several of its dates:
// bf-1a2b3c4d-2.
func Carrier(plan forecast.PlanID, n int) string { return string(plan) + "-" + strconv.Itoa(n) }

// ParseCarrier reads a carrier's name.
func ParseCarrier(name string) (plan forecast.PlanID, n int, ok bool) {
	i := strings.LastIndexByte(name, '-')
	if i < 1 {
		return "", 0, false
	}
	n, err := strconv.Atoi(name[i+1:])
	return forecast.PlanID(name[:i]), n, err == nil && n > 0 && strconv.Itoa(n) == name[i+1:]
}

// List writes attempts as people read them in SageMaker's console, oldest date
// first, those of days in a row with the same number together:
// 2026-11-01-to-2026-11-30-a1,2026-12-02-a3. So a month of missing dates takes 27
// characters, and names one by one would be too long from the 19th on. The order in which
// dates are run is not in it.
func List(attempts []Name) string {
	sorted := slices.Clone(attempts)
	slices.SortFunc(sorted, func(a, b Name) int { return int(a.First - b.First) })
	var runs []Name
	for _, a := range sorted {
		if last := len(runs) - 1; last >= 0 && runs[last].Last+1 == a.First && runs[last].Attempt == a.Attempt {
			runs[last].Last = a.Last
			continue
		}
		runs = append(runs, a)
	}
	words := make([]string, 0, len(runs))
	for _, r := range runs {
		words = append(words, r.String())
	}
	return strings.Join(words, ",")
}

// ParseList reads what List has written, one name per attempt. It returns the
// first word that is none of it.
func ParseList(text string) (attempts []Name, wrong string) {
	for word := range strings.SplitSeq(text, ",") {
		name, ok := ParseName(word)
		if !ok || name.Last-name.First >= mostDays {
			return nil, word
		}
		for d := name.First; d <= name.Last; d++ {
			attempts = append(attempts, Name{First: d, Last: d, Attempt: name.Attempt})
		}
	}
	return attempts, ""
}

// mostDays bounds what one word of a list can ask for.
const mostDays calendar.Date = 1000

// String returns the display name.
func (n Name) String() string {
	if n.First == n.Last {
		return Attempt(n.First, n.Attempt)
	}
	return Range(n.First, n.Last, n.Attempt)
}
