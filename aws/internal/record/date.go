package record

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// Date is the record of a date. Its methods return the record as it is after a
// change; they share nothing that changes with it.
type Date struct {
	Date  calendar.Date `json:"date"`
	Fence int64         `json:"fence"` // of the newest claim
	// Claim says who works at the date; nil: nobody.
	Claim        *Claim                 `json:"claim,omitempty"`
	Current      string                 `json:"current,omitempty"` // generation that readers see
	Attempts     []Attempt              `json:"attempts,omitempty"`
	Generations  map[string]*Generation `json:"generations,omitempty"`
	Publications []Publication          `json:"publications,omitempty"`
	// Checked is what the last look at the source found out: see [Date.Check].
	Checked *Check `json:"checked,omitempty"`
}

// Claim says who works at a date.
type Claim struct {
	Attempt int       `json:"attempt"`
	Fence   int64     `json:"fence"`
	Holder  string    `json:"holder"` // user@host
	Since   time.Time `json:"since"`
	Stop    time.Time `json:"stop,omitzero"` // since when nothing may be published any more
	StopBy  string    `json:"stop_by,omitempty"`
}

// Attempt is an execution of the date and how it is carried out.
type Attempt struct {
	forecast.Execution

	Fence int64 `json:"fence"`
	// Token is the client token of the start.
	Token string `json:"token"`
	// ARN is SageMaker's execution; empty until it is known to have started.
	ARN string `json:"arn,omitempty"`
	// Carrier is its display name, which differs from the attempt's id if it
	// carries several dates.
	Carrier string `json:"carrier"`
	Staged  bool   `json:"staged,omitempty"` // it builds its generation and does not publish it
	// Metrics are what the gate saw; nil: it did not get that far.
	Metrics forecast.Measures `json:"metrics,omitempty"`
	// Parameters are those that SageMaker was given.
	Parameters map[string]string `json:"parameters,omitempty"`
	// Source is the run whose steps are taken over; empty: none.
	Source string `json:"source,omitempty"`
	// Selected are the steps of a selective execution; nil: SageMaker runs all.
	Selected []string `json:"selected,omitempty"`
	// Jobs are those of its run, once that has ended; nil: not known yet.
	Jobs []runs.Job `json:"jobs,omitempty"`
	// SharedBy is how many dates shared them; 0: it was the only one.
	SharedBy int `json:"shared_by,omitempty"`
}

// Run returns the identity of SageMaker's execution, below which its outputs are.
func (a Attempt) Run() string { return naming.RunID(a.ARN) }

// Shared reports whether the run carries several dates.
func (a Attempt) Shared() bool { return naming.IsRangeToken(a.Token) }

// Generation is a complete version of the partition.
type Generation struct {
	forecast.Partition

	Metrics  forecast.Measures `json:"metrics,omitempty"`
	Manifest string            `json:"manifest,omitempty"` // SHA-256 of its manifest
	Deleted  time.Time         `json:"deleted,omitzero"`   // its files are gone
}

// Publication is a change of what readers see. It is never changed.
type Publication struct {
	From  string    `json:"from,omitempty"` // generation before; empty: none
	To    string    `json:"to,omitempty"`   // generation since; empty: the partition was withdrawn
	Kind  string    `json:"kind"`           // publish, rollback, fallback
	Actor string    `json:"actor"`
	At    time.Time `json:"at"`
}

// Kinds of publications.
const (
	KindPublish  = "publish"
	KindRollback = "rollback"
	KindFallback = "fallback"
)

// Last returns the last attempt, the zero value if there is none.
func (d Date) Last() Attempt {
	if len(d.Attempts) == 0 {
		return Attempt{}
	}
	return d.Attempts[len(d.Attempts)-1]
}

// Attempt returns the attempt with number n, or an error wrapping
// forecast.ErrNotFound.
func (d Date) Attempt(n int) (Attempt, error) {
	for _, a := range d.Attempts {
		if a.Attempt == n {
			return a, nil
		}
	}
	return Attempt{}, fmt.Errorf("attempt %d of %s: %w", n, d.Date, forecast.ErrNotFound)
}

// Open reports whether an attempt of the date is open.
func (d Date) Open() bool { return d.Claim != nil }

