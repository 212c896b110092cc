package simulation

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestListen serves an account again: it answers where it did before, so that whoever
// has its address finds it, and elsewhere if another program has taken that.
func TestListen(t *testing.T) {
	t.Parallel()
	s := &server{Options: Options{Dir: t.TempDir(), Now: func() time.Time { return time.Time{} }}}
	at := anywhere
	listen := func() (string, func()) {
		endpoint, end, err := s.listen(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		told := address{Endpoint: endpoint, PID: os.Getpid(), Dir: s.Dir}
		if err := writeFile(filepath.Join(s.Dir, addressFile), told); err != nil {
			t.Fatal(err)
		}
		if found, ok := find(t.Context(), s.Dir); !ok || found != told {
			t.Errorf("at %s %v is found, %v", endpoint, found, ok)
		}
		at = strings.TrimPrefix(endpoint, "http://")
		return endpoint, end
	}
	first, end := listen()
	end()
	if _, ok := find(t.Context(), s.Dir); ok {
		t.Error("an account that has ended is found")
	}
	again, end := listen()
	defer end()
	if again != first {
		t.Errorf("it answers at %s after %s", again, first)
	}
	elsewhere, end := listen()
	defer end()
	if elsewhere == first {
		t.Errorf("two answer at %s", first)
	}
}

// TestHold takes the lock of an account that is about to end, as soon as it has.
func TestHold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ending, err := hold(t.Context(), dir)
	if ending == nil || err != nil {
		t.Fatalf("hold = %v, %v; want the lock", ending, err)
	}
	impatient, cancel := context.WithCancelCause(t.Context())
	cancel(errIdle)
	if lock, err := hold(impatient, dir); lock != nil || !errors.Is(err, errIdle) {
		t.Errorf("hold while another has it = %v, %v; want the reason to give up", lock, err)
	}
	time.AfterFunc(2*lookPace, func() { _ = ending.Close() })
	lock, err := hold(t.Context(), dir)
	if lock == nil || err != nil {
		t.Fatalf("hold = %v, %v; want the lock when the other has gone", lock, err)
	}
	_ = lock.Close()
}
