package plan_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// at returns an instant of January 2026 in Tokyo.
func at(tb testing.TB, day, hour int) time.Time {
	tb.Helper()
	return time.Date(2026, time.January, day, hour, 0, 0, 0, tokyo(tb))
}

// serving returns a schedule over the days of January, of which those given
// happened to something.
func serving(tb testing.TB, policy forecast.CatchUp, since, up time.Time, known ...plan.Facts) plan.Schedule {
	tb.Helper()
	s := plan.Schedule{
		Calendar: calendarOf(tb, func(*forecast.Definition) {}), Policy: policy, Since: since, Up: up,
		Rules: rulesFor(tb), Facts: map[calendar.Date]plan.Facts{},
	}
	for d := jan(1); d <= jan(31); d++ {
		s.Facts[d] = s.Calendar.Facts(d)
	}
	for _, f := range known {
		s.Facts[f.Date] = f
	}
	return s
}

// TestStarts checks which dates a server starts by itself. The schedule of the
// test fires at 06:00 for the day before.
func TestStarts(t *testing.T) {
	t.Parallel()
	first := func(d calendar.Date, cause forecast.Cause) plan.Start {
		return plan.Start{Date: d, Cause: cause, Attempt: 1}
	}
	arrived := inState(t, jan(9), forecast.DayWaiting)
	arrived.Arrived = "data/2026-01-09.csv arrived since"
	lacking := calendarOf(t, func(*forecast.Definition) {}).Facts(jan(10))
	lacking.Lacking = "the source has no rows for 2026-01-10"
	held := inState(t, jan(10), forecast.DayMissing)
	held.Holder = "aki@forge"
	tests := []struct {
		name      string
		policy    forecast.CatchUp
		since, up time.Time
		now       time.Time
		known     []plan.Facts
		want      []plan.Start
	}{
		{
			name: "the date that became due while it serves", policy: forecast.CatchUpNone,
			since: at(t, 5, 12), up: at(t, 10, 12), now: at(t, 11, 6), want: []plan.Start{first(jan(10), forecast.CauseSchedule)},
		},
		{name: "nothing a second before", policy: forecast.CatchUpNone, since: at(t, 5, 12), up: at(t, 10, 12), now: at(t, 11, 6).Add(-time.Second)},
		{name: "none leaves what fell due before", policy: forecast.CatchUpNone, since: at(t, 5, 12), up: at(t, 11, 12), now: at(t, 11, 13)},
		{
			name: "latest takes the newest", policy: forecast.CatchUpLatest,
			since: at(t, 7, 12), up: at(t, 11, 12), now: at(t, 11, 13), want: []plan.Start{first(jan(10), forecast.CauseSchedule)},
		},
		{
			name: "latest is the default", since: at(t, 7, 12), up: at(t, 11, 12), now: at(t, 11, 13),
			want: []plan.Start{first(jan(10), forecast.CauseSchedule)},
		},
		{
			name: "all takes each, newest first, none from before the first serving", policy: forecast.CatchUpAll,
			since: at(t, 9, 3), up: at(t, 11, 12), now: at(t, 11, 13),
			want: []plan.Start{first(jan(10), forecast.CauseSchedule), first(jan(9), forecast.CauseCatchUp), first(jan(8), forecast.CauseCatchUp)},
		},
		{
			name: "what failed, was gated or stopped is the operator's", policy: forecast.CatchUpAll,
			since: at(t, 9, 3), up: at(t, 11, 12), now: at(t, 11, 13),
			known: []plan.Facts{inState(t, jan(10), forecast.DayFailed), inState(t, jan(9), forecast.DayGated), inState(t, jan(8), forecast.DayStopped)},
		},
		{
			name: "what is there or under way is left alone", policy: forecast.CatchUpAll,
			since: at(t, 9, 3), up: at(t, 11, 12), now: at(t, 11, 13),
			known: []plan.Facts{held, inState(t, jan(9), forecast.DaySucceeded), inState(t, jan(8), forecast.DayRunning)},
		},
		{
			name: "a date whose rows arrived is tried again", policy: forecast.CatchUpNone,
			since: at(t, 5, 12), up: at(t, 11, 12), now: at(t, 11, 13),
			known: []plan.Facts{arrived}, want: []plan.Start{{Date: jan(9), Cause: forecast.CauseRetry, Attempt: 3}},
		},
		{
			name: "one whose rows did not is not", policy: forecast.CatchUpAll,
			since: at(t, 10, 3), up: at(t, 11, 12), now: at(t, 11, 13),
			known: []plan.Facts{lacking, inState(t, jan(9), forecast.DayWaiting)},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := serving(t, tt.policy, tt.since, tt.up, tt.known...).Starts(tt.now)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Starts (-want +got): %s", diff)
			}
		})
	}
}

