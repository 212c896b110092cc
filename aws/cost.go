package aws

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
)

// bill is what a run's jobs were billed.
type bill struct {
	jobs  []runs.Job
	dates int
	// again is when it may be asked for again, if it could not be read; zero: it
	// is what it is.
	again time.Time
}

// billPause is after how long a bill that could not be read is asked for again. It
// is a nicety: nobody waits for it, and no other call fails for it.
const billPause = 5 * time.Minute

// bill returns the jobs of an attempt that has ended, and how many dates shared
// them: from its record, else of SageMaker while the run is a recent one. There
// are none until the run has ended too, which its job does not live to record.
func (e *Engine) bill(ctx context.Context, a record.Attempt) ([]runs.Job, int) {
	if a.Jobs != nil || a.ARN == "" || a.Status.Open() {
		return a.Jobs, max(1, a.SharedBy)
	}
	now := e.options.Now()
	e.mu.Lock()
	known, ok := e.bills[a.Run()]
	e.mu.Unlock()
	if ok && (known.again.IsZero() || now.Before(known.again)) {
		return known.jobs, known.dates
	}
	run, ok, err := e.recentRun(ctx, a)
	if err == nil && (!ok || !terminal(run)) {
		return nil, 1
	}
	read := bill{}
	if err == nil {
		read, err = e.readBill(ctx, a, run)
	}
	if err != nil {
		e.options.Log.DebugContext(ctx, "read what jobs were billed", slog.String(logkey.Execution, string(a.ID)), slog.String(logkey.Error, err.Error()))
		read = bill{dates: 1, again: now.Add(billPause)}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.bills == nil {
		e.bills = make(map[string]bill)
	}
	e.bills[a.Run()] = read
	return read.jobs, read.dates
}

// recentRun returns the run of an attempt while SageMaker is asked about it; false
// if it is none of the recent ones. The list has those of the pipeline: under the
// layout steps, carriers are of another, and are looked at one by one.
func (e *Engine) recentRun(ctx context.Context, a record.Attempt) (runs.Run, bool, error) {
	run, ok, err := e.listed(ctx, a.Run())
	if ok || err != nil || !a.Shared() || e.shared().Pipeline == e.runs.Pipeline || e.options.Now().Sub(a.Ended) > recent {
		return run, ok, err
	}
	run, err = e.run(ctx, a.ARN)
	return run, err == nil, err
}

func (e *Engine) readBill(ctx context.Context, a record.Attempt, run runs.Run) (bill, error) {
	b := bill{dates: 1}
	steps, err := e.runs.Steps(ctx, run.ARN)
	if err != nil {
		return b, err //nolint:wrapcheck // it names the execution
	}
	for _, s := range steps {
		if s.Source != "" {
			continue // the other run has paid for it
		}
		job, err := e.runs.Job(ctx, s)
		if err != nil {
			return b, err //nolint:wrapcheck // it names the job
		}
		if job.Name != "" {
			b.jobs = append(b.jobs, job)
		}
	}
	if a.Carrier != string(a.ID) {
		parameters, err := e.parameters(ctx, run)
		if err != nil {
			return b, err
		}
		if dates, wrong := naming.ParseList(parameters[definition.ParameterDates]); wrong == "" {
			b.dates = len(dates)
		}
	}
	return b, nil
}

// cost is what an attempt was billed, in USD; 0 if that is not known.
func (e *Engine) cost(ctx context.Context, a record.Attempt) float64 {
	cost, _ := e.spent(ctx, a)
	return cost
}

// spent is what an attempt was billed, and for how many hours of a machine; 0 if that is
// not known.
func (e *Engine) spent(ctx context.Context, a record.Attempt) (cost, hours float64) {
	jobs, dates := e.bill(ctx, a)
	priced, shared := true, float64(max(1, dates))
	for _, job := range jobs {
		price, ok := e.options.Settings.Prices[job.Instance]
		of := job.Billed.Hours() * float64(max(1, job.Instances))
		cost, hours, priced = cost+of*price, hours+of, priced && ok
	}
	if !priced {
		cost = 0
	}
	return cost / shared, hours / shared
}

// book keeps in the records what attempts were billed, for as long as SageMaker is
// asked about their runs.
func (e *Engine) book(ctx context.Context, records map[calendar.Date]record.Date) error {
	for d, r := range records {
		for _, a := range r.Attempts {
			if a.Jobs != nil {
				continue
			}
			jobs, dates := e.bill(ctx, a)
			if jobs == nil {
				continue
			}
			_, err := e.dates.Change(ctx, d.String(), func(r record.Date) (record.Date, error) { return r.Billed(a.Attempt, jobs, dates) })
			if err != nil && !errors.Is(err, forecast.ErrNotFound) { // of an attempt that is in no record yet
				return err //nolint:wrapcheck // it names the date
			}
		}
	}
	return nil
}

// billed is what the last good days were billed, for how many hours of machines, and how
// long these took to start (medians); 0 if unknown.
type billed struct {
	cost, hours float64
	startUp     time.Duration
}

func (e *Engine) typicalBill(ctx context.Context) (b billed, err error) {
	if e.theirs != nil {
		b.cost, err = e.theirs.typicalCost(ctx)
		return b, err
	}
	records, err := e.dates.List(ctx, "", "")
	if err != nil {
		return b, err //nolint:wrapcheck // it names the objects
	}
	var good []record.Attempt
	for _, r := range records {
		if a := r.Last(); a.Status == forecast.Succeeded && a.StartStep == forecast.Extract {
			good = append(good, a)
		}
	}
	slices.SortFunc(good, func(a, b record.Attempt) int { return b.Ended.Compare(a.Ended) })
	var costs, hours []float64
	var waits []time.Duration
	for _, a := range good[:min(len(good), typicalDays)] {
		cost, took := e.spent(ctx, a)
		if cost > 0 {
			costs = append(costs, cost)
		}
		if took > 0 {
			hours = append(hours, took)
		}
		jobs, _ := e.bill(ctx, a)
		waited := time.Duration(0)
		for _, job := range jobs {
			waited += job.StartUp()
		}
		if waited > 0 {
			waits = append(waits, waited)
		}
	}
	return billed{middle(costs), middle(hours), middle(waits)}, nil
}

// middle returns the median, 0 of none.
func middle[T cmp.Ordered](all []T) (median T) {
	if slices.Sort(all); len(all) > 0 {
		median = all[len(all)/2]
	}
	return median
}

// ready sets from when each step that ran waited for its machine: from the end of
// the one before it, or the attempt's beginning. The job that runs it tells only
// from when it was there itself.
func ready(x *forecast.Execution) {
	since := x.Created
	for i := range x.Steps {
		step := &x.Steps[i]
		if step.Status == forecast.StepReused || step.Created.IsZero() {
			continue
		}
		if !since.IsZero() && since.Before(step.Created) {
			step.Created = since
		}
		since = step.Ended
	}
}
