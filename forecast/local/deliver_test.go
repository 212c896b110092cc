//go:build unix

package local_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local"
)

// mailbox is a web page that keeps the messages it gets, and refuses the first
// few.
type mailbox struct {
	refuse atomic.Int32
	url    string

	mu  sync.Mutex
	got []alert.Message
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var message alert.Message
		if err := json.NewDecoder(r.Body).Decode(&message); err != nil || m.refuse.Add(-1) >= 0 {
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.got = append(m.got, message)
	}))
	t.Cleanup(server.Close)
	m.url = server.URL
	return m
}

// subjects returns the subjects of what came, in order, without the refreshes,
// and the number of those.
func (m *mailbox) subjects() (subjects []string, refreshes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, message := range m.got {
		if strings.HasPrefix(message.Subject, "REFRESH") {
			refreshes++
			continue
		}
		subjects = append(subjects, message.Subject)
	}
	return subjects, refreshes
}

// alerts tells the mailbox everything.
func (m *mailbox) alerts() alert.Audience {
	a := alert.Audience{Channels: map[alert.Kind][]alert.Channel{}, Refresh: &alert.Channel{Name: "refresh", URL: m.url}}
	for _, kind := range alert.Kinds() {
		a.Channels[kind] = []alert.Channel{{Name: "notify." + string(kind) + "[0]", URL: m.url}}
	}
	return a
}

// told opens a project whose messages go to a mailbox.
func told(t *testing.T, script enginetest.Script, change func(*local.Options)) (*local.Engine, *mailbox) {
	t.Helper()
	box := newMailbox(t)
	o := options(enginetest.Definition())
	o.Alerts = box.alerts()
	change(&o)
	return open(t, newProject(t, script), o), box
}

