package naming_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// TestListIsReadBack: whatever the order and the numbers, the job reads the
// attempts that the engine wrote.
func TestListIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := calendar.Of(2026, time.November, 1)
		days := rapid.SliceOfNDistinct(rapid.IntRange(0, 120), 1, 60, rapid.ID).Draw(t, "days")
		var attempts []naming.Name
		for _, day := range days {
			d := first + calendar.Date(day)
			attempts = append(attempts, naming.Name{First: d, Last: d, Attempt: rapid.IntRange(1, 3).Draw(t, "attempt")})
		}
		got, wrong := naming.ParseList(naming.List(attempts))
		slices.SortFunc(attempts, func(a, b naming.Name) int { return int(a.First - b.First) })
		if diff := cmp.Diff(attempts, got); diff != "" || wrong != "" {
			t.Errorf("ParseList(List) stops at %q (-want +got):\n%s", wrong, diff)
		}
	})
}

func TestListIsShort(t *testing.T) {
	t.Parallel()
	first := calendar.Of(2026, time.November, 30)
	var attempts []naming.Name
	for n := range 30 { // newest first
		d := first - calendar.Date(n)
		attempts = append(attempts, naming.Name{First: d, Last: d, Attempt: 1})
	}
	attempts = append(attempts, naming.Name{First: first + 2, Last: first + 2, Attempt: 3})
	if got, want := naming.List(attempts), "2026-11-01-to-2026-11-30-a1,2026-12-02-a3"; got != want {
		t.Errorf("List = %q; want %q", got, want)
	}
	for _, text := range []string{"", "2026-11-01", "2026-11-01-a1,", "2026-11-01-to-2036-11-01-a1"} {
		if got, wrong := naming.ParseList(text); got != nil {
			t.Errorf("ParseList(%q) = %v, %q; want it refused", text, got, wrong)
		}
	}
}

func TestCarrierNames(t *testing.T) {
	t.Parallel()
	if plan, n, ok := naming.ParseCarrier(naming.Carrier("bf-1a2b3c4d", 12)); plan != "bf-1a2b3c4d" || n != 12 || !ok {
		t.Errorf("ParseCarrier = %s, %d, %t", plan, n, ok)
	}
	for _, name := range []string{"", "bf", "-1", "bf-0", "bf-01", "bf--1x", "bf-x"} {
		if plan, n, ok := naming.ParseCarrier(name); ok {
			t.Errorf("ParseCarrier(%q) = %s, %d; want it refused", name, plan, n)
		}
	}
}
