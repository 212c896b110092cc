package calendar_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
)

func TestParseScheduleErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		expr   string
		column int
		field  string
		value  string
		says   string
	}{
		{"", 1, "", "", "must be cron(...) or rate(...)"},
		{"0 6 * * *", 1, "", "0 6 * * *", "must be cron(...) or rate(...)"},
		{"cron(0 6 * * ? *", 1, "", "cron(0 6 * * ? *", "must be cron(...) or rate(...)"},
		{"cron(0 6 * * ?)", 6, "", "", "5 fields, not six"},
		{"cron(0 6 * * ? * *)", 6, "", "", "7 fields, not six"},
		{"cron()", 6, "", "", "0 fields, not six"},
		{"cron(60 6 * * ? *)", 6, "minutes", "60", "from 0 to 59"},
		{"cron(0 25 * * ? *)", 8, "hours", "25", "from 0 to 23"},
		{"cron(0 6,-1 * * ? *)", 10, "hours", "", "from 0 to 23"},
		{"cron(0 6,+1 * * ? *)", 10, "hours", "+1", "from 0 to 23"},
		{"cron(0 6 0 * ? *)", 10, "day-of-month", "0", "from 1 to 31"},
		{"cron(0 6 * 13 ? *)", 12, "month", "13", "from 1 to 12, or JAN to DEC"},
		{"cron(0 6 * JAN,FOO ? *)", 16, "month", "FOO", "JAN to DEC"},
		{"cron(0 6 ? * 0 *)", 14, "day-of-week", "0", "from 1 to 7, or SUN to SAT"},
		{"cron(0 6 * * ? 1969)", 16, "year", "1969", "from 1970 to 2199"},
		{"cron(0 6 * * ? 2030-2020)", 16, "year", "2030-2020", "goes backwards"},
		{"cron(0 6 * * * *)", 14, "day-of-week", "*", `must be ? because day-of-month is "*"`},
		{"cron(0 6 ? * ? *)", 14, "day-of-week", "?", "only one"},
		{"cron(? 6 * * ? *)", 6, "minutes", "?", "from 0 to 59"},
		{"cron(0/0 6 * * ? *)", 8, "minutes", "0", "step"},
		{"cron(0/ 6 * * ? *)", 8, "minutes", "", "step"},
		{"cron(0/+5 6 * * ? *)", 8, "minutes", "+5", "step"},
		{"cron(/5 6 * * ? *)", 6, "minutes", "", "from 0 to 59"},
		{"cron(0/99 6 * * ? *)", 8, "minutes", "99", "step"},
		{"cron(0  6   32 * ? *)", 13, "day-of-month", "32", "from 1 to 31"},
		{"cron(0 6 1,LW * ? *)", 10, "day-of-month", "1,LW", "W follows a single day"},
		{"cron(0 6 0W * ? *)", 10, "day-of-month", "0W", "W follows a single day"},
		{"cron(0 6 ? * MON,6L *)", 14, "day-of-week", "MON,6L", "L follows a single weekday"},
		{"cron(0 6 ? * 3#6 *)", 14, "day-of-week", "3#6", "from 1 to 5"},
		{"cron(0 6 ? * 3#1,6#3 *)", 14, "day-of-week", "3#1,6#3", "# stands between"},
		{"cron(0 6 ? * #2 *)", 14, "day-of-week", "#2", "# stands between"},
		{"cron(0 6 30 2 ? *)", 10, "day-of-month", "30", "never fire"},
		{"cron(0 6 31 4,6,9,11 ? *)", 10, "day-of-month", "31", "never fire"},
		{"cron(0 6 29 2 ? 2100)", 10, "day-of-month", "29", "never fire"},
		{"cron(0 6 ? 2 1#5 2026)", 14, "day-of-week", "1#5", "never fire"},
		{"cron(0 6 ? * ɐɐL *)", 14, "", "", "not printable ASCII"},
		{"cron(0\t6 * * ? *)", 7, "", "", "not printable ASCII"},
		{"rate(day)", 6, "", "", "a rate is a number and a unit"},
		{"rate(0 days)", 6, "value", "0", "whole number from 1"},
		{"rate(-1 days)", 6, "value", "-1", "whole number from 1"},
		{"rate(+1 day)", 6, "value", "+1", "whole number from 1"},
		{"rate(1.5 days)", 6, "value", "1.5", "whole number from 1"},
		{"rate(99999999999 days)", 6, "value", "99999999999", "whole number"},
		{"rate(1 week)", 8, "unit", "week", "minutes, hours or days"},
		{"rate(1 hours)", 8, "unit", "hours", "must be hour after 1"},
		{"rate(2 hour)", 8, "unit", "hour", "must be hours after 2"},
	} {
		got, err := calendar.ParseSchedule(test.expr)
		bad, ok := errors.AsType[*calendar.ScheduleError](err)
		if !ok {
			t.Errorf("ParseSchedule(%q) = %v, %v; want a *ScheduleError", test.expr, got, err)
			continue
		}
		if bad.Column != test.column || bad.Field != test.field || bad.Value != test.value {
			t.Errorf("ParseSchedule(%q): %s %q at column %d; want %s %q at column %d",
				test.expr, bad.Field, bad.Value, bad.Column, test.field, test.value, test.column)
		}
		if text := err.Error(); !strings.Contains(text, test.says) || !strings.Contains(text, "column") {
			t.Errorf("ParseSchedule(%q): %q; want it to say %q and the column", test.expr, text, test.says)
		}
		if !got.IsZero() {
			t.Errorf("ParseSchedule(%q) returns a schedule with its error", test.expr)
		}
	}
}

