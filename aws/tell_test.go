package aws_test

import (
	"context"
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

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// mailbox is a web page that keeps the messages it gets, and refuses the first
// few.
type mailbox struct {
	refuse   atomic.Int32
	audience alert.Audience

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
	m.audience = alert.Audience{Channels: map[alert.Kind][]alert.Channel{}, Refresh: &alert.Channel{Name: "refresh", URL: server.URL}}
	for _, kind := range alert.Kinds() {
		m.audience.Channels[kind] = []alert.Channel{{Name: "notify." + string(kind) + "[0]", URL: server.URL}}
	}
	return m
}

// tells is an option with which an engine tells the mailbox.
func (m *mailbox) tells(o *aws.Options) { o.Alerts = m.audience }

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

func (m *mailbox) awaitSubjects(t *testing.T, want ...string) {
	t.Helper()
	await(t, strings.Join(want, ", "), func() ([]string, error) {
		got, _ := m.subjects()
		return got, nil
	}, func(got []string) bool { return slices.Equal(got, want) })
}

// TestMessages checks who is told what of single dates, by the processes that ran
// them: the same as on one machine.
func TestMessages(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Script{
		day(10): {forecast.Train: {enginetest.Fails("boom")}}, day(11): {forecast.TrainEvaluation: {enginetest.Gates("wape 0.4 > 0.3")}},
	}, accountOptions{speed: 10})
	box := newMailbox(t)
	e := a.open(t, box.tells)
	for n := range 3 {
		must(t, run(t.Context(), e, day(10+n)))
	}
	a.fixed.Store(true)
	for n := range 3 {
		p := applied(t, e, forecast.PlanRequest{Kind: forecast.PlanRerun, Dates: []calendar.Date{day(10 + n)}, Actor: "aki"})
		driven(t, e, p.ID)
	}
	want := []string{
		"FAILED  exercise 2026-01-10 at Train", "GATED  exercise 2026-01-11 at TrainEvaluation",
		"RECOVERED  exercise 2026-01-10", "RECOVERED  exercise 2026-01-11",
	}
	got, refreshes := box.subjects()
	if diff := cmp.Diff(want, got); diff != "" || refreshes != 4 {
		t.Errorf("%d refreshes, want 4; messages (-want +got): %s", refreshes, diff)
	}
	first := box.got[0]
	if !strings.Contains(first.Reason, "boom") || !slices.Contains(first.Commands, "daybatch logs 2026-01-10 --step train") {
		t.Errorf("the first message is %+v; want its reason and what to do", first)
	}
}

// TestMessagesOfPlans checks that a plan of several dates reports itself, once.
func TestMessagesOfPlans(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Script{day(10): {forecast.Train: {enginetest.Fails("boom")}}}, accountOptions{speed: 10})
	box := newMailbox(t)
	e := a.open(t, box.tells)
	driven(t, e, applied(t, e, backfill(10, 14, 1)).ID)
	got, refreshes := box.subjects()
	if want := []string{"BACKFILL PARTLY  exercise, 5 dates 2026-01-10 .. 2026-01-14"}; !slices.Equal(got, want) || refreshes != 1 {
		t.Errorf("messages = %q, %d refreshes; want %q, 1", got, refreshes, want)
	}
	request := backfill(11, 12, 1)
	request.Mode, request.Publish = forecast.ModeAll, forecast.PublishStaged
	p := driven(t, e, applied(t, e, request).ID)
	for _, verb := range []forecast.PlanVerb{forecast.VerbPublish, forecast.VerbRollback} {
		if _, err := e.Control(t.Context(), p.ID, verb, "aki"); err != nil {
			t.Fatal(err)
		}
		driven(t, e, p.ID)
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

// TestMessagesOnce lets a date fail that nobody watches, and several servers look
// afterwards: one of them sends the message, and again when it did not arrive.
func TestMessagesOnce(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Script{day(10): {forecast.Train: {enginetest.Fails("boom")}}}, accountOptions{speed: 10})
	must(t, run(t.Context(), a.open(t, nil), day(10)))
	box := newMailbox(t)
	box.refuse.Store(1)
	ctx, cancel := context.WithCancel(t.Context())
	var servers sync.WaitGroup
	for _, actor := range []string{"kei", "mio", "rin"} {
		server := a.open(t, func(o *aws.Options) { o.Actor, o.Alerts = actor, box.audience })
		servers.Go(func() { _ = server.Serve(ctx) })
	}
	box.awaitSubjects(t, "FAILED  exercise 2026-01-10 at Train")
	looks := a.sim.Calls()["s3.ListObjectsV2"]
	await(t, "more looks", func() (int, error) { return a.sim.Calls()["s3.ListObjectsV2"], nil }, func(n int) bool { return n > looks+50 })
	cancel()
	servers.Wait()
	got, _ := box.subjects()
	if len(got) != 1 || box.refuse.Load() >= 0 {
		t.Errorf("messages %q, and %d more are refused; want one", got, box.refuse.Load())
	}
}

