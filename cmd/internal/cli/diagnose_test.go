package cli_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// sick is a pipeline with a day of each kind.
func sick() *enginetest.Fake {
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	at := func(n int) calendar.Date { return calendar.Of(2026, 1, n) }
	for d := at(1); d <= at(12); d++ {
		fake.Seed(d, enginetest.Made())
	}
	failed := enginetest.FailedAt(forecast.PreProc, "series van kanto: 3 duplicate rows\nfirst on 2026-01-11\x1b[2J")
	var log []string
	for i := range 30 {
		log = append(log, fmt.Sprintf("row %d", i))
	}
	step := failed.Steps[forecast.PreProc]
	step.Log = append(log, "\x1b[31mERROR\x1b[0m duplicate rows")
	failed.Steps[forecast.PreProc] = step
	fake.Seed(at(14), enginetest.LostAt(forecast.Train))
	fake.Seed(at(15), enginetest.Lacked("no rows for 2026-01-15"))
	fake.SeedFallback(at(17), at(12))
	fake.Seed(at(18), failed)
	fake.Seed(at(19), enginetest.Refused("wape 0.412 > 0.350", forecast.Measures{"wape": 0.412}))
	fake.Seed(at(20), enginetest.RunningAt(forecast.Train))
	return fake
}

// TestDiagnose looks at days of each kind: what failed, why, the end of the log,
// and what helps.
func TestDiagnose(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args string
		want []string
		not  []string
	}{
		{"", []string{"Mon 2026-01-19", "Gated", "wape 0.412 > 0.350", "daybatch metrics 2026-01-19", "daybatch fallback 2026-01-19"}, nil},
		{"2026-01-18 --lines 3", []string{
			"Sun 2026-01-18", "attempt 1 of 1", "step     PreProc", "why      PreProc: series van kanto: 3 duplicate rows", "         first on 2026-01-11",
			"the last 3 of 32 lines", "row 29", "ERROR duplicate rows", "daybatch rerun 2026-01-18",
		}, []string{"row 28 ", "\x1b[2J", "\x1b[31m"}},
		{"2026-01-18 --lines 0", []string{"PreProc"}, []string{"row 29", "log  "}},
		{"2026-01-17", []string{"Missing", "daybatch run 2026-01-17"}, []string{"attempt", "daybatch fallback"}},
		{"2026-01-16", []string{"Missing", "daybatch run 2026-01-16", "daybatch fallback 2026-01-16"}, nil},
		{"2026-01-15", []string{"Waiting", "no rows for 2026-01-15", "looks again"}, nil},
		{"2026-01-14", []string{"Unknown", "daybatch doctor --mend"}, nil},
		{"2026-01-20", []string{"Running", "daybatch logs -f 2026-01-20", "daybatch stop 2026-01-20"}, nil},
		{"2026-01-12", []string{"Succeeded", "the date needs nobody"}, []string{"daybatch run"}},
	}
	fake := sick()
	for _, tt := range tests {
		out := command(t, fake, append([]string{"diagnose"}, strings.Fields(tt.args)...)...)
		for _, want := range tt.want {
			if !strings.Contains(out, want) {
				t.Errorf("diagnose %s lacks %q:\n%s", tt.args, want, out)
			}
		}
		for _, not := range tt.not {
			if strings.Contains(out, not) {
				t.Errorf("diagnose %s has %q, want it away:\n%s", tt.args, not, out)
			}
		}
	}
}

// TestDiagnoseForPrograms reads the answer as programs do.
func TestDiagnoseForPrograms(t *testing.T) {
	t.Parallel()
	fake := sick()
	var read struct {
		Items []struct {
			Date, State, Step string
			Reason            struct{ Class, Text string }
			Log               []struct{ Text string }
			Next              []struct{ Command string }
		}
		Warnings []string
	}
	if err := json.Unmarshal([]byte(command(t, fake, "diagnose", "2026-01-18", "-o", "json")), &read); err != nil {
		t.Fatal(err)
	}
	one := read.Items[0]
	if one.Date != "2026-01-18" || one.State != "Failed" || one.Step != "PreProc" || one.Reason.Class != "step" || len(one.Log) != 20 || len(one.Next) != 2 {
		t.Errorf("JSON = %+v; want the failed step with 20 lines of its log and two commands", one)
	}
	fake.FailNext("Logs", forecast.ErrUnavailable)
	records, err := csv.NewReader(strings.NewReader(command(t, fake, "diagnose", "2026-01-18", "-o", "csv"))).ReadAll()
	if err != nil || len(records) != 2 || len(records[1]) != len(records[0]) || records[1][5] != "PreProc" {
		t.Errorf("CSV = %q, %v; want one row with PreProc, although its log can't be read", records, err)
	}
	well := enginetest.NewFake(enginetest.FakeOptions{})
	for d := calendar.Of(2025, 12, 1); d <= calendar.Of(2026, 1, 20); d++ {
		well.Seed(d, enginetest.Made())
	}
	if out := command(t, well, "diagnose"); !strings.Contains(out, "none of the last 30 dates needs a person") {
		t.Errorf("diagnose of a pipeline that is well = %q; want that nobody is needed", out)
	}
	e, _, _ := env(t, well, "diagnose", "--lines", "-1")
	if code := cli.Run(t.Context(), e); code != 2 {
		t.Errorf("diagnose --lines -1 = %d; want 2", code)
	}
}
