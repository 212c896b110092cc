package job_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/internal/job"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/step"
)

// player is a job each of whose calls to the bucket waits for leave.
type player struct {
	inner  bucket.API
	asks   chan chan verdict
	done   chan error
	cancel context.CancelCauseFunc
	ask    chan verdict // that waits for leave; nil: the job has ended
	dead   atomic.Bool
	run    string
}

// verdict says what becomes of a call.
type verdict struct{ before, after error }

// leave waits until the call may be made.
func (p *player) leave() verdict {
	if p.dead.Load() {
		return verdict{before: errDead}
	}
	reply := make(chan verdict)
	p.asks <- reply
	return <-reply
}

// call makes a call when it may be made.
func call[I, O any](ctx context.Context, p *player, in I, do func(context.Context, I, ...func(*s3.Options)) (*O, error)) (*O, error) {
	v := p.leave()
	if v.before != nil {
		return nil, v.before
	}
	out, err := do(ctx, in)
	if v.after != nil {
		return nil, v.after
	}
	return out, err
}

func (p *player) GetObject(ctx context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	return call(ctx, p, in, p.inner.GetObject)
}

func (p *player) PutObject(ctx context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	return call(ctx, p, in, p.inner.PutObject)
}

func (p *player) ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	return call(ctx, p, in, p.inner.ListObjectsV2)
}

func (p *player) DeleteObjects(ctx context.Context, in *s3.DeleteObjectsInput, _ ...func(*s3.Options)) (*s3.DeleteObjectsOutput, error) {
	return call(ctx, p, in, p.inner.DeleteObjects)
}

// start starts a job up to its first call.
func (w *world) start(config job.Config) *player {
	p := &player{inner: w.s3, asks: make(chan chan verdict), done: make(chan error, 1), run: config.Run}
	ctx, cancel := context.WithCancelCause(context.Background())
	p.cancel = cancel
	o := w.options(config)
	o.Bucket.API = p
	go func() { p.done <- job.Run(ctx, o) }()
	p.await()
	return p
}

// await waits for the job's next call, or its end.
func (p *player) await() {
	select {
	case p.ask = <-p.asks:
	case <-p.done:
		p.ask = nil
		p.cancel(nil)
	}
}

func (p *player) live() bool { return p.ask != nil }

func (p *player) proceed(v verdict) {
	p.ask <- v
	p.await()
}

// kill lets the job end without any further call.
func (p *player) kill(v verdict) {
	p.dead.Store(true)
	p.proceed(v)
	for p.live() {
		p.proceed(verdict{before: errDead})
	}
}

// Two jobs work at one date: two executions, or an execution and what is left of
// an earlier start of it. Whatever the order of their calls, whichever are killed
// or lose replies, and whenever an operator stops the date, what must hold holds
// after every call.
func TestTwoJobs(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	var worlds atomic.Int64
	rapid.Check(t, func(t *rapid.T) {
		dir := filepath.Join(root, strconv.FormatInt(worlds.Add(1), 10))
		defer func() { _ = os.RemoveAll(dir) }()
		g := game{w: newWorld(t, dir), t: t, answers: make(map[forecast.ExecutionID]forecast.StopAnswer)}
		// Drawn evenly: rapid's own numbers are mostly small.
		g.random = rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		g.chaos = rapid.SampledFrom([]int{1, 3, 10}).Draw(t, "chaos")
		runs := rapid.SampledFrom([][]string{{"run1", "run1"}, {"run1", "run2"}}).Draw(t, "runs")
		for _, run := range runs {
			g.players = append(g.players, g.w.start(g.w.config(run)))
		}
		for moves := 0; g.anyLive() && moves < 400; moves++ {
			g.move()
			g.check()
		}
		for _, p := range g.players {
			for p.live() {
				p.proceed(verdict{})
			}
		}
		g.check()
		// What is left is settled by one more start of each, undisturbed.
		for _, run := range runs {
			_ = g.w.run(context.Background(), g.w.config(run))
			g.check()
		}
		if r := g.w.record(day()); r.Claim != nil {
			t.Errorf("the date is still held: %+v", r.Claim)
		}
		if r := g.w.record(day()); r.Current != "" && g.w.table.at[day()] != r.Generations[r.Current].Path {
			t.Errorf("the catalogue says %q, the record %+v", g.w.table.at[day()], r.Publications)
		}
	})
}

// game is a run of the property.
type game struct {
	w       *world
	t       *rapid.T
	players []*player
	answers map[forecast.ExecutionID]forecast.StopAnswer // of stops that are final
	starts  int
	random  *rand.Rand
	chaos   int // how often something happens, in a thousand moves
}

func (g *game) anyLive() bool {
	for _, p := range g.players {
		if p.live() {
			return true
		}
	}
	return false
}

// move lets one of the jobs make a call, or something happen.
func (g *game) move() {
	p := g.players[g.random.IntN(len(g.players))]
	if !p.live() {
		return
	}
	switch g.random.IntN(1000) / g.chaos {
	case 1:
		p.kill(verdict{before: errDead})
		g.restart(p.run)
	case 2:
		p.kill(verdict{after: errDead})
		g.restart(p.run)
	case 3, 4:
		p.proceed(verdict{after: forecast.ErrUnavailable})
	case 5:
		p.cancel(step.ErrStopped)
	case 6:
		if g.w.record(day()).Claim != nil {
			answer := g.w.stop()
			g.answers[answer.Execution] = answer
		}
	default:
		p.proceed(verdict{})
	}
}

// restart starts an execution's job again, as SageMaker does.
func (g *game) restart(run string) {
	if g.starts++; g.starts <= 3 {
		g.players = append(g.players, g.w.start(g.w.config(run)))
	}
}

func (g *game) check() {
	g.t.Helper()
	if err := g.w.check(day()); err != nil {
		g.t.Fatalf("%v\n%s", err, g.w.log.String())
	}
	r := g.w.record(day())
	for _, p := range r.Publications {
		if built := r.Generations[p.To]; built != nil {
			if answer, stopped := g.answers[built.Execution]; stopped && !answer.TooLate {
				g.t.Fatalf("%s was stopped, and published %s after it", built.Execution, p.To)
			}
		}
	}
}
