package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
	"github.com/daybatch/daybatch/forecast/local/internal/source"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
)

func day(n int) calendar.Date { return calendar.Of(2026, time.January, n) }

func options(path string) store.Options {
	now := time.Date(2026, time.February, 10, 3, 0, 0, 0, time.UTC)
	return store.Options{Path: path, Pipeline: "demand", Table: "forecast", Now: func() time.Time { return now }}
}

func open(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("Open(%s) = %v; want a store", o.Path, err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func empty(t *testing.T) *store.Store {
	t.Helper()
	s := open(t, options(filepath.Join(t.TempDir(), "state.db")))
	if err := s.PutDefinition(t.Context(), "d1", forecast.Definition{Pipeline: "demand"}); err != nil {
		t.Fatal(err)
	}
	return s
}

func newAttempt(d calendar.Date, generation string) store.NewAttempt {
	a := store.NewAttempt{
		Date: d, Cause: forecast.CauseManual, Actor: "aki", Definition: "d1", Zone: "UTC", Generation: generation,
		Holder: store.Holder{Actor: "aki", ID: process.ID{Host: "forge", Pid: 7, Start: "1"}},
	}
	for _, name := range forecast.StepNames() {
		a.Steps = append(a.Steps, store.NewStep{Name: name})
	}
	return a
}

func begin(t *testing.T, s *store.Store, a store.NewAttempt) store.Claim {
	t.Helper()
	claim, err := s.Begin(t.Context(), a)
	if err != nil {
		t.Fatalf("Begin(%s) = %v; want a claim", a.Date, err)
	}
	return claim
}

// A database of version 1 is brought to the newest version with all it holds.
func TestMigrateVersion1(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	text, err := os.ReadFile(filepath.Join("testdata", "v1.sql"))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Script(t.Context(), path, string(text)); err != nil {
		t.Fatal(err)
	}
	s := open(t, options(path))
	execution, err := s.Execution(t.Context(), "2026-01-15-a1")
	if err != nil || execution.Status != forecast.Succeeded || len(execution.Steps) != 6 {
		t.Errorf("Execution = %+v, %v; want the one of version 1 with six steps", execution, err)
	}
	records, err := s.Dates(t.Context(), calendar.Range{From: day(15), To: day(15)})
	if err != nil || records[day(15)] == nil || records[day(15)].Source != 0 || len(records[day(15)].Last.Steps) != 6 {
		t.Errorf("Dates = %+v, %v; want an attempt of six steps whose source nobody looked at", records, err)
	}
	next := newAttempt(day(15), "g2")
	next.Source = []source.File{{Path: "a.csv"}}
	begin(t, s, next)
	if got := seen(t, s, 2); !slices.Equal(got, next.Source) {
		t.Errorf("observation 2 = %v; want %v", got, next.Source)
	}
	records, err = s.Dates(t.Context(), calendar.Range{From: day(15), To: day(15)})
	if err != nil || records[day(15)].Last.Attempt != 2 || records[day(15)].Current.Attempt != 1 || records[day(15)].FirstOwn.IsZero() {
		t.Errorf("Dates = %+v, %v; want a2 beside the partition of a1", records[day(15)], err)
	}
	partitions, err := s.Partitions(t.Context(), forecast.PartitionQuery{})
	if err != nil || len(partitions) != 1 || partitions[0].Generation != "g1" || !partitions[0].Current {
		t.Errorf("Partitions = %+v, %v; want g1, current", partitions, err)
	}
}

func seen(t *testing.T, s *store.Store, observation int64) []source.File {
	t.Helper()
	all, err := s.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(all.At(observation))
}

// Every attempt's look at the source can be had again, whatever came after it.
func TestSources(t *testing.T) {
	t.Parallel()
	s := empty(t)
	looks := [][]source.File{
		{},
		{{Path: "a.csv", Size: 1, Modified: 1, Mark: 1}, {Path: "b.csv", Size: 1}},
		{{Path: "a.csv", Size: 1, Modified: 1, Mark: 1}, {Path: "b.csv", Size: 2}, {Path: "c.csv"}},
		{{Path: "b.csv", Size: 2}, {Path: "c.csv", Modified: 7}},
		{{Path: "a.csv", Size: 1, Modified: 1, Mark: 1}, {Path: "b.csv", Size: 1}},
	}
	var claims []store.Claim
	for i, look := range looks {
		a := newAttempt(day(10+i), fmt.Sprint("g", i))
		a.Source = look
		claims = append(claims, begin(t, s, a))
	}
	for i, look := range looks {
		if got := seen(t, s, claims[i].ID); !slices.Equal(got, look) {
			t.Errorf("observation %d = %v; want %v", i, got, look)
		}
	}
	// Another pipeline in the same file looks at files of its own.
	o := s.Options
	o.Pipeline, o.Table = "other", "other"
	other := open(t, o)
	begin(t, other, newAttempt(day(10), "o1"))
	if got := seen(t, other, claims[4].ID); got != nil {
		t.Errorf("the other pipeline saw %v; want nothing", got)
	}
}

// An attempt that reuses an extract stands on the look of the one that made it,
// through any number of attempts between them.
func TestSourceOfReused(t *testing.T) {
	t.Parallel()
	s := empty(t)
	a := newAttempt(day(10), "g1")
	a.Source = []source.File{{Path: "a.csv"}}
	first := begin(t, s, a)
	for n := 2; n <= 3; n++ {
		claim := store.Claim{Date: day(10), N: n - 1, ID: int64(n - 1), Fence: int64(n - 1)}
		if err := s.EndAttempt(t.Context(), claim, store.End{Status: forecast.Failed}); err != nil {
			t.Fatal(err)
		}
		again := newAttempt(day(10), fmt.Sprint("g", n))
		again.Source = []source.File{{Path: "a.csv", Size: int64(n)}}
		again.Steps[0].Reuse = &store.Outputs{Attempt: 1}
		begin(t, s, again)
		records, err := s.Dates(t.Context(), calendar.Range{From: day(10), To: day(10)})
		if err != nil || records[day(10)].Last.Attempt != n || records[day(10)].Source != first.ID {
			t.Errorf("a%d stands on %+v, %v; want the look of a1", n, records[day(10)], err)
		}
	}
}

// An attempt reads the same while it is open and after its end, whatever its
// texts hold.
func TestStepsOfEndedAttempt(t *testing.T) {
	t.Parallel()
	s := empty(t)
	a := newAttempt(day(10), "g1")
	a.Steps[1].Command = []string{"sh", "-c", "tr '\x1e\x1f' '\n'"}
	claim := begin(t, s, a)
	if err := s.StartTry(t.Context(), claim, store.Try{K: 1}); err != nil {
		t.Fatal(err)
	}
	reason := forecast.Reason{Class: forecast.ReasonData, Text: "row 3\x1fcolumn 2\x1e\nis no number"}
	if err := s.EndTry(t.Context(), claim, store.TryEnd{K: 1, Reason: reason}); err != nil {
		t.Fatal(err)
	}
	before, err := s.Execution(t.Context(), claim.Execution())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.EndAttempt(t.Context(), claim, store.End{Status: forecast.Failed, Reason: reason}); err != nil {
		t.Fatal(err)
	}
	after, err := s.Execution(t.Context(), claim.Execution())
	if err != nil || len(after.Steps) != 6 || !slices.Equal(after.Steps[1].Command, a.Steps[1].Command) {
		t.Fatalf("Execution = %+v, %v; want six steps with the command of PreProc", after, err)
	}
	want := slices.Clone(before.Steps)
	for i := range want {
		want[i].Status = forecast.StepSkipped
	}
	want[0].Status, want[0].Ended = forecast.StepFailed, after.Ended
	want[0].Reason = forecast.Reason{Class: forecast.ReasonData, Text: "row 3 column 2 \nis no number"}
	if diff := cmp.Diff(want, after.Steps); diff != "" {
		t.Errorf("steps after the end (-want +got):\n%s", diff)
	}
	records, err := s.Dates(t.Context(), calendar.Range{From: day(10), To: day(10)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(after, records[day(10)].Last); diff != "" {
		t.Errorf("Dates and Execution differ (-Execution +Dates):\n%s", diff)
	}
}

// What a step said last may hold a credential. It is not kept, and where an older daybatch
// has kept it, it is not read.
func TestReasonsAreRedacted(t *testing.T) {
	t.Parallel()
	s := empty(t)
	path := s.Path
	claim := begin(t, s, newAttempt(day(10), "g1"))
	if err := s.StartTry(t.Context(), claim, store.Try{K: 1}); err != nil {
		t.Fatal(err)
	}
	reason := forecast.Reason{Class: forecast.ReasonStep, Text: "no login with password=hunter2"}
	if err := s.EndTry(t.Context(), claim, store.TryEnd{K: 1, Reason: reason, Wait: "try 1: " + reason.Text, Again: s.Now().Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	const want = "no login with password=[redacted]"
	check := func(step string) {
		t.Helper()
		e, err := s.Execution(t.Context(), claim.Execution())
		if err != nil || e.Steps[0].Reason.Text != step {
			t.Errorf("Execution = %+v, %v; want the step's reason %q", e, err, step)
		}
		for _, file := range []string{path, path + "-wal"} {
			if text, _ := os.ReadFile(file); strings.Contains(string(text), "hunter2") {
				t.Errorf("%s holds the credential", filepath.Base(file))
			}
		}
	}
	check("try 1: " + want)
	if err := s.EndAttempt(t.Context(), claim, store.End{Status: forecast.Failed, Reason: reason}); err != nil {
		t.Fatal(err)
	}
	check(want)
	if err := store.Script(t.Context(), path, "UPDATE attempt SET reason = 'secret: hunter2', steps = replace(steps, '[redacted]', 'hunter2')"); err != nil {
		t.Fatal(err)
	}
	e, err := s.Execution(t.Context(), claim.Execution())
	if err != nil || e.Reason.Text != "secret: [redacted]" || e.Steps[0].Reason.Text != want {
		t.Errorf("Execution of an old record = %+v, %v; want its reasons redacted", e, err)
	}
}

// A database of a newer daybatch is refused, for reading too, and stays as it is.
func TestNewerVersion(t *testing.T) {
	t.Parallel()
	o := options(filepath.Join(t.TempDir(), "state.db"))
	if err := store.Script(t.Context(), o.Path, "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	for _, readOnly := range []bool{false, true} {
		o.ReadOnly = readOnly
		_, err := store.Open(t.Context(), o)
		if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "version 99") || !strings.Contains(err.Error(), o.Path) {
			t.Errorf("Open(ReadOnly: %t) = %v; want ErrNewer with the version and the file", readOnly, err)
		}
	}
}

func TestDamagedFile(t *testing.T) {
	t.Parallel()
	o := options(filepath.Join(t.TempDir(), "state.db"))
	if err := os.WriteFile(o.Path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(t.Context(), o)
	if !errors.Is(err, forecast.ErrUnavailable) || !strings.Contains(err.Error(), "is damaged") || !strings.Contains(err.Error(), o.Path) {
		t.Errorf("Open = %v; want ErrUnavailable that says that the file is damaged", err)
	}
}

// A date that is held is refused, and says by whom.
func TestHeld(t *testing.T) {
	t.Parallel()
	s := empty(t)
	begin(t, s, newAttempt(day(10), "g1"))
	_, err := s.Begin(t.Context(), newAttempt(day(10), "g2"))
	held, ok := errors.AsType[*forecast.HeldError](err)
	if !ok || held.Attempt != 1 || held.Holder != "aki@forge" || !errors.Is(err, forecast.ErrConflict) {
		t.Errorf("Begin = %v; want a HeldError of a1 by aki@forge", err)
	}
	full := newAttempt(day(11), "g3")
	full.MaxActive = 1
	if _, err := s.Begin(t.Context(), full); !errors.Is(err, store.ErrFull) {
		t.Errorf("Begin beyond the pipeline's slots = %v; want ErrFull", err)
	}
	drifted := newAttempt(day(12), "g4")
	drifted.Expected = &store.Expected{Attempt: 3}
	if _, err := s.Begin(t.Context(), drifted); !errors.Is(err, forecast.ErrConflict) {
		t.Errorf("Begin of a date that drifted = %v; want ErrConflict", err)
	}
}

// After a takeover no write of the old holder counts, and nothing of it is
// published.
func TestFence(t *testing.T) {
	t.Parallel()
	s := empty(t)
	old := begin(t, s, newAttempt(day(10), "g1"))
	leases, err := s.Leases(t.Context())
	if err != nil || len(leases) != 1 {
		t.Fatalf("Leases = %v, %v; want one", leases, err)
	}
	taken, err := s.Adopt(t.Context(), leases, store.Holder{Actor: "kei"}, time.Time{})
	if err != nil || len(taken) != 1 || taken[0].Fence <= old.Fence {
		t.Fatalf("Adopt = %+v, %v; want a higher fence than %d", taken, err, old.Fence)
	}
	swapped := false
	for name, write := range map[string]func(ctx context.Context) error{
		"StartTry":      func(ctx context.Context) error { return s.StartTry(ctx, old, store.Try{K: 1}) },
		"EndTry":        func(ctx context.Context) error { return s.EndTry(ctx, old, store.TryEnd{K: 1}) },
		"PutGeneration": func(ctx context.Context) error { return s.PutGeneration(ctx, old, store.Generation{ID: "g1"}) },
		"Publish": func(ctx context.Context) error {
			return s.Publish(ctx, old, func() error { swapped = true; return nil })
		},
		"EndAttempt": func(ctx context.Context) error { return s.EndAttempt(ctx, old, store.End{Status: forecast.Failed}) },
		"Renew":      func(ctx context.Context) error { _, err := s.Renew(ctx, old, time.Time{}); return err },
	} {
		if err := write(t.Context()); !errors.Is(err, store.ErrFenced) {
			t.Errorf("%s with the old fence = %v; want ErrFenced", name, err)
		}
	}
	if swapped {
		t.Error("the file was replaced with the old fence")
	}
	execution, err := s.Execution(t.Context(), old.Execution())
	if err != nil || execution.UnknownSince.IsZero() {
		t.Errorf("execution = %+v, %v; want it unknown until it is ended", execution, err)
	}
}

// Once a stop was answered nothing is published.
func TestStopMark(t *testing.T) {
	t.Parallel()
	s := empty(t)
	claim := begin(t, s, newAttempt(day(10), "g1"))
	if err := s.PutGeneration(t.Context(), claim, store.Generation{ID: "g1"}); err != nil {
		t.Fatal(err)
	}
	answer, err := s.Stop(t.Context(), day(10), "kei")
	if err != nil || answer.Attempt != 1 || answer.Generation != "" {
		t.Fatalf("Stop = %+v, %v; want a1 in time", answer, err)
	}
	swapped := false
	if err := s.Publish(t.Context(), claim, func() error { swapped = true; return nil }); !errors.Is(err, store.ErrStopMark) || swapped {
		t.Errorf("Publish after a stop = %v, file replaced %t; want ErrStopMark and no", err, swapped)
	}
	if err := s.StartTry(t.Context(), claim, store.Try{K: 1}); !errors.Is(err, store.ErrStopMark) {
		t.Errorf("StartTry after a stop = %v; want ErrStopMark", err)
	}
	if err := s.EndAttempt(t.Context(), claim, store.End{Status: forecast.Failed, Interrupted: true}); err != nil {
		t.Fatal(err)
	}
	execution, err := s.Execution(t.Context(), claim.Execution())
	if err != nil || execution.Status != forecast.Stopped || execution.Reason.Text != "stopped by kei" {
		t.Errorf("execution = %s %+v, %v; want Stopped by kei", execution.Status, execution.Reason, err)
	}
}

// A publish whose commit fails leaves no record.
func TestPublishFails(t *testing.T) {
	t.Parallel()
	s := empty(t)
	claim := begin(t, s, newAttempt(day(10), "g1"))
	if err := s.PutGeneration(t.Context(), claim, store.Generation{ID: "g1"}); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("disk")
	if err := s.Publish(t.Context(), claim, func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("Publish = %v; want the error of the swap", err)
	}
	if got, err := s.Current(t.Context(), day(10)); err != nil || got != "" {
		t.Errorf("Current = %q, %v; want none", got, err)
	}
	if err := s.Publish(t.Context(), claim, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Current(t.Context(), day(10)); err != nil || got != "g1" {
		t.Errorf("Current = %q, %v; want g1", got, err)
	}
}

// Another pipeline in the same file has the same dates and sees nothing.
func TestPipelinesApart(t *testing.T) {
	t.Parallel()
	s := empty(t)
	begin(t, s, newAttempt(day(10), "g1"))
	o := s.Options
	o.Pipeline, o.Table = "other", "other"
	other := open(t, o)
	records, err := other.Dates(t.Context(), calendar.Range{From: day(1), To: day(31)})
	if err != nil || len(records) != 0 {
		t.Errorf("Dates of the other pipeline = %v, %v; want none", records, err)
	}
	begin(t, other, newAttempt(day(10), "g2"))
}

// A subscriber that is too far behind is told so.
func TestLagged(t *testing.T) {
	t.Parallel()
	s := empty(t)
	begin(t, s, newAttempt(day(10), "g1"))
	_, last, err := s.Events(t.Context(), 0)
	if err != nil || last == 0 {
		t.Errorf("Events(0) = %d, %v; want events", last, err)
	}
	if none, same, err := s.Events(t.Context(), last); err != nil || len(none) != 0 || same != last {
		t.Errorf("Events(%d) = %v, %d, %v; want none, and %d again", last, none, same, err, last)
	}
	begin(t, s, newAttempt(day(11), "g2"))
	if news, _, err := s.Events(t.Context(), last); err != nil || len(news) == 0 || news[0].ID != last+1 {
		t.Errorf("Events(%d) after another attempt = %v, %v; want its own", last, news, err)
	}
	if err := s.DropEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Events(t.Context(), 0); !errors.Is(err, forecast.ErrLagged) {
		t.Errorf("Events(0) after they are gone = %v; want ErrLagged", err)
	}
	if _, _, err := s.Events(t.Context(), 1000); !errors.Is(err, forecast.ErrLagged) {
		t.Errorf("Events of the future = %v; want ErrLagged", err)
	}
}