// TestWake checks that a server sleeps until a date becomes due or late.
func TestWake(t *testing.T) {
	t.Parallel()
	s := serving(t, "", at(t, 1, 0), at(t, 1, 0))
	tests := []struct{ now, want time.Time }{
		{at(t, 11, 5), at(t, 11, 6)},  // due
		{at(t, 11, 6), at(t, 11, 9)},  // late
		{at(t, 11, 9), at(t, 12, 6)},  // due
		{at(t, 11, 23), at(t, 12, 6)}, // due
	}
	for _, tt := range tests {
		if got := s.Wake(tt.now); !got.Equal(tt.want) {
			t.Errorf("Wake(%s) = %s; want %s", tt.now, got, tt.want)
		}
	}
	if got := s.Wake(time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)); !got.IsZero() {
		t.Errorf("Wake after the pipeline's end = %s; want never", got)
	}
}

func TestNextDueCrossesAYear(t *testing.T) {
	t.Parallel()
	c := calendarOf(t, func(d *forecast.Definition) { d.Schedule, d.End, d.LagDays = "cron(0 6 1 1 ? *)", 0, 0 })
	due, d := c.NextDue(at(t, 2, 0))
	if want := calendar.Of(2027, time.January, 1); d != want || !due.Equal(time.Date(2027, time.January, 1, 6, 0, 0, 0, tokyo(t))) {
		t.Errorf("NextDue = %s, %s; want %s at 06:00", due, d, want)
	}
}

// TestClosedDays checks that closed days are not owed, with the reason.
func TestClosedDays(t *testing.T) {
	t.Parallel()
	c := calendarOf(t, func(d *forecast.Definition) {
		d.Closed = forecast.Closed{Weekdays: []time.Weekday{time.Sunday}, Holidays: "JP", Dates: []calendar.Date{jan(14)}}
	})
	for d, want := range map[calendar.Date]string{
		jan(11): "not owed: Sundays are closed",
		jan(12): "not owed: 成人の日 (JP) is closed",
		jan(13): "",
		jan(14): "not owed: it is a closed date of the project",
	} {
		if got := c.Facts(d).NotOwed; got != want {
			t.Errorf("%s is %q; want %q", d, got, want)
		}
	}
	if got := c.Newest(at(t, 13, 7)); got != jan(10) {
		t.Errorf("newest = %s; want %s: the days since are closed", got, jan(10))
	}
	def := forecast.Definition{Timezone: "UTC", Closed: forecast.Closed{Holidays: "XX"}}
	if _, err := plan.NewCalendar(def); err == nil {
		t.Error("holidays of XX are accepted")
	}
}