func TestScheduleErrorText(t *testing.T) {
	t.Parallel()
	_, err := calendar.ParseSchedule("cron(0 25 * * ? *)")
	want := `schedule "cron(0 25 * * ? *)", column 8: hours "25": must be from 0 to 23`
	if err == nil || err.Error() != want {
		t.Errorf("error = %v; want %s", err, want)
	}
}

func TestScheduleText(t *testing.T) {
	t.Parallel()
	var holder struct{ Schedule calendar.Schedule }
	const text = `{"Schedule":"cron(0 6 * * ? *)"}`
	if err := json.Unmarshal([]byte(text), &holder); err != nil {
		t.Fatal(err)
	}
	if holder.Schedule != schedule(t, "cron(0 6 * * ? *)") {
		t.Errorf("the schedule is %v", holder.Schedule)
	}
	back, err := json.Marshal(holder)
	if err != nil || string(back) != text {
		t.Errorf("JSON = %s, %v; want %s", back, err, text)
	}
	if err := json.Unmarshal([]byte(`{"Schedule":""}`), &holder); err != nil || !holder.Schedule.IsZero() {
		t.Errorf("empty text gives %v, %v; want the zero Schedule", holder.Schedule, err)
	}
	if err := json.Unmarshal([]byte(`{"Schedule":"daily"}`), &holder); err == nil {
		t.Error("a wrong schedule is read without an error")
	}
	if _, ok := (calendar.Schedule{}).Next(time.Unix(0, 0), time.UTC); ok {
		t.Error("the zero Schedule fires")
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, expr := range []string{
		"cron(0 6 * * ? *)", "cron(0/15 8-17,20-2 ? JAN-MAR MON-FRI 2026)", "cron(5 0 L * ? *)", "cron(5 0 15W * ? *)",
		"cron(5 0 ? * 6L *)", "cron(5 0 ? * 6#2 *)", "rate(12 hours)", "rate(1 day)", "cron(0 6 ? * ɐɐL *)", "cron(",
	} {
		f.Add(expr)
	}
	after := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, expr string) {
		s, err := calendar.ParseSchedule(expr)
		if err != nil {
			bad, ok := errors.AsType[*calendar.ScheduleError](err)
			if !ok || bad.Column < 1 || bad.Column > len(expr)+1 {
				t.Fatalf("ParseSchedule(%q): %v; want a *ScheduleError with a column of it", expr, err)
			}
			return
		}
		if s.String() != expr {
			t.Errorf("String() = %q; want %q", s, expr)
		}
		next, ok := s.Next(after, time.UTC)
		if !ok {
			return
		}
		if !next.After(after) {
			t.Errorf("%q: Next(%s) = %s; want a later instant", expr, after, next)
		}
		d := calendar.In(next, time.UTC)
		if due, owed := s.Due(d, time.UTC, 0); !owed || due.After(next) {
			t.Errorf("%q: %s is due at %s, %t; want no later than its firing %s", expr, d, due, owed, next)
		}
	})
}

func BenchmarkParseSchedule(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := calendar.ParseSchedule("cron(0 6 ? * MON-FRI *)"); err != nil {
			b.Fatal(err)
		}
	}
}
