package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/foreign"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// records returns the dates of a window that have attempts, as records: made anew
// at each look, of what SageMaker lists. The attempts have no steps: view adds them.
func (t *theirs) records(ctx context.Context, window calendar.Range) (map[calendar.Date]record.Date, error) {
	attempts, notes, err := t.attempts(ctx, window)
	if err != nil {
		return nil, err
	}
	records := make(map[calendar.Date]record.Date, len(attempts))
	for d, list := range attempts {
		r := record.Date{Date: d}
		for _, a := range list {
			r.Attempts = append(r.Attempts, t.attempt(d, a, notes[d]))
		}
		if open, ok := foreign.Open(list); ok {
			r.Claim = &record.Claim{Attempt: open.Number, Holder: inSageMaker, Since: open.Run.Started}
			if note := open.Last(); note != nil {
				r.Claim.Holder, r.Claim.Since = note.Holder(), note.Created
			}
		}
		records[d] = r
	}
	return records, nil
}

// attempt is an attempt as it stands in a record.
func (t *theirs) attempt(d calendar.Date, a foreign.Attempt, notes foreign.Notes) record.Attempt {
	x := forecast.Execution{
		ID: naming.ExecutionID(d, a.Number), Pipeline: t.engine.definition.Pipeline, Date: d, Attempt: a.Number, Status: a.Status(),
		Cause: t.cause(a.Run), Host: "sagemaker", Created: a.Run.Started, Started: a.Run.Started, Note: a.Run.Assumed,
	}
	out := record.Attempt{ARN: a.Run.ARN, Carrier: a.Run.Name}
	if note := a.Last(); note != nil {
		x.Cause, x.Actor, x.Plan, x.Definition, x.StartStep = note.Cause, note.Actor, note.Plan, note.Definition, note.StartStep
		out.Token = note.ID
	}
	if !a.Started() && a.Note != nil {
		x.Created, x.Started = a.Note.Created, a.Note.Created
	}
	if a.Refused() {
		x.Reason, x.Ended = a.Note.Refused, a.Note.Ended
		if x.Reason.Class == forecast.ReasonStopped {
			x.Status = forecast.Stopped
		}
	}
	if retry := a.Retry; retry != nil && retry.Refused.Class == "" {
		x.Note = remark(x.Note, "retried by "+retry.Holder()+" at "+retry.Created.In(t.dating.Zone).Format("2006-01-02 15:04 MST"))
		if a.Reopening() && t.engine.options.Now().Sub(retry.Created) > startTime {
			x.UnknownSince = retry.Created.Add(startTime)
		}
	}
	if actor := notes.Stopped[a.Run.ID()]; actor != "" && a.Run.Status == forecast.Stopped {
		x.Reason = stoppedBy(actor)
	}
	out.Execution = x
	return out
}

// remark adds to what a reader has to know.
func remark(known, more string) string {
	if known == "" || more == "" {
		return known + more
	}
	return known + "; " + more
}

// cause is why somebody else started an execution.
func (t *theirs) cause(x foreign.Execution) forecast.Cause {
	if _, fired := t.dating.Fired(x.Given); fired {
		return forecast.CauseSchedule
	}
	return forecast.CauseManual
}

// view returns an attempt of a record as it is now.
func (t *theirs) view(ctx context.Context, r record.Date, a record.Attempt) (view, error) {
	v := view{execution: a.Execution}
	if a.ARN == "" {
		return v, t.viewPending(ctx, &v, a)
	}
	details, err := t.details(ctx, a.ARN, t.listedAs(a))
	if err != nil {
		return v, fmt.Errorf("look at %s: %w", a.ID, err)
	}
	graph, _, err := t.graphOf(ctx, a.ARN, details.Definition)
	if err != nil {
		return v, fmt.Errorf("look at %s: %w", a.ID, err)
	}
	look := foreign.Look{Run: details.Run, Graph: graph, Steps: details.Steps, Jobs: details.Jobs}
	shown := foreign.Show(look, func(run string) forecast.ExecutionID { return executionOf(r, run) })
	x := &v.execution
	x.Steps, x.Idle, x.Definition = shown.Steps, shown.Idle, details.Definition
	for i := range x.Steps {
		x.Steps[i].Measures = x.Steps[i].Measures || slices.Contains(details.Reported, string(x.Steps[i].Name))
	}
	if x.Actor == "" {
		x.Actor = actorOf(details.Run.By)
	}
	if x.StartStep == "" && len(graph.Steps) > 0 {
		x.StartStep = forecast.StepName(graph.Steps[0].Name)
	}
	x.Parent = executionOf(r, naming.RunID(details.Run.Source))
	x.Note = remark(x.Note, details.Problem)
	if x.Status.Open() == details.Run.Status.Open() {
		x.Status = details.Run.Status
	}
	if !x.Status.Open() {
		if x.Ended = shown.Ended; x.Reason.Text == "" {
			x.Reason = shown.Reason
		}
		x.Cost = t.cost(details)
	}
	v.metrics = details.Measures
	return v, nil
}