// TestSelections checks that a plan with a selection has the dates of the range
// that it picks, and runs them.
func TestSelections(t *testing.T) {
	t.Parallel()
	stale := inState(t, jan(14), forecast.DaySucceeded)
	stale.Stale, stale.StaleWhy = true, "12 rows of it changed since"
	facts := []plan.Facts{
		inState(t, jan(10), forecast.DayFailed), inState(t, jan(11), forecast.DayStopped), inState(t, jan(12), forecast.DayGated),
		inState(t, jan(13), forecast.DaySucceeded), stale, inState(t, jan(15), forecast.DayMissing),
	}
	for selection, want := range map[forecast.Selection][]calendar.Date{
		forecast.SelectFailed: {jan(10), jan(11)},
		forecast.SelectGated:  {jan(12)},
		forecast.SelectStale:  {jan(14)},
	} {
		p := active(t, forecast.PlanRequest{Kind: forecast.PlanBackfill, Select: selection, Cause: forecast.CauseBackfill}, facts...)
		var got []calendar.Date
		for _, row := range p.Rows {
			if row.Action != forecast.ActionRun {
				t.Errorf("%s: %s is %s %q; want RUN", selection, row.Date, row.Action, row.Reason)
			}
			got = append(got, row.Date)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s picks %v; want %v", selection, got, want)
		}
	}
	_, err := plan.Make(forecast.PlanRequest{Kind: forecast.PlanBackfill, Select: "odd", Dates: []calendar.Date{jan(10)}}, facts, rulesFor(t), noon(t))
	if err == nil {
		t.Error("an unknown selection is accepted")
	}
}

// TestReservedSlot checks that a backfill leaves a slot for the daily run while
// one is due or about to be, and no slot idle at other times.
func TestReservedSlot(t *testing.T) {
	t.Parallel()
	facts := []plan.Facts{inState(t, jan(10), forecast.DayMissing), inState(t, jan(11), forecast.DayMissing), inState(t, jan(12), forecast.DayMissing)}
	tests := []struct {
		name   string
		cause  forecast.Cause
		change func(*plan.Snapshot)
		want   int
	}{
		{"nothing is due", forecast.CauseBackfill, func(*plan.Snapshot) {}, 2},
		{"a daily run waits", forecast.CauseBackfill, func(s *plan.Snapshot) { s.QueuedDaily = 1 }, 1},
		{"one is due within the time of a date", forecast.CauseBackfill, func(s *plan.Snapshot) { s.NextDue = noon(t).Add(s.Rules.Typical) }, 1},
		{"one is due later", forecast.CauseBackfill, func(s *plan.Snapshot) { s.NextDue = noon(t).Add(s.Rules.Typical + 1) }, 2},
		{"the daily run has its slot", forecast.CauseBackfill, func(s *plan.Snapshot) { s.QueuedDaily, s.Open, s.OpenDaily = 1, 1, 1 }, 1},
		{"a cap of one goes to the daily run", forecast.CauseBackfill, func(s *plan.Snapshot) { s.QueuedDaily, s.Rules.MaxActive = 1, 1 }, 0},
		{"the daily run takes any slot", forecast.CauseSchedule, func(s *plan.Snapshot) { s.QueuedDaily = 1 }, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			request := forecast.PlanRequest{Kind: forecast.PlanBackfill, Cause: tt.cause}
			s := snapshotOf(t, active(t, request, facts...), facts...)
			s.Rules.Reserved = 1
			tt.change(&s)
			n := 0
			for _, d := range plan.Next(s, noon(t)) {
				if _, ok := d.(plan.StartRow); ok {
					n++
				}
			}
			if n != tt.want {
				t.Errorf("%d dates start; want %d", n, tt.want)
			}
		})
	}
}

// TestChecks checks which dates' sources are looked at.
func TestChecks(t *testing.T) {
	t.Parallel()
	days := []forecast.Day{
		{Date: jan(10), State: forecast.DaySucceeded},
		{Date: jan(11), State: forecast.DaySucceeded},
		{Date: jan(12), State: forecast.DayWaiting, Attempts: 1},
		{Date: jan(13), State: forecast.DayFailed, Attempts: 1},
		{Date: jan(14), State: forecast.DayMissing},
		{Date: jan(15), State: forecast.DaySucceeded},
		{Date: jan(16), State: forecast.DayNotDue},
	}
	if got, want := plan.Checks(days, 2), []calendar.Date{jan(15), jan(14), jan(12), jan(11)}; !slices.Equal(got, want) {
		t.Errorf("Checks = %v; want %v", got, want)
	}
	if got, want := plan.Checks(days, 0), []calendar.Date{jan(14), jan(12)}; !slices.Equal(got, want) {
		t.Errorf("Checks without a look-back = %v; want %v", got, want)
	}
}