// clone returns a copy that shares nothing that the methods change.
func (d Date) clone() Date {
	d.Attempts = slices.Clone(d.Attempts)
	d.Publications = slices.Clone(d.Publications)
	if d.Claim != nil {
		claim := *d.Claim
		d.Claim = &claim
	}
	d.Generations = maps.Clone(d.Generations)
	if d.Generations == nil {
		d.Generations = make(map[string]*Generation)
	}
	return d
}

// held returns the error of a date that somebody works at.
func (d Date) held() error {
	return &forecast.HeldError{Date: d.Date, Attempt: d.Claim.Attempt, Holder: d.Claim.Holder, Since: d.Claim.Since}
}

// Take begins an attempt. It is a [forecast.HeldError] if the date is taken. To
// take it again for the same attempt of the same plan changes nothing.
func (d Date) Take(a Attempt, holder string, now time.Time) (Date, error) {
	if d.Claim != nil {
		last := d.Last()
		if last.Attempt == a.Attempt && last.Token == a.Token && last.Plan == a.Plan && d.Claim.Stop.IsZero() {
			return d, ErrUnchanged
		}
		return d, d.held()
	}
	if want := d.Last().Attempt + 1; a.Attempt != want {
		return d, fmt.Errorf("begin attempt %d of %s: %w: the next one is a%d", a.Attempt, a.Date, forecast.ErrConflict, want)
	}
	d = d.clone()
	d.Date = a.Date
	d.Fence++
	a.Fence = d.Fence
	d.Claim = &Claim{Attempt: a.Attempt, Fence: d.Fence, Holder: holder, Since: now}
	d.Attempts = append(d.Attempts, a)
	return d, nil
}

// Withdraw takes an attempt back that was never started. One that somebody has started
// since, or stopped, stays.
func (d Date) Withdraw(n int, fence int64) (Date, error) {
	a, err := d.Attempt(n)
	if err != nil || a.ARN != "" || d.Last().Attempt != n || d.Holds(n, fence) != nil {
		return d, ErrUnchanged
	}
	d = d.clone()
	d.Claim, d.Attempts = nil, d.Attempts[:len(d.Attempts)-1]
	return d, nil
}

// Started records which execution of SageMaker an attempt is.
func (d Date) Started(n int, arn string) (Date, error) {
	a, err := d.Attempt(n)
	switch {
	case err != nil:
		return d, err
	case a.ARN == arn:
		return d, ErrUnchanged
	case a.ARN != "" && naming.RunID(a.ARN) != naming.RunID(arn):
		return d, fmt.Errorf("record that %s started: %w: it is %s", a.ID, forecast.ErrConflict, a.ARN)
	}
	a.ARN = arn
	return d.with(a), nil
}

// Revise changes how an attempt is carried out that has not been started yet.
func (d Date) Revise(a Attempt) (Date, error) {
	now, err := d.Attempt(a.Attempt)
	switch {
	case err != nil:
		return d, err
	case now.ARN != "" || !now.Status.Open():
		return d, ErrUnchanged
	}
	a.Fence, a.Token, a.Status = now.Fence, now.Token, now.Status
	return d.with(a), nil
}

// with returns the record with an attempt replaced.
func (d Date) with(a Attempt) Date {
	d = d.clone()
	for i := range d.Attempts {
		if d.Attempts[i].Attempt == a.Attempt {
			d.Attempts[i] = a
		}
	}
	return d
}

// Stop marks the open attempt: from then on it publishes nothing. The answer is
// TooLate if it has already. Without an open attempt it wraps
// forecast.ErrNotFound.
func (d Date) Stop(actor string, now time.Time) (Date, forecast.StopAnswer, error) {
	if d.Claim == nil {
		return d, forecast.StopAnswer{}, fmt.Errorf("stop %s: no open attempt: %w", d.Date, forecast.ErrNotFound)
	}
	a, err := d.Attempt(d.Claim.Attempt)
	if err != nil {
		return d, forecast.StopAnswer{}, err
	}
	answer := forecast.StopAnswer{Execution: a.ID}
	if d.Current != "" && d.Current == a.Generation {
		answer.TooLate, answer.Generation = true, d.Current
		return d, answer, ErrUnchanged
	}
	if !d.Claim.Stop.IsZero() {
		return d, answer, ErrUnchanged
	}
	a.Status = forecast.Stopping
	d = d.with(a)
	d.Claim.Stop, d.Claim.StopBy = now, actor
	return d, answer, nil
}