// listedAs is the status with which SageMaker lists the execution of an attempt.
func (t *theirs) listedAs(a record.Attempt) forecast.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, x := range t.listed {
		if x.ID() == a.Run() {
			return x.Status
		}
	}
	return a.Status
}

// viewPending is view for an attempt without an execution: its start goes on, its
// starter has died, or SageMaker has refused.
func (t *theirs) viewPending(ctx context.Context, v *view, a record.Attempt) error {
	now, err := t.now(ctx)
	if err != nil {
		return err
	}
	status := forecast.StepWaiting
	if !a.Status.Open() {
		status = forecast.StepSkipped
	}
	for _, s := range now.graph.Steps {
		v.execution.Steps = append(v.execution.Steps, forecast.Step{Name: forecast.StepName(s.Name), Status: status})
	}
	if a.Status.Open() {
		starting(&v.execution, a.Created)
		if t.engine.options.Now().Sub(a.Created) > startTime {
			v.execution.UnknownSince = a.Created.Add(startTime)
		}
	}
	return nil
}

// actorOf names who started an execution: the last part of an ARN, of a role the
// role.
func actorOf(arn string) string {
	parts := strings.Split(arn[strings.LastIndexByte(arn, ':')+1:], "/")
	switch {
	case arn == "":
		return "somebody"
	case parts[0] == "assumed-role" && len(parts) > 2:
		return parts[1]
	default:
		return parts[len(parts)-1]
	}
}

// merge adds to the facts of a date what its attempts say.
func (t *theirs) merge(ctx context.Context, f plan.Facts, r record.Date) (plan.Facts, error) {
	f.Bare = true
	last := r.Last()
	if last.Attempt == 0 {
		return f, nil
	}
	v, err := t.view(ctx, r, last)
	if err != nil {
		return f, err
	}
	f.Last, f.Metrics = v.execution, v.metrics
	if r.Claim != nil {
		f.Holder = r.Claim.Holder
	}
	if f.Deadline.IsZero() {
		return f, nil
	}
	for _, a := range r.Attempts {
		if a.Status != forecast.Succeeded {
			continue
		}
		if a.Attempt != last.Attempt {
			if v, err = t.view(ctx, r, a); err != nil {
				return f, err
			}
		}
		f.FirstOwn = v.execution.Ended
		break
	}
	return f, nil
}

// prefetch looks at the last attempts of dates, several at once.
func (t *theirs) prefetch(ctx context.Context, records map[calendar.Date]record.Date) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(looksAtOnce)
	for _, r := range records {
		last := r.Last()
		if last.ARN == "" {
			continue
		}
		group.Go(func() error {
			_, err := t.details(ctx, last.ARN, t.listedAs(last))
			return err
		})
	}
	return group.Wait() //nolint:wrapcheck // it names the execution
}

// toTell returns the recent dates with their last attempts as they are now. One that
// succeeded counts as what its date publishes, so that people who were told of a
// failure hear that it has passed.
func (t *theirs) toTell(ctx context.Context) (map[string]record.Date, error) {
	records, err := t.records(ctx, everything())
	if err != nil {
		return nil, err
	}
	records = t.watched(records, nil)
	if err := t.prefetch(ctx, records); err != nil {
		return nil, err
	}
	told := make(map[string]record.Date, len(records))
	for d, r := range records {
		v, err := t.view(ctx, r, r.Last())
		if err != nil {
			return nil, err
		}
		r.Attempts[len(r.Attempts)-1].Execution = v.execution
		if x := v.execution; x.Status == forecast.Succeeded {
			r.Current = string(x.ID)
			r.Generations = map[string]*record.Generation{r.Current: {Partition: forecast.Partition{Kind: forecast.GenerationOwn, Attempt: x.Attempt}}}
			r.Publications = []record.Publication{{To: r.Current, Kind: record.KindPublish, At: x.Ended}}
		}
		told[d.String()] = r
	}
	return told, nil
}

