package aws_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// readLog reads a log to its end, and asks again when the account was
// unavailable. It returns the lines that begin with a mark.
func readLog(t *testing.T, e *aws.Engine, query forecast.LogQuery, mark string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream, err := again(ctx, func() (forecast.LogStream, error) { return e.Logs(ctx, query) })
	if err != nil {
		t.Error(err)
		return nil
	}
	defer func() { _ = stream.Close() }()
	var found []string
	for {
		lines, err := again(ctx, func() ([]forecast.LogLine, error) { return stream.Next(ctx) })
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Error(err)
			return found
		}
		for _, line := range lines {
			if strings.HasPrefix(line.Text, mark) {
				found = append(found, string(line.Step)+" "+line.Text)
			}
		}
	}
}

// TestLogsAreComplete reads logs that come late, in another order, cut to equal
// time stamps, in short, empty and repeated pages, from streams that rotate, and
// throttled: every line comes once. With several lines in one millisecond their
// order is nobody's, so that lines are compared as a set.
func TestLogsAreComplete(t *testing.T) {
	t.Parallel()
	const lines = 40
	var texts []string
	for i := range lines {
		texts = append(texts, fmt.Sprintf("mark %02d", i/2)) // each twice
	}
	d := day(10)
	script := enginetest.Script{d: {
		forecast.Extract: {{Log: texts}}, forecast.Train: {{Log: texts}}, forecast.Predict: {{Log: texts, End: enginetest.Fail, Text: "boom"}},
	}}
	quirks := map[string]awssim.LogQuirks{
		"late":          {LateEvery: 3, Late: 4 * time.Second},
		"one at a time": {Coarse: time.Second},
		"rotated":       {RotateEvery: 7},
		"all":           {LateEvery: 4, Late: 5 * time.Second, PageSize: 7, EmptyEvery: 3, RepeatEvery: 2, RotateEvery: 70, Coarse: 100 * time.Millisecond},
	}
	quirks["by live tail"] = quirks["all"]
	for name, q := range quirks {
		for _, layout := range []settings.Layout{settings.LayoutFused, settings.LayoutSteps} {
			t.Run(name+" in layout "+string(layout), func(t *testing.T) {
				t.Parallel()
				a := newAccount(t, enginetest.Definition(), script, accountOptions{
					layout: layout, speed: 10, liveTail: name == "by live tail", quirks: awssim.Quirks{Logs: q},
					faults: []awssim.Fault{{
						Operation: "logs.*", When: awssim.Chance(0.3, 5),
						Effect: awssim.Effect{Code: "ThrottlingException", Status: http.StatusBadRequest, Message: "Rate exceeded"},
					}},
				})
				e := a.open(t, func(o *aws.Options) { o.LogSettle = 6 * time.Second })
				_, driven := begin(t, e, forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{d}})
				followed := make(chan []string, 1)
				id := forecast.ExecutionID("2026-01-10-a1")
				await(t, "the attempt", func() (forecast.Execution, error) { return e.Execution(t.Context(), id) }, func(forecast.Execution) bool { return true })
				go func() { followed <- readLog(t, e, forecast.LogQuery{Execution: id, Follow: true}, "mark") }()
				must(t, <-driven)
				var want []string
				for _, name := range []forecast.StepName{forecast.Extract, forecast.Train, forecast.Predict} {
					for _, text := range texts {
						want = append(want, string(name)+" "+text)
					}
				}
				check := func(how string, got []string) {
					t.Helper()
					if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))); diff != "" {
						t.Errorf("%s (-want +got): %s", how, diff)
					}
				}
				check("followed", <-followed)
				if n := a.sim.Calls()["logs.StartLiveTail"]; (n > 0) != a.settings.LiveTail {
					t.Errorf("%d live tails were opened", n)
				}
				check("read", readLog(t, e, forecast.LogQuery{Execution: id}, "mark"))
				want = want[lines : 2*lines]
				check("Train", readLog(t, e, forecast.LogQuery{Execution: id, Step: forecast.Train}, "mark"))
			})
		}
	}
}

