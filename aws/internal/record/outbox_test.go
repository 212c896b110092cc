package record_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// TestOutbox takes a notice from when it is noted until it is forgotten.
func TestOutbox(t *testing.T) {
	t.Parallel()
	date := calendar.Of(2026, time.January, 15)
	at := func(minutes int) time.Time {
		return time.Date(2026, time.January, 16, 6, minutes, 0, 0, time.UTC)
	}
	note := func(o record.Outbox, when time.Time, notices ...alert.Notice) record.Outbox {
		t.Helper()
		next, err := o.Add(notices, when)
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	failed := alert.Notice{Kind: alert.Failed, Date: date, Key: "failed", At: at(0)}
	first := note(record.Outbox{}, at(1), failed, alert.Notice{Kind: alert.Refresh, Key: "refresh", At: at(0)})
	if !first.Refreshed.Equal(at(0)) || len(first.Open()) != 2 || first.Open()[0].ID == first.Open()[1].ID {
		t.Fatalf("the outbox is %+v; want two notices that are open", first)
	}
	if _, err := first.Add([]alert.Notice{failed}, at(2)); !errors.Is(err, record.ErrUnchanged) {
		t.Errorf("Add of what is noted = %v; want that nothing changes", err)
	}
	id := first.Open()[0].ID
	claimed, err := first.Claim(id, "mail", at(3), at(4))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(first.Open()[0].Deliveries); n != 0 {
		t.Errorf("the outbox before has %d deliveries now; want none", n)
	}
	for _, tt := range []struct {
		when time.Time
		ok   bool
	}{{at(3), false}, {at(4), true}} {
		if _, err := claimed.Claim(id, "mail", tt.when, at(9)); tt.ok != (err == nil) {
			t.Errorf("Claim at %s = %v; want it to be free: %v", tt.when, err, tt.ok)
		}
	}
	if _, err := claimed.Claim(id, "other", at(3), at(4)); err != nil {
		t.Errorf("Claim for another channel = %v", err)
	}
	refused, err := claimed.Sent(id, "mail", "no answer", at(4), at(6))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := refused.Claim(id, "mail", at(5), at(9)); err == nil {
		t.Error("it may be tried again before its time")
	}
	sent, err := refused.Sent(id, "mail", "", at(7), at(9))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sent.Claim(id, "mail", at(30), at(40)); err == nil {
		t.Error("what was sent may be sent again")
	}
	closed, err := sent.Close(id)
	if err != nil || len(closed.Open()) != 1 {
		t.Errorf("Close = %v, open %+v; want the refresh alone", err, closed.Open())
	}

	// What is old is forgotten, but not that a date is in trouble.
	other := alert.Notice{Kind: alert.Late, Date: date + 9, Key: "late", At: at(5000)}
	later := note(closed, at(5000), other)
	if told, ok := later.Told(date); !ok || told.Key != "failed" || later.Has("refresh") {
		t.Errorf("after days the outbox is %+v; want that people were told of %s, and no refresh", later, date)
	}
	recovered := note(later, at(5001), alert.Notice{Kind: alert.Recovered, Date: date, Key: "recovered", At: at(5001)})
	if end := note(recovered, at(10000), alert.Notice{Kind: alert.Late, Key: "x", At: at(10000)}); end.Has("failed") || end.Has("recovered") || !end.Has("late") {
		t.Errorf("when it is over the outbox is %+v; want the other date's trouble alone", end)
	}
}

// A drift may last for any time, so that what was told of it is remembered until
// something else is.
func TestOutboxDrift(t *testing.T) {
	t.Parallel()
	begun := time.Date(2026, time.January, 16, 9, 0, 0, 0, time.UTC)
	var o record.Outbox
	for days, key := range []string{"drift/a", "other", "other too", "drift/a/passed", "and more"} {
		kind := alert.Late
		if strings.HasPrefix(key, "drift") {
			kind = alert.Drift
		}
		var err error
		if o, err = o.Add([]alert.Notice{{Kind: kind, Key: key}}, begun.AddDate(0, 0, 50*days)); err != nil {
			t.Fatal(err)
		}
		if began, passed := o.Has("drift/a"), o.Has("drift/a/passed"); began != (days <= 3) || passed != (days >= 3) {
			t.Errorf("after %d days people were told that it began: %v, and passed: %v", 50*days, began, passed)
		}
	}
}
