package record_test

import (
	"errors"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws/internal/record"
)

// TestWithdraw takes an attempt back that waits to be started, and no other.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0).UTC()
	taken, err := record.Date{Date: day}.Take(attempt(1, "t"), "aki@host", now)
	if err != nil {
		t.Fatal(err)
	}
	free, err := taken.Withdraw(1, 1)
	if err != nil || free.Open() || len(free.Attempts) != 0 {
		t.Fatalf("Withdraw = %+v, %v; want a date that is free", free, err)
	}
	again, err := free.Take(attempt(1, "t"), "kei@host", now)
	if err != nil || again.Last().Fence != 2 {
		t.Errorf("the next one is %+v, %v; want the same with another fence", again.Last(), err)
	}
	started, err := taken.Started(1, "arn:x/execution/run1")
	if err != nil {
		t.Fatal(err)
	}
	stopping, _, err := started.Stop("kei", now)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]record.Date{"one that was started": started, "one that is stopped": stopping, "another's": again} {
		if _, err := r.Withdraw(1, 1); !errors.Is(err, record.ErrUnchanged) {
			t.Errorf("Withdraw of %s = %v; want ErrUnchanged", name, err)
		}
	}
}