// Holds returns why an attempt may not write any more, nil if it may.
func (d Date) Holds(n int, fence int64) error {
	switch {
	case d.Claim == nil || d.Claim.Attempt != n || d.Claim.Fence != fence:
		return fmt.Errorf("attempt %d of %s: %w: the date was taken by another", n, d.Date, forecast.ErrConflict)
	case !d.Claim.Stop.IsZero():
		return fmt.Errorf("attempt %d of %s: %w", n, d.Date, ErrStopping)
	default:
		return nil
	}
}

// Commit records the generation that an attempt built and, unless it is staged,
// makes it what readers see: this is the publication. It is refused if the
// attempt does not hold the date any more or is to stop.
func (d Date) Commit(n int, fence int64, g Generation, now time.Time) (Date, error) {
	if d.Generations[g.Generation] != nil {
		return d, ErrUnchanged // the same write, whose reply was lost
	}
	if err := d.Holds(n, fence); err != nil {
		return d, fmt.Errorf("publish generation %s: %w", g.Generation, err)
	}
	a, err := d.Attempt(n)
	if err != nil {
		return d, err
	}
	a.Generation = g.Generation
	d = d.with(a)
	if !a.Staged {
		g.Published = now
	}
	d.Generations[g.Generation] = &g
	if !a.Staged {
		d = d.published(g.Generation, KindPublish, a.Actor, now)
	}
	return d, nil
}

// published returns the record, which is the caller's own, with another
// generation for readers to see.
func (d Date) published(generation, kind, actor string, now time.Time) Date {
	d.Publications = append(d.Publications, Publication{From: d.Current, To: generation, Kind: kind, Actor: actor, At: now})
	d.Current = generation
	if g := d.Generations[generation]; g != nil && g.Published.IsZero() {
		published := *g
		published.Published = now
		d.Generations[generation] = &published
	}
	return d
}

// End ends an attempt as e says, and gives the date back if the attempt holds
// it. An attempt whose generation is published has succeeded whatever e says.
func (d Date) End(n int, e forecast.Execution) (Date, error) {
	a, err := d.Attempt(n)
	if err != nil {
		return d, err
	}
	if !a.Status.Open() {
		return d, ErrUnchanged
	}
	published := slices.ContainsFunc(d.Publications, func(p Publication) bool { return p.To != "" && p.To == a.Generation })
	if published {
		e.Status, e.Reason = forecast.Succeeded, forecast.Reason{}
	}
	e.Generation = a.Generation
	a.Execution = e
	d = d.with(a)
	if d.Claim != nil && d.Claim.Attempt == n {
		d.Claim = nil
	}
	return d, nil
}

// Evaluated records what the gate saw in an attempt.
func (d Date) Evaluated(n int, metrics forecast.Measures) (Date, error) {
	a, err := d.Attempt(n)
	if err != nil {
		return d, err
	}
	if maps.Equal(a.Metrics, metrics) {
		return d, ErrUnchanged
	}
	a.Metrics = maps.Clone(metrics)
	return d.with(a), nil
}

// Billed records the jobs of an attempt that has ended, and how many dates shared
// them.
func (d Date) Billed(n int, jobs []runs.Job, dates int) (Date, error) {
	a, err := d.Attempt(n)
	if err != nil {
		return d, err
	}
	if a.Status.Open() || slices.Equal(a.Jobs, jobs) {
		return d, ErrUnchanged
	}
	a.Jobs = slices.Clone(jobs)
	if a.SharedBy = 0; dates > 1 {
		a.SharedBy = dates
	}
	return d.with(a), nil
}