// TestMessages checks what is told of a date that fails, is gated, waits, and
// recovers.
func TestMessages(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	e, box := told(t, enginetest.Script{
		d:     {forecast.Train: {enginetest.Fails("boom"), {}}},
		d + 1: {forecast.TrainEvaluation: {enginetest.Gates("wape 0.4 > 0.3"), {}}},
		d + 2: {forecast.Extract: {enginetest.Lacks("no rows"), {}}},
	}, func(*local.Options) {})
	for i := range 3 {
		if err := runDate(t.Context(), e, d+calendar.Date(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		id, _ := planned(t, e, rerun(d+calendar.Date(i)), d+calendar.Date(i))
		carryOut(t, e, id)
	}
	want := []string{
		"FAILED  exercise 2026-01-10 at Train",
		"GATED  exercise 2026-01-11 at TrainEvaluation",
		"RECOVERED  exercise 2026-01-10",
		"RECOVERED  exercise 2026-01-11",
	}
	got, refreshes := box.subjects()
	if diff := cmp.Diff(want, got); diff != "" || refreshes != 3 {
		t.Errorf("%d refreshes, want 3; messages (-want +got): %s", refreshes, diff)
	}
}

// TestMessagesOfDrift checks that people are told once that forecasts have become
// worse than expected, and once that they no longer are, by processes that end.
func TestMessagesOfDrift(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	e, box := told(t, enginetest.Drifts(d, d+7), func(*local.Options) {})
	drift := func() []string {
		all, _ := box.subjects()
		return slices.DeleteFunc(all, func(subject string) bool { return !strings.HasPrefix(subject, "DRIFT") })
	}
	id, _ := planned(t, e, backfill(forecast.ModeMissing, d, d+7), d)
	carryOut(t, e, id)
	began, passed := "DRIFT  exercise since 2026-01-17", "DRIFT PASSED  exercise 2026-01-17 .. 2026-01-17"
	if got := drift(); !slices.Equal(got, []string{began}) {
		t.Errorf("once errors were above what was to be expected, messages = %q; want %q", got, began)
	}
	must(t, runDate(t.Context(), e, d+8))
	if got := drift(); len(got) != 1 {
		t.Errorf("after a good day, messages = %q; want no more", got)
	}
	must(t, runDate(t.Context(), e, d+10))
	if got := drift(); !slices.Equal(got, []string{began, passed}) {
		t.Errorf("after three, messages = %q; want %q and %q", got, began, passed)
	}
}

// TestMessagesOfPlans checks that a plan of several dates reports itself, once,
// and brings the dashboard up to date once.
func TestMessagesOfPlans(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	e, box := told(t, enginetest.Script{d: {forecast.Train: {enginetest.Fails("boom")}}}, func(*local.Options) {})
	id, _ := planned(t, e, backfill(forecast.ModeMissing, d, d+4), d)
	carryOut(t, e, id)
	got, refreshes := box.subjects()
	if want := []string{"BACKFILL PARTLY  exercise, 5 dates 2026-01-10 .. 2026-01-14"}; !slices.Equal(got, want) || refreshes != 1 {
		t.Errorf("messages = %q, %d refreshes; want %q, 1", got, refreshes, want)
	}
	// A staged one is reported when it waits for review; its rollback refreshes too.
	request := backfill(forecast.ModeAll, d+1, d+2)
	request.Publish = forecast.PublishStaged
	id, _ = planned(t, e, request, d+1)
	carryOut(t, e, id)
	for _, verb := range []forecast.PlanVerb{forecast.VerbPublish, forecast.VerbRollback} {
		if _, err := e.Control(t.Context(), id, verb, "aki"); err != nil {
			t.Fatal(err)
		}
		if err := e.Drive(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	got, refreshes = box.subjects()
	var words []string
	for _, subject := range got[1:] {
		word, _, _ := strings.Cut(subject, "  ")
		words = append(words, word)
	}
	if want := []string{"BACKFILL WAITS FOR REVIEW", "BACKFILL SUCCEEDED", "BACKFILL ROLLED BACK"}; !slices.Equal(words, want) || refreshes != 3 {
		t.Errorf("messages = %q, %d refreshes; want %q, 3", words, refreshes, want)
	}
}

// TestMessagesAreTriedAgain checks that a channel that refuses harms nobody, and
// gets its message later, with the same key, from whichever process looks.
func TestMessagesAreTriedAgain(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	now := clock()
	var later atomic.Int64
	dir := newProject(t, enginetest.Script{d: {forecast.Train: {enginetest.Fails("boom")}}})
	box := newMailbox(t)
	box.refuse.Store(1)
	o := options(enginetest.Definition())
	o.Alerts = box.alerts()
	o.Now = func() time.Time { return now().Add(time.Duration(later.Load())) }
	e, peer := open(t, dir, o), open(t, dir, o)
	if err := runDate(t.Context(), e, d); err != nil {
		t.Fatal(err)
	}
	if got, _ := box.subjects(); len(got) != 0 || box.refuse.Load() != 0 {
		t.Fatalf("the mailbox has %q, and refuses %d more; want it to have refused one", got, box.refuse.Load())
	}
	if err := peer.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := box.subjects(); len(got) != 0 {
		t.Fatalf("%q came before its time", got)
	}
	later.Store(int64(time.Hour))
	var both sync.WaitGroup
	for _, engine := range []*local.Engine{e, peer} {
		both.Go(func() {
			if err := engine.Deliver(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if got, _ := box.subjects(); len(got) != 1 {
		t.Errorf("messages = %q; want one", got)
	}
	later.Store(int64(2 * time.Hour))
	if err := e.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := box.subjects(); len(got) != 1 {
		t.Errorf("messages = %q; want the one, once", got)
	}
}

// TestLate checks that dates without a forecast at their deadline are told once,
// many of them in one message, and that what comes late has recovered.
func TestLate(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	var now atomic.Int64
	at := func(day calendar.Date, hour int) {
		now.Store(day.Start(time.UTC).Add(time.Duration(hour) * time.Hour).UnixNano())
	}
	def := enginetest.Definition()
	def.Timezone, def.Schedule, def.LateAfter, def.CatchUp = "UTC", "cron(0 6 * * ? *)", "09:00", forecast.CatchUpNone
	e, box := told(t, enginetest.Script{}, func(o *local.Options) {
		o.Definition = def
		o.Now = func() time.Time { return time.Unix(0, now.Load()) }
	})
	since := d.Start(time.UTC)
	for _, hour := range []int{8, 9, 10} {
		at(d+1, hour) // d is due at 06:00 of the day after
		e.Turn(t.Context(), since)
		if err := e.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := box.subjects(); !slices.Equal(got, []string{"LATE  exercise 2026-01-10"}) && !slices.Equal(got, []string{"LATE  exercise 2026-01-09", "LATE  exercise 2026-01-10"}) {
		t.Errorf("messages = %q; want that %s is late, once", got, d)
	}
	if err := runDate(t.Context(), e, d); err != nil {
		t.Fatal(err)
	}
	got, _ := box.subjects()
	if last := got[len(got)-1]; last != "RECOVERED  exercise 2026-01-10" {
		t.Errorf("the last message is %q; want that %s recovered", last, d)
	}
}
