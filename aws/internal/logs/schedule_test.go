package logs_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/aws/internal/logs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	run    = "abc123def456"
	settle = 10 * time.Second
)

var date = calendar.Of(2026, time.January, 15)

// history is what jobs do and write, and when.
type history struct {
	jobs   []logs.Job // with their starts and ends
	events []written
	query  logs.Query
	late   bool // events may arrive after later ones
}

// drawHistory draws jobs one after the other, or all steps in one job, whose
// instances write few texts in few milliseconds, so that many lines are equal.
func drawHistory(t *rapid.T, late bool) history {
	h := history{late: late, query: logs.Query{Run: run, Date: date}}
	fused := rapid.Bool().Draw(t, "fused")
	jobs := 1
	if !fused {
		jobs = rapid.IntRange(1, 3).Draw(t, "jobs")
	}
	steps := forecast.StepNames()
	at := time.Duration(0)
	for i := range jobs {
		job := logs.Job{Name: fmt.Sprintf("pipelines-%s-%d", run, i), Kind: logs.Processing}
		if !fused {
			job.Step = steps[i/2] // with a second try of the first
		}
		length := rapid.IntRange(0, 30).Draw(t, "seconds")
		job.Start = began.Add(at)
		h.drawEvents(t, job, at, time.Duration(length)*time.Second)
		at += time.Duration(length) * time.Second
		job.End = began.Add(at)
		h.jobs = append(h.jobs, job)
		at += time.Second
	}
	h.query.Step = rapid.SampledFrom([]forecast.StepName{"", "", steps[0], steps[1]}).Draw(t, "step")
	return h
}

func (h *history) drawEvents(t *rapid.T, job logs.Job, from, length time.Duration) {
	for i := range rapid.IntRange(0, 25).Draw(t, "events") {
		e := written{stream: job.Name + "/algo-1-17000", at: from}
		if h.late && rapid.IntRange(0, 2).Draw(t, "instance") == 0 {
			e.stream = job.Name + "/algo-2-17003"
		}
		e.at += length / 10 * time.Duration(rapid.SampledFrom([]int{0, 1, 2, 4, 9, 10}).Draw(t, "tenths"))
		e.at = e.at.Truncate(time.Millisecond)
		// Of equal events that arrive in one millisecond, in two pages, the second
		// is late too.
		e.arrives = e.at + time.Duration(i)*time.Millisecond
		if h.late {
			e.arrives = e.at + rapid.SampledFrom([]time.Duration{0, 0, time.Second / 3, 2 * time.Second, 9 * time.Second}).Draw(t, "delay")
		}
		text := rapid.SampledFrom([]string{"a", "a", "b", " c\t", "two\nlines", "d\n\n\ne\n"}).Draw(t, "text")
		if job.Step == "" {
			text = h.drawTags(t, text)
		}
		e.message = text
		h.events = append(h.events, e)
	}
}

// drawTags tags the lines of a message with one of two steps and dates.
func (h *history) drawTags(t *rapid.T, text string) string {
	tag := logs.Tag{Run: run, Step: rapid.SampledFrom(forecast.StepNames()[:2]).Draw(t, "tag"), Date: date}
	if rapid.IntRange(0, 4).Draw(t, "other date") == 0 {
		tag.Date++
	}
	var out strings.Builder
	w := logs.NewWriter(&out, tag)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatalf("Write = %v", err)
	}
	return out.String()
}

// known returns the jobs as they are known now.
func (h *history) known(c *clock) (jobs []logs.Job, complete bool, err error) {
	complete = true
	for _, job := range h.jobs {
		if job.Start.After(c.now) {
			return jobs, false, nil
		}
		if job.Ended = !job.End.After(c.now); !job.Ended {
			job.End, complete = time.Time{}, false
		}
		jobs = append(jobs, job)
	}
	return jobs, complete, nil
}

// want returns the lines that the query selects, in the order of a fresh read.
func (h *history) want(s *service) []forecast.LogLine {
	var all []forecast.LogLine
	for _, e := range s.events {
		job := h.jobs[slices.IndexFunc(h.jobs, func(j logs.Job) bool { return strings.HasPrefix(e.stream, j.Name+"/") })]
		for text := range strings.SplitSeq(strings.TrimSuffix(e.message, "\n"), "\n") {
			line := forecast.LogLine{At: began.Add(e.at), Step: job.Step, Stream: e.stream, Text: text}
			if job.Step == "" {
				tag, rest, ok := logs.ParseTag(run, text)
				if !ok || tag.Date != date {
					continue
				}
				line.Step, line.Text = tag.Step, rest
			}
			if h.query.Step == "" || h.query.Step == line.Step {
				all = append(all, line)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b forecast.LogLine) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Stream, b.Stream))
	})
	count(all)
	return all
}

