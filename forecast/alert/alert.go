// Package alert says what deserves a message to people who are not looking at
// the screen, and what the message says. It decides and words; engines send.
//
// There is one message for each state that needs a person, and one when it has
// passed. A plan of several dates reports itself, not each date.
package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/scrub"
)

// Kind is a kind of message.
type Kind string

// Kinds of messages.
const (
	Failed    Kind = "failed"    // a date failed, and no automatic try is left
	Gated     Kind = "gated"     // the gate refused a date
	Late      Kind = "late"      // a date has no forecast of its own at its deadline
	Recovered Kind = "recovered" // a date about which there was a message is good
	Backfill  Kind = "backfill"  // a plan ended, paused, or waits for review
	Drift     Kind = "drift"     // forecasts have become worse than expected, or no longer are
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Failed, Gated, Late, Recovered, Backfill, Drift} }

// Channel is where messages go: to an address or to a command.
type Channel struct {
	// Name identifies the channel in records and errors, for example
	// "notify.failed[0]". It holds no secret.
	Name string
	// URL is an address as shoutrrr reads it, or that of a webhook, http:// or
	// https://, which gets the message as JSON. Its secrets are in place.
	URL string
	// Command is run with the message as JSON on its standard input.
	Command []string
	// Lacks names the variable that the address needs and this process has not;
	// empty if it has them all.
	Lacks string
}