// cost is what the jobs of an execution were billed, in USD; 0 if a price is not
// known, or a job, or a step costs what is on another bill.
func (t *theirs) cost(d foreign.Details) float64 {
	sum := 0.0
	for _, s := range d.Steps {
		if s.Source != "" {
			continue // another execution has paid for it
		}
		read, ok := d.Jobs[s.Name]
		if s.Elsewhere || s.Job != "" && !ok {
			return 0
		}
		if !ok {
			continue
		}
		for _, job := range read.Bill() {
			price, ok := t.engine.options.Settings.Prices[job.Instance]
			if !ok && job.Billed > 0 {
				return 0
			}
			sum += job.Billed.Hours() * float64(max(1, job.Instances)) * price
		}
	}
	return sum
}

// good returns the last attempts of the newest dates that succeeded with all their
// steps, looked at.
func (t *theirs) good(ctx context.Context) ([]forecast.Execution, error) {
	records, err := t.records(ctx, everything())
	if err != nil {
		return nil, err
	}
	dates := make([]calendar.Date, 0, len(records))
	for d, r := range records {
		if r.Last().Status == forecast.Succeeded {
			dates = append(dates, d)
		}
	}
	slices.Sort(dates)
	dates = dates[max(0, len(dates)-typicalDays):]
	newest := make(map[calendar.Date]record.Date, len(dates))
	for _, d := range dates {
		newest[d] = records[d]
	}
	if err := t.prefetch(ctx, newest); err != nil {
		return nil, err
	}
	var all []forecast.Execution
	for _, r := range newest {
		v, err := t.view(ctx, r, r.Last())
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(v.execution.Steps, func(s forecast.Step) bool { return s.Status == forecast.StepReused }) {
			all = append(all, v.execution)
		}
	}
	return all, nil
}

// typical returns how long the last good days took, starts of machines included:
// dates don't share any.
func (t *theirs) typical(ctx context.Context) (typical, error) {
	good, err := t.good(ctx)
	var alone []took
	byStep := make(map[forecast.StepName]time.Duration)
	for _, x := range good {
		alone = append(alone, took{x.Ended, x.Took(x.Ended)})
		addSteps(byStep, x.Steps)
	}
	typical := typical{shares: plan.WorkOf(byStep)}
	typical.alone, typical.aloneDays = median(alone)
	return typical, err
}

// typicalCost is what the last good days cost (median); 0 if it is not known.
func (t *theirs) typicalCost(ctx context.Context) (float64, error) {
	good, err := t.good(ctx)
	var costs []float64
	for _, x := range good {
		if x.Cost > 0 {
			costs = append(costs, x.Cost)
		}
	}
	if slices.Sort(costs); len(costs) == 0 {
		return 0, err
	}
	return costs[len(costs)/2], err
}

// steps are the steps of the pipeline as it is now, in their order.
func (t *theirs) steps(ctx context.Context) ([]forecast.StepName, error) {
	now, err := t.now(ctx)
	return stepNames(now.graph), err
}

func stepNames(g definition.Graph) []forecast.StepName {
	names := make([]forecast.StepName, len(g.Steps))
	for i, s := range g.Steps {
		names[i] = forecast.StepName(s.Name)
	}
	return names
}

// rules adds to rules what is the pipeline's own.
func (t *theirs) rules(ctx context.Context, r plan.Rules) (plan.Rules, error) {
	now, err := t.now(ctx)
	r.Definition, r.Steps, r.Chunk = now.hash, stepNames(now.graph), 0
	return r, err
}

// watched leaves the dates that are looked at for changes: recent ones, and those at
// work. What became of all the others would have to be asked for first.
func (t *theirs) watched(records map[calendar.Date]record.Date, told map[calendar.Date]forecast.Day) map[calendar.Date]record.Date {
	const dates = 60
	newest := t.engine.calendar.Newest(t.engine.options.Now())
	kept := make(map[calendar.Date]record.Date)
	for d, r := range records {
		if _, known := told[d]; known || d > newest-dates || r.Claim != nil {
			kept[d] = r
		}
	}
	return kept
}
