package simulation

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
)

// visited is an account with a guest, from one time of the account to another.
func visited(t *testing.T, dir string, from, until time.Time) *server {
	t.Helper()
	s := &server{Options: Options{Dir: dir, Guest: true, Settings: settings.Settings{Role: "arn:aws:iam::123456789012:role/jobs"}}}
	sim, err := awssim.New(awssim.Options{
		Dir: s.objects(), Kept: filepath.Join(dir, "kept"), Start: from, Seed: uint64(until.UnixMilli()), Script: s.script, Identity: s.identity,
		Container: func(_ context.Context, j awssim.Job) awssim.Exit {
			t.Errorf("the container of %s is run", j.Name)
			return awssim.Exit{}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	s.sim = sim
	if err := s.receive(until); err != nil {
		t.Fatal(err)
	}
	if got := sim.Now(); !got.Equal(until) {
		t.Errorf("it is %s; want %s", got, until)
	}
	return s
}

// mornings are the statuses of the guest's executions by their ids.
func mornings(s *server) map[string]string {
	all := map[string]string{}
	for _, x := range s.sim.Executions(GuestPipeline) {
		all[x.ARN] = x.Status
	}
	return all
}

// TestGuest lets three weeks pass before the account begins, and two days while it is
// not served: mornings come once each, some go wrong, and what is tried again later
// goes well.
func TestGuest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	begin := time.Date(2026, time.November, 29, 6, 0, 0, 0, time.UTC)
	first := &server{Options: Options{Guest: true}}
	s := visited(t, dir, first.begins(moment{}, moment{At: begin}, true), begin)
	past := mornings(s)
	count := map[string]int{}
	for _, status := range past {
		count[status]++
	}
	if len(past) < 18 || len(past) > 20 || count["Failed"] < 2 || count["Succeeded"]+count["Failed"] != len(past) {
		t.Errorf("three weeks came to %v; want most mornings, a few of which failed", count)
	}
	if text := strings.Join(s.sim.LogLines("/aws/sagemaker/ProcessingJobs"), "\n"); !strings.Contains(text, "customers, 37 features") || !strings.Contains(text, "has no rows for dt=") {
		t.Errorf("the logs lack what the jobs wrote:\n%.2000s", text)
	}

	later := visited(t, dir, first.begins(moment{At: begin}, moment{At: begin.AddDate(0, 0, 2)}, false), begin.AddDate(0, 0, 2))
	for arn, status := range mornings(later) {
		if past[arn] != "" && past[arn] != status {
			t.Errorf("%s was %s, and is %s", arn, past[arn], status)
		}
		delete(past, arn)
	}
	if len(past) > 0 {
		t.Errorf("%v are gone", slices.Collect(maps.Keys(past)))
	}
	if got := len(mornings(later)); got != len(mornings(s))+2 {
		t.Errorf("two days later there are %d mornings after %d", got, len(mornings(s)))
	}

	for d := guestDate(begin) - 20; d <= guestDate(begin); d++ {
		if troubleOf(d) == noTrouble {
			continue
		}
		if err := later.sim.RunPipeline(GuestPipeline, "aki", map[string]string{"ProcessDate": d.String()}); err != nil {
			t.Fatal(err)
		}
	}
	later.sim.Advance(3 * time.Hour)
	for _, x := range later.sim.Executions(GuestPipeline)[len(mornings(s))+2:] {
		if x.Status != "Succeeded" {
			t.Errorf("what was run again is %s: %+v", x.Status, x.Steps)
		}
	}
}

// TestNoGuest leaves an account alone that no demonstration made.
func TestNoGuest(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 29, 6, 0, 0, 0, time.UTC)
	s := &server{}
	if got := s.begins(moment{At: now.Add(-time.Hour)}, moment{At: now}, true); !got.Equal(now) {
		t.Errorf("it begins at %s; want %s", got, now)
	}
	if err := s.receive(now); err != nil { // there is no account that it could ask
		t.Error(err)
	}
	if err := s.wake(); err != nil {
		t.Error(err)
	}
}
