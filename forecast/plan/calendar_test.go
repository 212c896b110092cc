package plan_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

func TestCalendarDue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*forecast.Definition)
		date   calendar.Date
		due    string // RFC 3339; empty: not owed
		late   string // RFC 3339; empty: never
	}{
		{"cron", nil, jan(15), "2026-01-16T06:00:00+09:00", "2026-01-16T09:00:00+09:00"},
		{"before the start", nil, jan(0), "", ""},
		{"after the end", nil, jan(60), "", ""},
		{"weekday", func(d *forecast.Definition) { d.Schedule = "cron(0 6 ? * TUE-SAT *)" }, jan(16), "2026-01-17T06:00:00+09:00", "2026-01-17T09:00:00+09:00"},
		{"weekend", func(d *forecast.Definition) { d.Schedule = "cron(0 6 ? * TUE-SAT *)" }, jan(17), "", ""},
		{"no schedule", func(d *forecast.Definition) { d.Schedule = "" }, jan(15), "2026-01-16T00:00:00+09:00", "2026-01-16T09:00:00+09:00"},
		{"no lag", func(d *forecast.Definition) { d.Schedule, d.LagDays = "", 0 }, jan(15), "2026-01-15T00:00:00+09:00", "2026-01-15T09:00:00+09:00"},
		{"never late", func(d *forecast.Definition) { d.LateAfter = "" }, jan(15), "2026-01-16T06:00:00+09:00", ""},
		{"late the day after", func(d *forecast.Definition) { d.LateAfter = "05:00" }, jan(15), "2026-01-16T06:00:00+09:00", "2026-01-17T05:00:00+09:00"},
		{"rate counts from the start", func(d *forecast.Definition) { d.Schedule = "rate(7 days)" }, jan(8), "2026-01-09T00:00:00+09:00", "2026-01-09T09:00:00+09:00"},
		{"rate leaves days out", func(d *forecast.Definition) { d.Schedule = "rate(7 days)" }, jan(9), "", ""},
		{"midnight skipped", func(d *forecast.Definition) {
			d.Schedule, d.Timezone, d.Start, d.End = "", "America/Santiago", calendar.Of(2022, 1, 1), 0
		}, calendar.Of(2022, 9, 10), "2022-09-11T01:00:00-03:00", "2022-09-11T09:00:00-03:00"},
		{"day that never was", func(d *forecast.Definition) {
			d.Schedule, d.Timezone, d.Start, d.End = "", "Pacific/Apia", calendar.Of(2011, 1, 1), 0
		}, calendar.Of(2011, 12, 30), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := calendarOf(t, tt.change)
			due, owed := c.Due(tt.date)
			if got := clock(due); got != tt.due {
				t.Errorf("Due(%s) = %q; want %q", tt.date, got, tt.due)
			}
			late := c.Deadline(tt.date)
			if got := clock(late); got != tt.late {
				t.Errorf("Deadline(%s) = %q; want %q", tt.date, got, tt.late)
			}
			f := c.Facts(tt.date)
			if f.Owed != owed || owed != (tt.due != "") || (f.NotOwed == "") != owed || !f.Due.Equal(due) {
				t.Errorf("Facts(%s) = %+v; want as Due says", tt.date, f)
			}
		})
	}
}

// clock writes an instant; the zero one is empty.
func clock(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339)
}

func TestCalendarNewest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*forecast.Definition)
		now    time.Time
		want   calendar.Date
	}{
		{"just due", nil, time.Date(2026, 1, 16, 6, 0, 0, 0, tokyo(t)), jan(15)},
		{"not yet", nil, time.Date(2026, 1, 16, 5, 59, 59, 0, tokyo(t)), jan(14)},
		{"after the end", nil, time.Date(2026, 6, 1, 0, 0, 0, 0, tokyo(t)), jan(59)},
		{"before the start", nil, time.Date(2025, 6, 1, 0, 0, 0, 0, tokyo(t)), 0},
		{"over a weekend", func(d *forecast.Definition) { d.Schedule = "cron(0 6 ? * TUE-SAT *)" }, time.Date(2026, 1, 19, 12, 0, 0, 0, tokyo(t)), jan(16)},
		{"no start", func(d *forecast.Definition) { d.Start = 0 }, time.Date(2026, 1, 16, 6, 0, 0, 0, tokyo(t)), jan(15)},
	}
	for _, tt := range tests {
		if got := calendarOf(t, tt.change).Newest(tt.now); got != tt.want {
			t.Errorf("%s: Newest(%s) = %s; want %s", tt.name, tt.now, got, tt.want)
		}
	}
}

func TestCalendarRefuses(t *testing.T) {
	t.Parallel()
	good := forecast.Definition{Timezone: "Asia/Tokyo", Start: jan(1)}
	tests := []struct {
		change func(*forecast.Definition)
		want   []string
	}{
		{func(d *forecast.Definition) { d.Timezone = "Mars/Olympus" }, []string{"timezone", "Mars/Olympus"}},
		{func(d *forecast.Definition) { d.Schedule = "cron(0 25 * * ? *)" }, []string{"schedule", "25"}},
		{func(d *forecast.Definition) { d.LateAfter = "9 o'clock" }, []string{"late_after", "9 o'clock", "HH:MM"}},
		{func(d *forecast.Definition) { d.LagDays = -1 }, []string{"lag_days", "-1"}},
		{func(d *forecast.Definition) { d.End = jan(0) }, []string{"end 2025-12-31", "start 2026-01-01"}},
	}
	for _, tt := range tests {
		def := good
		tt.change(&def)
		_, err := plan.NewCalendar(def)
		if !errors.Is(err, forecast.ErrInvalid) {
			t.Errorf("NewCalendar(%+v) = %v; want ErrInvalid", def, err)
			continue
		}
		for _, part := range tt.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("error %q does not say %q", err, part)
			}
		}
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 20, 12, 0, 0, 0, tokyo(t))
	tests := []struct {
		name  string
		query forecast.DayQuery
		want  calendar.Range
	}{
		{"zero", forecast.DayQuery{}, calendar.Range{From: jan(1), To: jan(19)}},
		{"last", forecast.DayQuery{Last: 5}, calendar.Range{From: jan(15), To: jan(19)}},
		{"from", forecast.DayQuery{Range: calendar.Range{From: jan(3)}}, calendar.Range{From: jan(3), To: jan(19)}},
		{"beyond", forecast.DayQuery{Range: calendar.Range{From: jan(18), To: jan(25)}}, calendar.Range{From: jan(18), To: jan(25)}},
	}
	for _, tt := range tests {
		got, err := plan.Window(tt.query, calendarOf(t, nil), now)
		if err != nil || got != tt.want {
			t.Errorf("%s: Window = %s, %v; want %s", tt.name, got, err, tt.want)
		}
	}
	if got, err := plan.Window(forecast.DayQuery{}, calendarOf(t, nil), now.AddDate(-1, 0, 0)); err != nil || got.Len() != 0 {
		t.Errorf("Window before anything is due = %s, %v; want none", got, err)
	}
	for _, query := range []forecast.DayQuery{{Last: -1}, {Range: calendar.Range{From: jan(9), To: jan(8)}}} {
		if _, err := plan.Window(query, calendarOf(t, nil), now); !errors.Is(err, forecast.ErrInvalid) {
			t.Errorf("Window(%+v) = %v; want ErrInvalid", query, err)
		}
	}
}