// TestFinishedLogsAreKept opens the log of an execution that is over in several
// processes: CloudWatch is asked once, also after the file on disk was damaged. An
// execution that was retried has another log.
func TestFinishedLogsAreKept(t *testing.T) {
	t.Parallel()
	d := day(10)
	a := newAccount(t, enginetest.Definition(), enginetest.Script{d: {
		forecast.Extract: {{Log: []string{"mark extract"}}},
		forecast.Train:   {{Log: []string{"mark first"}, End: enginetest.Fail, Text: "boom"}, {Log: []string{"mark again"}}},
	}}, accountOptions{layout: settings.LayoutSteps})
	cache := t.TempDir()
	read := func(attempt string, want ...string) (calls int) {
		t.Helper()
		e := a.open(t, func(o *aws.Options) {
			o.Cache, o.Now = cache, func() time.Time { return a.sim.Now().Add(5 * time.Minute) }
		})
		count := func() (n int) {
			for op, calls := range a.sim.Calls() {
				if strings.HasPrefix(op, "logs.") {
					n += calls
				}
			}
			return n
		}
		before := count()
		id := forecast.ExecutionID(d.String() + "-" + attempt)
		if diff := cmp.Diff(want, readLog(t, e, forecast.LogQuery{Execution: id, Follow: true}, "mark")); diff != "" {
			t.Errorf("log of %s (-want +got): %s", id, diff)
		}
		return count() - before
	}
	e := a.open(t, nil)
	_, driven := begin(t, e, forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{d}})
	must(t, <-driven)
	first := []string{"Extract mark extract", "Train mark first"}
	asked := read("a1", first...)
	if again := read("a1", first...); asked == 0 || again != 0 {
		t.Errorf("%d calls of CloudWatch, and %d in the next process; want some and none", asked, again)
	}
	files, err := filepath.Glob(filepath.Join(cache, "logs", "*"))
	must(t, err)
	for _, path := range files {
		must(t, os.Truncate(path, 30))
	}
	if damaged, again := read("a1", first...), read("a1", first...); len(files) == 0 || damaged != asked || again != 0 {
		t.Errorf("%d calls after %d files were cut, then %d; want %d, then none", damaged, len(files), again, asked)
	}
	_, driven = begin(t, e, forecast.PlanRequest{Kind: forecast.PlanRerun, Dates: []calendar.Date{d}})
	must(t, <-driven)
	if asked = read("a2", "Extract mark extract", "Train mark again"); asked == 0 {
		t.Error("the log of a retried step was not asked for")
	}
}

// TestFinishedLogsInAnOutage reads the log of an execution that is over while nobody can
// be asked for anything, in a process that has never asked: all of it, as it was read
// before, and says so. What was not read before is not there.
func TestFinishedLogsInAnOutage(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]struct {
		effect awssim.Effect
		want   error
	}{
		"no answer":     {awssim.Effect{Code: "ServiceUnavailable", Status: http.StatusServiceUnavailable, Message: "no"}, forecast.ErrUnavailable},
		"login expired": {awssim.Effect{Code: "ExpiredToken", Status: http.StatusBadRequest, Message: "expired"}, forecast.ErrLogin},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := day(10)
			a := newAccount(t, enginetest.Definition(), enginetest.Script{d: {
				forecast.Extract: {{Log: []string{"mark extract"}}},
				forecast.Train:   {{Log: []string{"mark first"}, End: enginetest.Fail, Text: "boom"}},
			}}, accountOptions{layout: settings.LayoutSteps})
			cache := t.TempDir()
			open := func() *aws.Engine {
				return a.open(t, func(o *aws.Options) {
					o.Cache, o.Now = cache, func() time.Time { return a.sim.Now().Add(5 * time.Minute) }
				})
			}
			runDates(t, open(), d, d+1)
			first := forecast.ExecutionID(d.String() + "-a1")
			all := []string{"Extract mark extract", "Train mark first"}
			if diff := cmp.Diff(all, readLog(t, open(), forecast.LogQuery{Execution: first, Follow: true}, "mark")); diff != "" {
				t.Fatalf("log (-want +got): %s", diff)
			}
			a.sim.Inject(awssim.Fault{Operation: "*.*", Effect: fault.effect})
			e := open()
			for step, want := range map[forecast.StepName][]string{"": all, forecast.Train: all[1:]} {
				query := forecast.LogQuery{Execution: first, Step: step, Follow: true}
				if diff := cmp.Diff(want, readLog(t, e, query, "mark")); diff != "" {
					t.Errorf("log of %q (-want +got): %s", step, diff)
				}
				stream, err := e.Logs(t.Context(), query)
				must(t, err)
				if since, why := stream.(forecast.KeptLog).Kept(); since.IsZero() || !errors.Is(why, fault.want) {
					t.Errorf("Kept = %s, %v; want when it was read, and %v", since, why, fault.want)
				}
				must(t, stream.Close())
			}
			if _, err := e.Logs(t.Context(), forecast.LogQuery{Execution: forecast.ExecutionID((d + 1).String() + "-a1")}); !errors.Is(err, fault.want) {
				t.Errorf("Logs of an execution whose log was never read = %v; want %v", err, fault.want)
			}
		})
	}
}