// Reopen notes that an attempt that had ended goes on: somebody retried it in
// SageMaker. What it has not done waits again. It takes the date, or is a
// [forecast.HeldError].
func (d Date) Reopen(n int, holder string, now time.Time) (Date, error) {
	a, err := d.Attempt(n)
	switch {
	case err != nil:
		return d, err
	case a.Status.Open():
		return d, ErrUnchanged
	case d.Claim != nil:
		return d, d.held()
	case d.Last().Attempt != n:
		return d, fmt.Errorf("reopen %s: %w: a%d came after it", a.ID, forecast.ErrConflict, d.Last().Attempt)
	}
	d.Fence++
	a.Fence, a.Status, a.Reason, a.Ended, a.Jobs = d.Fence, forecast.Executing, forecast.Reason{}, time.Time{}, nil
	a.Steps = slices.Clone(a.Steps)
	for i, step := range a.Steps {
		if !step.Status.Done() {
			a.Steps[i] = forecast.Step{Name: step.Name, Status: forecast.StepWaiting, Tries: step.Tries, Command: step.Command}
		}
	}
	d = d.with(a)
	d.Claim = &Claim{Attempt: n, Fence: d.Fence, Holder: holder, Since: now}
	return d, nil
}

// Replace makes a generation that was built what readers see, in place of
// expected; an empty one withdraws the partition. It is how staged generations
// are published and older ones brought back.
func (d Date) Replace(generation, expected, kind, actor string, now time.Time) (Date, error) {
	switch g := d.Generations[generation]; {
	case d.Claim != nil:
		return d, d.held()
	case d.Current == generation:
		return d, ErrUnchanged
	case d.Current != expected && (expected != "" || d.Own() != ""): // what expects none takes the place of a fallback
		return d, fmt.Errorf("%s %s: %w: generation %s is current, not %s", kind, d.Date, forecast.ErrConflict, orNone(d.Current), orNone(expected))
	case generation != "" && (g == nil || !g.Deleted.IsZero()):
		return d, fmt.Errorf("%s %s: generation %s: %w", kind, d.Date, generation, forecast.ErrNotFound)
	}
	return d.clone().published(generation, kind, actor, now), nil
}

// Own returns the current generation, empty if none is or if it is a fallback.
func (d Date) Own() string {
	if g := d.Generations[d.Current]; g != nil && g.Kind == forecast.GenerationFallback {
		return ""
	}
	return d.Current
}

// Fill records a fallback and makes it what readers see, in place of expected, an
// older one or none. It is refused if the date has a forecast of its own. Whoever
// works at the date goes on, and replaces it.
func (d Date) Fill(g Generation, expected, actor string, now time.Time) (Date, error) {
	switch {
	case d.Generations[g.Generation] != nil:
		return d, ErrUnchanged // the same write, whose reply was lost
	case d.Own() != "":
		return d, fmt.Errorf("fill %s: %w: it has a forecast of its own, generation %s", d.Date, forecast.ErrConflict, d.Current)
	case d.Current != expected:
		return d, fmt.Errorf("fill %s: %w: generation %s is current, not %s", d.Date, forecast.ErrConflict, orNone(d.Current), orNone(expected))
	}
	d = d.clone()
	g.Published = now
	d.Generations[g.Generation] = &g
	return d.published(g.Generation, KindFallback, actor, now), nil
}

func orNone(generation string) string {
	if generation == "" {
		return "none"
	}
	return generation
}

// Before returns the generation that readers saw before the current one and that
// is kept, and false if there is none. One that was rolled back from does not come
// again: see [plan.Before].
func (d Date) Before() (string, bool) {
	changes := make([]string, len(d.Publications))
	for i, p := range d.Publications {
		changes[i] = p.To
	}
	for _, generation := range plan.Before(changes) {
		if g := d.Generations[generation]; g != nil && g.Deleted.IsZero() {
			return generation, true
		}
	}
	return "", false
}

// Remove notes that the files of a generation that is not current are being
// removed, so that nobody makes it current again.
func (d Date) Remove(generation string, now time.Time) (Date, error) {
	g := d.Generations[generation]
	switch {
	case g == nil:
		return d, fmt.Errorf("remove generation %s of %s: %w", generation, d.Date, forecast.ErrNotFound)
	case d.Current == generation:
		return d, fmt.Errorf("remove generation %s of %s: %w: it is current", generation, d.Date, forecast.ErrConflict)
	case !g.Deleted.IsZero():
		return d, ErrUnchanged
	}
	d = d.clone()
	removed := *g
	removed.Deleted = now
	d.Generations[generation] = &removed
	return d, nil
}
