package record

import (
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// keptNotices is how long a notice is remembered, so that it is not noted again.
	keptNotices = 2 * alert.Stale
	// keptTrouble is how long it is remembered that people were told of a date, so
	// that they are told when it recovers.
	keptTrouble = 30 * 24 * time.Hour
)

// Outbox is what people and dashboards are told, and how far that is. Its methods
// return it as it is after a change; they share nothing that changes with it.
type Outbox struct {
	Since   time.Time `json:"since,omitzero"` // when somebody began to look
	Next    int64     `json:"next"`           // id of the next notice, less one
	Notices []Notice  `json:"notices,omitempty"`
	// Refreshed is the newest change of what readers see that dashboards are told of.
	Refreshed time.Time `json:"refreshed,omitzero"`
}

// Notice is a notice and whether nothing of it is left to be sent. How old it is
// goes by the clock of those who send, which is not that of the events in an
// account that is simulated.
type Notice struct {
	alert.Notice

	Noted  time.Time `json:"noted"`
	Closed bool      `json:"closed,omitempty"`
}

// Has reports whether a notice with a key is remembered.
func (o Outbox) Has(key string) bool {
	return slices.ContainsFunc(o.Notices, func(n Notice) bool { return n.Key == key })
}

// Told returns what people were told last of a date, false if nothing.
func (o Outbox) Told(d calendar.Date) (alert.Notice, bool) {
	for _, n := range slices.Backward(o.Notices) {
		if n.Date == d && n.Kind != alert.Refresh {
			return n.Notice, true
		}
	}
	return alert.Notice{}, false
}

// Add notes what is to be told, but for what is noted already, and forgets what is
// old.
func (o Outbox) Add(notices []alert.Notice, now time.Time) (Outbox, error) {
	fresh := slices.DeleteFunc(slices.Clone(notices), func(n alert.Notice) bool { return o.Has(n.Key) })
	if len(fresh) == 0 {
		return o, ErrUnchanged
	}
	all := o.Notices
	o.Notices = nil
	drift := newestDrift(all) // it may last for any time, and is told once
	for _, n := range all {
		last, _ := o.lastOf(all, n.Date)
		trouble := !n.Date.IsZero() && n.Kind != alert.Refresh && n.Kind != alert.Recovered && last.Key == n.Key
		if age := now.Sub(n.Noted); age < keptNotices || trouble && age < keptTrouble || n.Key == drift {
			o.Notices = append(o.Notices, n)
		}
	}
	for _, n := range fresh {
		o.Next++
		n.ID = o.Next
		o.Notices = append(o.Notices, Notice{Notice: n, Noted: now})
		if n.Kind == alert.Refresh && n.At.After(o.Refreshed) {
			o.Refreshed = n.At
		}
	}
	return o, nil
}

// newestDrift returns the key of the newest notice about drift, empty if there is
// none.
func newestDrift(notices []Notice) string {
	for _, n := range slices.Backward(notices) {
		if n.Kind == alert.Drift {
			return n.Key
		}
	}
	return ""
}

// lastOf returns what people were told last of a date.
func (Outbox) lastOf(notices []Notice, d calendar.Date) (alert.Notice, bool) {
	return Outbox{Notices: notices}.Told(d)
}

// Open returns the notices of which something may be left to be sent, as old as
// they have been noted.
func (o Outbox) Open() []alert.Notice {
	var open []alert.Notice
	for _, n := range o.Notices {
		if !n.Closed {
			n.At = n.Noted
			open = append(open, n.Notice)
		}
	}
	return open
}

// Claim reserves the sending of a notice to a channel until an instant. It is
// ErrUnchanged if another sends it now or has, or if it is not to be sent yet.
func (o Outbox) Claim(id int64, channel string, now, until time.Time) (Outbox, error) {
	return o.deliver(id, channel, func(d *alert.Delivery) bool {
		if !d.Sent.IsZero() || d.Claimed.After(now) || d.NotBefore.After(now) {
			return false
		}
		d.Claimed = until
		d.Tries++
		return true
	})
}

// Sent records how a sending came out: it arrived if failure is empty, else it is
// to be tried again not before an instant.
func (o Outbox) Sent(id int64, channel, failure string, now, again time.Time) (Outbox, error) {
	return o.deliver(id, channel, func(d *alert.Delivery) bool {
		d.Claimed, d.Error, d.NotBefore = time.Time{}, failure, again
		if failure == "" {
			d.Sent, d.NotBefore = now, time.Time{}
		}
		return true
	})
}

// Close records that nothing of a notice is left to be sent.
func (o Outbox) Close(id int64) (Outbox, error) {
	i := slices.IndexFunc(o.Notices, func(n Notice) bool { return n.ID == id })
	if i < 0 || o.Notices[i].Closed {
		return o, ErrUnchanged
	}
	o.Notices = slices.Clone(o.Notices)
	o.Notices[i].Closed = true
	return o, nil
}

// deliver changes how far a notice is with a channel.
func (o Outbox) deliver(id int64, channel string, change func(*alert.Delivery) bool) (Outbox, error) {
	i := slices.IndexFunc(o.Notices, func(n Notice) bool { return n.ID == id })
	if i < 0 {
		return o, ErrUnchanged
	}
	o.Notices = slices.Clone(o.Notices)
	n := &o.Notices[i]
	n.Deliveries = slices.Clone(n.Deliveries)
	k := slices.IndexFunc(n.Deliveries, func(d alert.Delivery) bool { return d.Channel == channel })
	if k < 0 {
		k = len(n.Deliveries)
		n.Deliveries = append(n.Deliveries, alert.Delivery{Channel: channel})
	}
	if !change(&n.Deliveries[k]) {
		return o, ErrUnchanged
	}
	return o, nil
}
