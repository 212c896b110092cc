package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/local/internal/store/storetest"
)

// commit is what the records held when the log had grown to a size.
type commit struct {
	size   int
	events int64
}

// logged returns the files of a database in whose log there are commits, and what
// each of them brought.
func logged(t *testing.T) (database, log []byte, commits []commit) {
	t.Helper()
	s := empty(t)
	note := func() {
		t.Helper()
		info, err := os.Stat(s.Path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		last, err := s.LastEvent(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		commits = append(commits, commit{int(info.Size()), last})
	}
	note()
	for n := range 4 {
		claim := begin(t, s, newAttempt(day(10+n), fmt.Sprint("g", n)))
		note()
		for what, write := range []func(context.Context) error{
			func(ctx context.Context) error { return s.StartTry(ctx, claim, store.Try{K: 1}) },
			func(ctx context.Context) error { return s.EndTry(ctx, claim, store.TryEnd{K: 1}) },
			func(ctx context.Context) error {
				return s.PutGeneration(ctx, claim, store.Generation{ID: claim.Generation})
			},
			func(ctx context.Context) error { return s.Publish(ctx, claim, func() error { return nil }) },
		} {
			if err := write(t.Context()); err != nil {
				t.Fatalf("write %d = %v; want nil", what, err)
			}
			note()
		}
	}
	database, err := os.ReadFile(s.Path)
	if err != nil {
		t.Fatal(err)
	}
	log, err = os.ReadFile(s.Path + "-wal")
	if err != nil || len(log) != commits[len(commits)-1].size {
		t.Fatalf("the log has %d bytes, %v; want %d", len(log), err, commits[len(commits)-1].size)
	}
	return database, log, commits
}

// held returns what the records held when the log had so many whole bytes.
func held(commits []commit, whole int) int64 {
	events := int64(-1)
	for _, c := range commits {
		if c.size <= whole {
			events = c.events
		}
	}
	return events
}

// A machine that lost its power leaves a log whose end is missing, or is any
// bytes. Every commit before that is there, nothing of those after it is, and
// work goes on.
func TestTornLog(t *testing.T) {
	t.Parallel()
	database, log, commits := logged(t)
	first, random := commits[0].size, rand.New(rand.NewPCG(1, 2))
	for tear := first; tear <= len(log); tear += 1 + (len(log)-first)/60 {
		garbled := append([]byte(nil), log...)
		for i := tear; i < len(log); i++ {
			garbled[i] = byte(random.IntN(256))
		}
		zeroed := make([]byte, len(log))
		copy(zeroed, log[:tear])
		for name, torn := range map[string][]byte{"cut": log[:tear], "garbled": garbled, "zeroed": zeroed} {
			t.Run(fmt.Sprintf("%s/%d", name, tear), func(t *testing.T) {
				t.Parallel()
				openTorn(t, database, torn, held(commits, tear))
			})
		}
	}
}

func openTorn(t *testing.T, database, log []byte, want int64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	for name, text := range map[string][]byte{path: database, path + "-wal": log} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, options(path))
	if last, err := s.LastEvent(t.Context()); err != nil || last != want {
		t.Errorf("LastEvent = %d, %v; want %d", last, err, want)
	}
	if err := storetest.Chain(t.Context(), path); err != nil {
		t.Error(err)
	}
	if err := storetest.Whole(t.Context(), path); err != nil {
		t.Error(err)
	}
	// A date that nobody holds is run, one that was under way is taken over.
	leases, err := s.Leases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, lease := range leases {
		claims, err := s.Adopt(t.Context(), []store.Lease{lease}, store.Holder{Actor: "kei"}, time.Time{})
		if err == nil {
			err = s.EndAttempt(t.Context(), claims[0], store.End{Status: forecast.Failed, Interrupted: true})
		}
		if err != nil {
			t.Errorf("take over %s = %v; want nil", lease.Date, err)
		}
	}
	claim := begin(t, s, newAttempt(day(20), "new"))
	if err := s.PutGeneration(t.Context(), claim, store.Generation{ID: "new"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Publish(t.Context(), claim, func() error { return nil }); err != nil {
		t.Errorf("Publish after the tear = %v; want nil", err)
	}
	if err := storetest.Chain(t.Context(), path); err != nil {
		t.Error(err)
	}
}