// count numbers the lines of each step and stream.
func count(all []forecast.LogLine) {
	next := map[string]int64{}
	for i, line := range all {
		p := string(line.Step) + " " + line.Stream
		all[i].Seq = next[p]
		next[p]++
	}
}

func (h *history) open(s *service, follow bool) forecast.LogStream {
	query := h.query
	query.Follow = follow
	query.Jobs = func(context.Context) ([]logs.Job, bool, error) { return h.known(s.clock) }
	return logs.New(s, logs.Options{Now: s.clock.Now, Sleep: s.clock.Sleep, Limiter: s, Settle: settle}).Open(query)
}

// readAll reads to the end. Errors of the service don't end it: Next may be
// called again.
func readAll(t interface{ Fatalf(string, ...any) }, log forecast.LogStream) []forecast.LogLine {
	var all []forecast.LogLine
	for range 100_000 {
		lines, err := log.Next(context.Background())
		switch {
		case errors.Is(err, io.EOF):
			return all
		case err != nil && !strings.Contains(err.Error(), "try later"):
			t.Fatalf("Next = %v; want lines or io.EOF", err)
		case err == nil && len(lines) == 0:
			t.Fatalf("Next = no lines and no error; want lines or an error")
		}
		all = append(all, lines...)
	}
	t.Fatalf("Next goes on after 100,000 calls; want io.EOF")
	return nil
}

func (s *service) draw(t *rapid.T) {
	s.throttled = rapid.SampledFrom([]int{0, 30}).Draw(t, "throttled")
	s.empty = rapid.SampledFrom([]int{0, 40}).Draw(t, "empty")
	s.refused = rapid.SampledFrom([]int{0, 5}).Draw(t, "refused")
	s.broken = rapid.SampledFrom([]int{0, 5}).Draw(t, "broken")
	s.repeated = rapid.SampledFrom([]int{0, 50}).Draw(t, "repeated")
	s.pageSize = rapid.SampledFrom([]int{1, 2, 5, 100}).Draw(t, "page")
}

// checkCalls checks that the limiter was asked for each call.
func (s *service) checkCalls(t *rapid.T) {
	if diff := gocmp.Diff(s.made, s.asked); diff != "" {
		t.Errorf("calls of the service and of the limiter (-service +limiter): %s", diff)
	}
}

// TestEveryLineOnce follows a log while jobs start, write late and end, and reads
// it afterwards.
func TestEveryLineOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, true)
		s := newService(newClock(), logs.Processing.Group(), rapid.Uint64().Draw(t, "seed"), h.events)
		s.draw(t)
		s.latency = rapid.SampledFrom([]time.Duration{0, 400 * time.Millisecond}).Draw(t, "latency")
		want := h.want(s)

		followed := readAll(t, h.open(s, true))
		numbered := slices.Clone(followed)
		count(numbered)
		if diff := gocmp.Diff(numbered, followed); diff != "" {
			t.Errorf("followed lines have holes in Seq (-want +got): %s", diff)
		}
		if diff := gocmp.Diff(bag(want), bag(followed)); diff != "" {
			t.Errorf("followed lines, in any order (-want +got): %s", diff)
		}
		if diff := gocmp.Diff(want, readAll(t, h.open(s, false))); diff != "" {
			t.Errorf("lines read afresh (-want +got): %s", diff)
		}
		s.checkCalls(t)
	})
}

// TestFollowedIsRead follows a log of which nothing arrives late: the lines and
// their order are those of a fresh read.
func TestFollowedIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, false)
		s := newService(newClock(), logs.Processing.Group(), rapid.Uint64().Draw(t, "seed"), h.events)
		s.draw(t)
		// From somewhere in the middle: what was there before is in order too.
		s.clock.now = began.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "opened")) * time.Second)
		want := h.want(s)
		if diff := gocmp.Diff(want, readAll(t, h.open(s, true))); diff != "" {
			t.Errorf("followed lines (-want +got): %s", diff)
		}
		if diff := gocmp.Diff(want, readAll(t, h.open(s, false))); diff != "" {
			t.Errorf("lines read afresh (-want +got): %s", diff)
		}
	})
}

// bag counts lines without their numbers.
func bag(all []forecast.LogLine) map[forecast.LogLine]int {
	counts := map[forecast.LogLine]int{}
	for _, line := range all {
		line.Seq = 0
		counts[line]++
	}
	return counts
}