// Message is what a channel gets.
type Message struct {
	Kind     Kind            `json:"kind"`
	Key      string          `json:"key"` // the same for a message that is sent again
	Pipeline string          `json:"pipeline"`
	Dates    []calendar.Date `json:"dates,omitempty"`
	Plan     forecast.PlanID `json:"plan,omitempty"`
	Attempt  int             `json:"attempt,omitempty"`
	Step     string          `json:"step,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Subject  string          `json:"subject"`
	Body     string          `json:"body"`     // lines of plain text
	Commands []string        `json:"commands"` // what to run next
}

// Text is the message as one plain text.
func (m Message) Text() string { return m.Subject + "\n" + m.Body }

// Day is what a message about a date is made of.
type Day struct {
	Pipeline forecast.Pipeline
	Kind     Kind
	Key      string
	Day      forecast.Day // as it is now
	// Attempt is the one that the message is about, with its steps; its Attempt
	// is 0 for a date that is late without one.
	Attempt forecast.Execution
	// ErrorLine is the first line of the failed step's log that looks like an
	// error; empty if none does.
	ErrorLine string
	// Input says how the data that were judged are unlike those before.
	Input    []string
	Deadline time.Time // when the date becomes late; zero: never
	Now      time.Time
	Zone     *time.Location
}

// OfDay words a message about a date.
func OfDay(d Day) Message {
	m := Message{
		Kind: d.Kind, Key: d.Key, Pipeline: d.Pipeline.Name, Dates: []calendar.Date{d.Day.Date}, Plan: d.Attempt.Plan,
		Attempt: d.Attempt.Attempt,
	}
	date := d.Day.Date.String()
	m.Subject = fmt.Sprintf("%s  %s %s", strings.ToUpper(string(d.Kind)), d.Pipeline.Name, date)
	step, stopped := failedStep(d.Attempt)
	if stopped && d.Kind != Recovered {
		m.Step = string(step.Name)
		m.Subject += " at " + m.Step
	}
	var body []string
	if d.Kind != Recovered {
		m.Reason = line(reason(d, step))
		body = append(body, "why     "+m.Reason)
		if d.ErrorLine != "" && !strings.Contains(m.Reason, line(d.ErrorLine)) {
			body = append(body, "log     "+line(d.ErrorLine))
		}
	}
	body = append(body, input(d.Input)...)
	body = append(body, "readers "+readers(d))
	if next := next(d); next != "" {
		body = append(body, "next    "+next)
	}
	if by := by(d); by != "" {
		body = append(body, by)
	}
	m.Commands = commands(d, step, stopped)
	if len(m.Commands) > 0 {
		body = append(body, "do      "+strings.Join(m.Commands, "    "))
	}
	m.Body = strings.Join(body, "\n")
	return m
}

// mostInput is how many ways in which data are unlike a message tells.
const mostInput = 3

func input(texts []string) (lines []string) {
	for _, text := range texts[:min(mostInput, len(texts))] {
		lines = append(lines, "input   "+line(text))
	}
	return lines
}

// line makes text that a program wrote fit to be sent: its first line, without
// escape sequences and credentials.
func line(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return scrub.Line(scrub.Redact(first))
}

func failedStep(e forecast.Execution) (forecast.Step, bool) {
	return forecast.Day{Steps: e.Steps}.FailedStep()
}

func reason(d Day, step forecast.Step) string {
	switch {
	case d.Kind == Late:
		return d.Day.Reason.Text
	case step.Reason.Text != "":
		return step.Reason.Text
	case d.Attempt.Reason.Text != "":
		return d.Attempt.Reason.Text
	default:
		return d.Day.Reason.Text
	}
}

// readers says what readers of the date see.
func readers(d Day) string {
	p := d.Day.Partition
	switch {
	case p.Generation == "":
		return "see no partition of " + d.Day.Date.String()
	case p.Kind == forecast.GenerationFallback:
		return fallbackText(p)
	case d.Kind == Recovered || d.Attempt.Attempt > 0 && p.Execution == d.Attempt.ID:
		return "see generation " + p.Generation + " of " + clock(d, p.Published)
	default:
		return "still see generation " + p.Generation + " of " + clock(d, p.Published)
	}
}

// fallbackText says which forecast fills the date, and how old it is: it goes
// stale from day to day.
func fallbackText(p forecast.Partition) string {
	switch {
	case p.FallbackModel != "":
		return "see a fallback: the same weekdays of the data up to " + p.FallbackOf.String()
	case p.Age() == 1:
		return fmt.Sprintf("see a fallback from %s, 1 day old", p.FallbackOf)
	default:
		return fmt.Sprintf("see a fallback from %s, %d days old", p.FallbackOf, p.Age())
	}
}

func clock(d Day, t time.Time) string {
	zone := d.Zone
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	if calendar.In(t, zone) == calendar.In(d.Now, zone) {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// next says what happens by itself.
func next(d Day) string {
	var parts []string
	if d.Kind == Failed || d.Kind == Gated {
		class := d.Attempt.Reason.Class
		if step, ok := failedStep(d.Attempt); ok && class == forecast.ReasonNone {
			class = step.Reason.Class
		}
		parts = append(parts, fmt.Sprintf("no automatic retry (%s)", class))
	}
	switch left := d.Deadline.Sub(d.Now); {
	case d.Deadline.IsZero() || d.Kind == Recovered:
	case left > 0:
		parts = append(parts, fmt.Sprintf("late at %s, in %s", clock(d, d.Deadline), about(left)))
	default:
		parts = append(parts, "late since "+clock(d, d.Deadline))
	}
	return strings.Join(parts, "; ")
}

// about rounds a duration for people: 1 h 52 min.
func about(t time.Duration) string {
	t = t.Round(time.Minute)
	hours, minutes := int(t.Hours()), int(t.Minutes())%60
	switch {
	case hours == 0:
		return fmt.Sprintf("%d min", minutes)
	case minutes == 0:
		return fmt.Sprintf("%d h", hours)
	default:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	}
}

// by says which attempt it was, and where.
func by(d Day) string {
	place := d.Pipeline.Engine + " " + d.Pipeline.Place
	if d.Attempt.Attempt == 0 {
		return place
	}
	text := fmt.Sprintf("attempt %d by %s", d.Attempt.Attempt, d.Attempt.Actor)
	if d.Attempt.Plan != "" {
		text += ", plan " + string(d.Attempt.Plan)
	}
	return text + ", " + place
}

// commands are what to run next.
func commands(d Day, step forecast.Step, stopped bool) []string {
	date := d.Day.Date.String()
	switch {
	case d.Kind == Recovered:
		return nil
	case d.Kind == Gated:
		return []string{"daybatch metrics " + date, "daybatch rerun " + date}
	case stopped:
		name := strings.ToLower(string(step.Name))
		return []string{"daybatch logs " + date + " --step " + name, "daybatch rerun " + date + " --from-step " + name}
	case d.Day.State == forecast.DayRunning:
		return []string{"daybatch logs " + date + " -f"}
	case d.Attempt.Attempt > 0:
		return []string{"daybatch steps " + date, "daybatch rerun " + date}
	default:
		return []string{"daybatch run " + date}
	}
}

// OfPlan words a message about a plan that has ended, paused, or waits for
// review.
func OfPlan(p forecast.Pipeline, plan forecast.Plan, key string) Message {
	m := Message{Kind: Backfill, Key: key, Pipeline: p.Name, Plan: plan.ID, Reason: line(plan.Reason)}
	what := string(plan.Outcome)
	switch plan.State {
	case forecast.PlanPaused:
		what = "paused"
		m.Commands = []string{"daybatch backfill resume " + string(plan.ID), "daybatch backfill stop " + string(plan.ID)}
	case forecast.PlanReview:
		what = "waits for review"
		m.Commands = []string{"daybatch backfill diff " + string(plan.ID), "daybatch backfill publish " + string(plan.ID)}
	default:
		if plan.Outcome != forecast.OutcomeSucceeded && plan.Outcome != forecast.OutcomeRolledBack {
			m.Commands = []string{"daybatch backfill show " + string(plan.ID), "daybatch backfill retry " + string(plan.ID)}
		}
	}
	first, last := span(plan)
	m.Subject = fmt.Sprintf("%s %s  %s, %d dates %s .. %s", strings.ToUpper(string(plan.Request.Kind)), strings.ToUpper(what), p.Name, len(plan.Rows), first, last)
	notGood := []forecast.RowState{forecast.RowFailed, forecast.RowGated, forecast.RowWaiting}
	for _, row := range plan.Rows {
		if slices.Contains(notGood, row.State) {
			m.Dates = append(m.Dates, row.Date)
		}
	}
	slices.Sort(m.Dates)
	body := []string{"why     " + m.Reason}
	for _, row := range plan.Rows {
		if slices.Contains(notGood, row.State) {
			body = append(body, fmt.Sprintf("%-7s %s %s", strings.ToLower(string(row.State)), row.Date, line(row.Outcome)))
		}
		if len(body) > mostRows {
			body = append(body, "        and more: daybatch backfill show "+string(plan.ID))
			break
		}
	}
	body = append(body, fmt.Sprintf("plan %s by %s, %s %s", plan.ID, plan.Request.Actor, p.Engine, p.Place))
	if len(m.Commands) > 0 {
		body = append(body, "do      "+strings.Join(m.Commands, "    "))
	}
	m.Body = strings.Join(body, "\n")
	return m
}

// mostRows is how many rows of a plan, or messages of a digest, are named.
const mostRows = 5

func span(plan forecast.Plan) (first, last calendar.Date) {
	for i, row := range plan.Rows {
		if i == 0 || row.Date < first {
			first = row.Date
		}
		if i == 0 || row.Date > last {
			last = row.Date
		}
	}
	return first, last
}

// Digest folds messages of one kind into one, the newest date first.
func Digest(messages []Message) Message {
	first := messages[0]
	m := Message{Kind: first.Kind, Key: first.Key, Pipeline: first.Pipeline}
	m.Subject = fmt.Sprintf("%s  %s: %d dates", strings.ToUpper(string(m.Kind)), m.Pipeline, len(messages))
	messages = slices.SortedFunc(slices.Values(messages), func(a, b Message) int { return strings.Compare(b.Subject, a.Subject) })
	var body []string
	for i, one := range messages {
		m.Dates = append(m.Dates, one.Dates...)
		if i < mostRows {
			body = append(body, one.Subject)
			if one.Reason != "" {
				body = append(body, "        "+one.Reason)
			}
		}
	}
	if more := len(messages) - mostRows; more > 0 {
		body = append(body, fmt.Sprintf("and %d more", more))
	}
	m.Commands = []string{"daybatch days"}
	m.Body = strings.Join(append(body, "do      daybatch days"), "\n")
	return m
}

// ErrorLine returns the first line of a log that looks like an error, empty if
// none does.
func ErrorLine(lines []forecast.LogLine) string {
	for _, l := range lines {
		text := strings.ToLower(l.Text)
		for _, word := range []string{"error", "fatal", "panic", "exception", "traceback"} {
			if strings.Contains(text, word) {
				return line(l.Text)
			}
		}
	}
	return ""
}
