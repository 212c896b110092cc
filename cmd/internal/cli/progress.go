package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// progress writes a line for each step of a plan of one date that has ended, or
// for each date of a plan of several.
type progress struct {
	plan  forecast.Plan
	out   io.Writer
	style style
	now   func() time.Time

	mu    sync.Mutex
	rows  map[calendar.Date]forecast.PlanRow // that run
	seen  map[string]bool                    // lines that are written
	ended int                                // dates
}

func newProgress(s *session, plan forecast.Plan) *progress {
	p := &progress{
		plan: plan, out: s.app.env.Stderr, style: s.app.style, now: s.app.env.Now,
		rows: map[calendar.Date]forecast.PlanRow{}, seen: map[string]bool{},
	}
	if !isTerminal(p.out) { // colours are decided for standard output
		p.style.colour = false
	}
	for _, row := range plan.Rows {
		if row.Action != forecast.ActionSkip {
			p.rows[row.Date] = row
		}
	}
	return p
}

// days takes in days as they are now, and writes what is new.
func (p *progress) days(days []forecast.Day) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, day := range days {
		row, ok := p.rows[day.Date]
		if !ok || day.Last.Attempt <= row.ExpectedAttempt && row.Action != forecast.ActionJoin {
			continue // not of this plan, or not its attempt yet
		}
		p.tries(day)
		if len(p.rows) == 1 {
			p.steps(day)
		} else {
			p.day(day)
		}
	}
}

// tries says of the steps that are tried again which try it is and why. A wait
// may be too short to be seen: then the try itself is.
func (p *progress) tries(day forecast.Day) {
	for _, step := range day.Steps {
		try, line := step.Tries, fmt.Sprintf("try %d", step.Tries)
		switch {
		case step.Status == forecast.StepWaiting && step.Tries > 0:
			try++
			line = firstLine(step.Reason.Text)
		case step.Tries < 2 || !day.Last.Status.Open():
			continue
		}
		p.write(fmt.Sprintf("%s %d %s try %d", day.Date, day.Last.Attempt, step.Name, try), fmt.Sprintf("%s  %-15s  %s", day.Date, step.Name, line))
	}
}

func (p *progress) steps(day forecast.Day) {
	for _, step := range day.Steps {
		if step.Status.Open() || step.Status == forecast.StepSkipped {
			continue
		}
		line := fmt.Sprintf("%-15s  %s", step.Name, p.style.state(stepMark(step.Status), string(step.Status)))
		if d := step.Took(p.now()); d > 0 {
			line += "  " + took(d)
		}
		if step.Tries > 1 {
			line += "  " + strconv.Itoa(step.Tries) + " tries"
		}
		if reason := firstLine(step.Reason.Text); reason != "" {
			line += "  " + reason
		}
		p.write(fmt.Sprintf("%d %s", day.Last.Attempt, step.Name), day.Date.String()+"  "+line)
	}
}

func (p *progress) day(day forecast.Day) {
	id := fmt.Sprintf("%s %d", day.Date, day.Last.Attempt)
	if day.Last.Status.Open() || p.seen[id] {
		return
	}
	p.ended++
	line := fmt.Sprintf("[%*d/%d] %s  %s  %s", len(strconv.Itoa(len(p.rows))), p.ended, len(p.rows), day.Date,
		p.style.state(dayMark(day.State), string(day.State)), took(day.Last.Took(p.now())))
	if wape := measure(day.Evaluated(), "wape"); wape != "" && day.State == forecast.DaySucceeded {
		line += "  wape " + wape
	}
	p.write(id, strings.TrimRight(line+"  "+dayReason(day), " "))
}

// drifted says of the dates that were not run why.
func (p *progress) drifted(rows []forecast.PlanRow) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, row := range rows {
		if row.State == forecast.RowDrifted {
			p.write(row.Date.String()+" drifted", fmt.Sprintf("%s  not run: %s", row.Date, firstLine(row.Outcome)))
		}
	}
}

// write writes a line once.
func (p *progress) write(id, line string) {
	if p.seen[id] {
		return
	}
	p.seen[id] = true
	fmt.Fprintln(p.out, line)
}
