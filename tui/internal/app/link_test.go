package app_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// How an engine that does not answer is shown, and that it answers again.

func TestNothingCanBeRead(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: func(f *enginetest.Fake) {
		f.FailNext("Days", errors.New("no route to host"))
		f.FailNext("Watch", errors.New("no route to host"))
	}}, func(p *script) {
		p.Expect("The days can't be read", "no route to host", "r tries again", "stale")
		time.Sleep(2 * time.Second)
		p.settle()
		p.Expect("Missing", "live").ExpectNot("no route to host")
	})
}

// TestStale says why changes do not arrive in a word, and in full to whoever tries
// again, which is done at once.
func TestStale(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: func(f *enginetest.Fake) {
		month(f)
		f.FailNext("Watch", fmt.Errorf("list s3://forecasts/records/: %w: no policy allows it", forecast.ErrUnauthorised))
	}}, func(p *script) {
		p.ExpectLine("stale 0s, next try 09:30:01: not authorised", "✓44").ExpectNot("no policy")
		p.Press("r").Expect("trying again after list s3://forecasts/records/: not authorised: no policy allows it", "live").ExpectNot("stale 0s")
		p.Press("j").ExpectNot("trying again")
	})
	narrow := scene{width: 80, height: 24, seed: func(f *enginetest.Fake) { f.FailNext("Watch", errors.New("no route to host")) }}
	play(t, narrow, func(p *script) { p.Expect("stale 0s: no route to host").ExpectNot("next try") })
}

// TestRead says how old what is shown is, where changes are looked for now and then.
func TestRead(t *testing.T) {
	t.Parallel()
	looked := time.Date(2026, time.January, 20, 9, 28, 0, 0, time.UTC)
	play(t, scene{seed: month, looked: looked}, func(p *script) { p.Expect("live, read 18:28") })
	play(t, scene{seed: month, looked: looked, width: 80, height: 24}, func(p *script) { p.Expect("live").ExpectNot("read 18:28") })
}

// An engine that is throttled is asked again until it answers; meanwhile it is said
// so, and what was read stays.
func TestThrottled(t *testing.T) {
	t.Parallel()
	refused := fmt.Errorf("list s3://forecasts/state/: %w: S3 ListObjectsV2: Please reduce your request rate", forecast.ErrThrottled)
	play(t, scene{seed: func(f *enginetest.Fake) {
		month(f)
		for range 3 {
			f.FailNext("Days", refused)
			f.FailNext("Watch", refused)
		}
	}}, func(p *script) {
		p.ExpectLine("stale", "next try", "throttled").Expect("The days can't be read", "it is tried again by itself   r tries now")
		p.Resize(80, 24).ExpectLine("stale", "throttled").Resize(120, 40)
		for range 8 {
			time.Sleep(time.Second)
			p.settle()
		}
		p.ExpectLine("live").ExpectLine("2026-01-18", "Failed").ExpectNot("throttled", "next try")
		calls := p.fake.Calls("Days")
		p.fake.FailNext("Days", refused)
		p.Press("r").ExpectLine("shown as of", "throttled", "(tried again by itself, r: details)").ExpectLine("2026-01-18", "Failed")
		time.Sleep(2 * time.Second)
		p.settle()
		p.ExpectNot("throttled").ExpectCalls("Days", calls+2)
	})
}

// A page that is read again finds out that the engine answers: changes are heard of at
// once, however long it was to be waited.
func TestAnsweredAgain(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: func(f *enginetest.Fake) {
		month(f)
		for range 6 {
			f.FailNext("Watch", forecast.ErrUnavailable)
		}
	}}, func(p *script) {
		for range 40 {
			time.Sleep(time.Second)
			p.settle()
		}
		p.ExpectNot(" live ").Press("r").Expect(" live ")
	})
}

// A log that was asked for while the engine was throttled does not open when the
// operator is elsewhere.
func TestThrottledLog(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.fake.FailNext("Executions", forecast.ErrThrottled)
		p.Press(":").Type("logs 2026-01-18").Press("enter").ExpectPage(page.Days).Expect("throttled")
		time.Sleep(5 * time.Second)
		p.settle()
		p.ExpectPage(page.Days)
	})
}

// Above the rows stands of which kind a failure is; r tells the whole of it, over the page
// if the foot is too short, and tries again at once.
func TestDetailsOfAFailure(t *testing.T) {
	t.Parallel()
	refused := fmt.Errorf("read days: list s3://forecasts/records/: %w: S3 ListObjectsV2: AccessDenied: User: arn:aws:sts::123456789012:assumed-role/ops is not authorized to perform: s3:ListBucket (HTTP 403, request 7d0c3a64-1f2e-4c7b-9d57-0c1f3a1f4b2e)", forecast.ErrUnauthorised)
	play(t, scene{seed: month, width: 80, height: 24}, func(p *script) {
		p.fake.FailNext("Days", refused)
		p.Press("r").ExpectLine("! shown as of 09:30:00 JST: read days: not authorised (r tries again)").ExpectNot("7d0c3a64", "ListBucket")
		p.fake.FailNext("Days", errors.New("state: no route to host (attempt 3)"))
		p.Press("r").ExpectPage(page.Confirm).ExpectLine("Tried again now").Expect("s3:ListBucket", "7d0c3a64", "enter closes this").ExpectNot("leaves it as it is").
			Press("enter").ExpectPage(page.Days).ExpectLine("! shown as of", "read days: no route to host (r tries again)")
		p.Press("r").ExpectPage(page.Days).Expect("trying again after read days: state: no route to host").ExpectNot("shown as of")
		p.Press("j r").ExpectNot("trying again")
	})
}

// Every page that goes on to show what it had says so, and of when that is.
func TestPagesThatAreNotReadAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ page, lead, method, shows string }{
		{"day", "j enter", "Executions", "TrainEvaluation"},
		{"metrics", "j m", "Evaluation", "kei kanto"},
		{"partition", "8*j d", "Partitions", "attempt 1"},
		{"partitions", "8*j 2*d", "Days", "attempt 1"},
		{"forecast", "8*j f", "Forecasts", "compact"},
		{"progress", "j V 3*j R enter", "Plans", "Queued"},
	} {
		t.Run(tt.page, func(t *testing.T) {
			t.Parallel()
			play(t, scene{seed: month, width: 120, height: 30}, func(p *script) {
				p.Press(tt.lead).Advance(time.Second).ExpectPage(page.Kind(tt.page)).Expect(tt.shows)
				p.fake.FailNext(tt.method, fmt.Errorf("read it: %w: no policy", forecast.ErrUnauthorised))
				p.Press("r").ExpectLine("! shown as of ", ": not authorised (r tries again)").ExpectNot("shown as of before").Expect(tt.shows)
				p.Press("r").Expect("trying again after", "no policy").ExpectNot("shown as of").Press("k").ExpectNot("no policy").Expect(tt.shows)
			})
		})
	}
}
