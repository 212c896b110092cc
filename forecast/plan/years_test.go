package plan_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// TestYears serves a pipeline for ten years in zones with all kinds of changes of
// their clocks, while the server sleeps for days and its own clock is set back: every date that the zone had, leap days too, is started once, and none
// before it was due.
func TestYears(t *testing.T) {
	t.Parallel()
	start, end := calendar.Of(2007, time.January, 1), calendar.Of(2016, time.December, 31)
	for _, zone := range []string{"America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Tokyo"} {
		for _, schedule := range []string{"cron(30 2 * * ? *)", "rate(12 hours)", ""} {
			t.Run(zone+" "+schedule, func(t *testing.T) {
				t.Parallel()
				c, err := plan.NewCalendar(forecast.Definition{
					Pipeline: "demand", Timezone: zone, Schedule: schedule, LagDays: 1, Start: start, End: end,
				})
				if err != nil {
					t.Fatal(err)
				}
				started := serveYears(t, c)
				for d := start; d <= end; d++ {
					want := 1
					if !d.Exists(c.Zone()) {
						want = 0
					}
					if started[d] != want {
						t.Errorf("%s was started %d times; want %d", d, started[d], want)
					}
				}
				if len(started) > int(end-start)+1 {
					t.Errorf("%d dates were started; want none outside %s .. %s", len(started), start, end)
				}
			})
		}
	}
}

// serveYears turns a server at irregular instants from the first date of a
// calendar until all are due, and returns how often it started each date. A date
// that it starts succeeds at once.
func serveYears(t *testing.T, c plan.Calendar) map[calendar.Date]int {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 11))
	began := time.Date(2006, time.December, 30, 0, 0, 0, 0, c.Zone())
	s := plan.Schedule{Calendar: c, Policy: forecast.CatchUpAll, Since: began, Up: began, Rules: rulesFor(t)}
	started, facts := map[calendar.Date]int{}, map[calendar.Date]plan.Facts{}
	for now := began; now.Year() < 2018; {
		s.Facts = map[calendar.Date]plan.Facts{}
		for _, d := range s.Candidates(now) {
			if _, ok := facts[d]; !ok {
				facts[d] = c.Facts(d)
			}
			s.Facts[d] = facts[d]
		}
		for _, start := range s.Starts(now) {
			f := facts[start.Date]
			if f.Due.After(now) {
				t.Fatalf("%s is started at %s; it is due at %s", start.Date, now, f.Due)
			}
			started[start.Date]++
			f.Last = succeeded(start.Date, start.Attempt)
			f.Current = generation(f.Last)
			facts[start.Date] = f
		}
		// It sleeps for up to 18 days, or its clock is set back by up to two.
		now = now.Add(time.Duration(random.Int64N(int64(20*24*time.Hour))) - 48*time.Hour)
	}
	return started
}
