package simulation

import (
	"testing"
	"time"
)

// TestMoment changes the speed of the account's time: it never jumps, and never
// goes back.
func TestMoment(t *testing.T) {
	t.Parallel()
	host := time.Date(2026, time.January, 15, 6, 0, 0, 0, time.UTC)
	m := moment{}.from(host, 1)
	if !m.now(host).Equal(host) {
		t.Errorf("the account begins at %s; want the host's time", m.now(host))
	}
	fast := m.from(host.Add(time.Minute), Speed)
	if got, want := fast.now(host.Add(time.Minute+time.Second)), host.Add(time.Minute+Speed*time.Second); !got.Equal(want) {
		t.Errorf("a second later it is %s; want %s", got, want)
	}
	slow := fast.from(host.Add(time.Minute+2*time.Second), 1)
	if got, want := slow.now(host.Add(2*time.Minute+2*time.Second)), host.Add(2*time.Minute+2*Speed*time.Second); !got.Equal(want) {
		t.Errorf("slow again it is %s; want %s", got, want)
	}
	// Who wrote that time is fast was killed, or slept with its machine.
	if got, most := fast.now(host.Add(10*time.Hour)), host.Add(11*time.Hour); got.After(most) {
		t.Errorf("ten hours after a process that was killed it is %s; want %s at most", got, most)
	}
	if got := slow.now(host); !got.Equal(slow.At) {
		t.Errorf("when the host's clock was set back it is %s; want %s", got, slow.At)
	}
}

// TestClock reads the time that another process has written.
func TestClock(t *testing.T) {
	t.Parallel()
	dir, host := t.TempDir(), time.Date(2026, time.January, 15, 6, 0, 0, 0, time.UTC)
	clock := NewClock(dir, func() time.Time { return host })
	if got := clock.Now(); !got.Equal(host) {
		t.Errorf("without an account it is %s; want the host's time", got)
	}
	if err := (moment{At: host.Add(time.Hour), Host: host, Speed: Speed}).write(dir); err != nil {
		t.Fatal(err)
	}
	host = host.Add(time.Second)
	if got, want := clock.Now(), host.Add(time.Hour-time.Second+Speed*time.Second); !got.Equal(want) {
		t.Errorf("it is %s; want %s", got, want)
	}
}

// TestBind puts parameters where they stand, and nowhere else.
func TestBind(t *testing.T) {
	t.Parallel()
	got, err := bind("SELECT '?' AS q FROM t WHERE ds BETWEEN ? AND ? -- ?", []string{"DATE '2026-01-01'", "DATE '2026-01-15'"})
	if want := "SELECT '?' AS q FROM t WHERE ds BETWEEN DATE '2026-01-01' AND DATE '2026-01-15' -- ?"; err != nil || got != want {
		t.Errorf("bind = %q, %v; want %q", got, err, want)
	}
	if _, err := bind("SELECT ?", nil); err == nil {
		t.Error("a parameter without a value was bound")
	}
}