// TestUnsentMessage: a channel that refuses harms nobody, and doctor tells.
func TestUnsentMessage(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Script{day(10): {forecast.Train: {enginetest.Fails("boom")}}}, accountOptions{speed: 10})
	box := newMailbox(t)
	box.refuse.Store(100)
	e := a.open(t, box.tells)
	must(t, run(t.Context(), e, day(10)))
	found, err := e.Examine(t.Context())
	if err != nil || kinds(found) != "unsent-message " || !strings.Contains(found[0].Text, "notify.failed[0]") {
		t.Errorf("Examine = %+v, %v; want the message that did not arrive", found, err)
	}
}

// TestLateMessages checks that a server tells of a date that has no forecast at its
// deadline, once, and that it has recovered.
func TestLateMessages(t *testing.T) {
	t.Parallel()
	def := enginetest.Definition()
	date := calendar.Of(2026, time.February, 10)
	def.Timezone, def.Schedule, def.LateAfter, def.CatchUp, def.End = "UTC", "cron(0 6 * * ? *)", "09:00", forecast.CatchUpNone, date+10
	a := newAccount(t, def, enginetest.Script{}, accountOptions{start: (date + 1).Start(time.UTC).Add(9*time.Hour - 2*time.Minute), speed: 10})
	box := newMailbox(t)
	box.audience = alert.Audience{Channels: map[alert.Kind][]alert.Channel{
		alert.Late: box.audience.Of(alert.Late), alert.Recovered: box.audience.Of(alert.Recovered),
	}}
	server := a.open(t, func(o *aws.Options) { o.Alerts, o.Look = box.audience, 20*time.Millisecond })
	go func() { _ = server.Serve(t.Context()) }()
	box.awaitSubjects(t, "LATE  exercise 2026-02-10")
	must(t, run(t.Context(), a.open(t, nil), date))
	box.awaitSubjects(t, "LATE  exercise 2026-02-10", "RECOVERED  exercise 2026-02-10")
}

// TestMessagesOfDrift checks that people are told once that forecasts have become
// worse than expected, and once that they no longer are, by processes that end.
func TestMessagesOfDrift(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Drifts(day(10), day(17)), accountOptions{speed: 10})
	box := newMailbox(t)
	e := a.open(t, func(o *aws.Options) {
		o.Alerts = alert.Audience{Channels: map[alert.Kind][]alert.Channel{alert.Drift: box.audience.Of(alert.Drift)}}
	})
	p := applied(t, e, forecast.PlanRequest{Kind: forecast.PlanBackfill, Range: calendar.Range{From: day(10), To: day(17)}, Mode: forecast.ModeMissing, Actor: "aki"})
	driven(t, e, p.ID)
	began, passed := "DRIFT  exercise since 2026-01-17", "DRIFT PASSED  exercise 2026-01-17 .. 2026-01-17"
	if got, _ := box.subjects(); !slices.Equal(got, []string{began}) {
		t.Errorf("once errors were above what was to be expected, messages = %q; want %q", got, began)
	}
	must(t, run(t.Context(), e, day(18)))
	must(t, run(t.Context(), e, day(20)))
	if got, _ := box.subjects(); !slices.Equal(got, []string{began, passed}) {
		t.Errorf("after three good dates, messages = %q; want %q and %q", got, began, passed)
	}
}
