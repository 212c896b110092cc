package forecast_test

import (
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

func TestStandingOf(t *testing.T) {
	t.Parallel()
	const d = calendar.Date(20000)
	own := forecast.Partition{Generation: "0a1b2c3d"}
	filled := forecast.Partition{Generation: "4e5f6a7b", FallbackOf: d - 4}
	tests := []struct {
		name         string
		days         []forecast.Day
		newest, good calendar.Date
		bad          int
		fresh        bool
		words        string
	}{
		{"no day", nil, 0, 0, 0, false, "none due"},
		{"none due", []forecast.Day{{Date: d, State: forecast.DayNotDue}}, 0, 0, 0, false, "none due"},
		{"made, tomorrow not due", []forecast.Day{{Date: d + 1, State: forecast.DayNotDue}, {Date: d, State: forecast.DaySucceeded, Partition: own}}, d, d, 0, true, "fresh"},
		{"a fallback is not its own", []forecast.Day{
			{Date: d, State: forecast.DayFailed, Partition: filled},
			{Date: d - 1, State: forecast.DaySucceeded, Partition: own},
		}, d, d - 1, 1, false, "1d behind"},
		{"published, and failed when it was made again", []forecast.Day{{Date: d, State: forecast.DayFailed, Partition: own}}, d, d, 1, true, "fresh"},
		{"running, missing and gated", []forecast.Day{
			{Date: d, State: forecast.DayRunning}, {Date: d - 1, State: forecast.DayMissing}, {Date: d - 2, State: forecast.DayGated},
		}, d, 0, 2, false, "no forecast"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := forecast.StandingOf(tt.days)
			if got.Newest.Date != tt.newest || got.Good != tt.good || got.Bad != tt.bad || got.Fresh() != tt.fresh || got.String() != tt.words {
				t.Errorf("StandingOf = newest %s, good %s, %d bad, fresh %t, %q; want %s, %s, %d, %t, %q",
					got.Newest.Date, got.Good, got.Bad, got.Fresh(), got.String(), tt.newest, tt.good, tt.bad, tt.fresh, tt.words)
			}
		})
	}
}
