package realised_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/realised"
)

func TestWeek(t *testing.T) {
	t.Parallel()
	week := realised.NewWeek()
	var wanted, kept []calendar.Date
	for date := jan(60); date > jan(20); date-- {
		if !week.Wants(date) {
			continue
		}
		wanted = append(wanted, date)
		e := forecast.Evaluation{Date: date}
		// Those of the newest Monday say nothing, and there is none of any Tuesday.
		if weekday := date.Weekday(); weekday != 2 && (weekday != 1 || date < jan(53)) {
			e.Expected = []forecast.OriginErrors{{Origin: date}}
			kept = append(kept, date)
		}
		week.Add(e)
	}
	var errors []calendar.Date
	for _, e := range week.Errors() {
		errors = append(errors, e.Origin)
	}
	if diff := cmp.Diff(kept, errors); diff != "" || len(errors) != 6 {
		t.Errorf("Errors are of (-want +got): %s", diff)
	}
	if oldest := wanted[len(wanted)-1]; oldest != jan(60)-28 && oldest.Weekday() != 2 || jan(60)-oldest > 28 {
		t.Errorf("the oldest that was wanted is %s", oldest)
	}
}
