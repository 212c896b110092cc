package aws_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// TestManyDrivers lets operators carry out backfills of their own at the same
// time: together they run no more dates than the pipeline may.
func TestManyDrivers(t *testing.T) {
	t.Parallel()
	const operators, each, most = 3, 5, 2
	def := enginetest.Definition()
	def.Limits.MaxActive = most
	a := newAccount(t, def, enginetest.Script{}, accountOptions{speed: 10})
	var group sync.WaitGroup
	for n := range operators {
		e := a.open(t, func(o *aws.Options) { o.Actor = string(rune('a' + n)) })
		p := applied(t, e, backfill(1+n*each, (n+1)*each, 1))
		group.Go(func() {
			if p := driven(t, e, p.ID); p.Outcome != forecast.OutcomeSucceeded {
				t.Errorf("plan of %s ended %s, %s; want Succeeded", p.Request.Actor, p.Outcome, p.Reason)
			}
		})
	}
	group.Wait()
	if got := a.together(t); got != most {
		t.Errorf("%d dates ran at the same time; want %d", got, most)
	}
}

// together returns how many attempts were open at the same time, at most.
func (a *account) together(t *testing.T) int {
	t.Helper()
	type moment struct {
		at   time.Time
		more int
	}
	var all []moment
	for _, r := range recordsOf(t, a) {
		for _, x := range r.Attempts {
			all = append(all, moment{x.Created, 1}, moment{x.Ended, -1})
		}
	}
	slices.SortFunc(all, func(a, b moment) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return a.more - b.more
	})
	open, most := 0, 0
	for _, m := range all {
		open += m.more
		most = max(most, open)
	}
	return most
}
