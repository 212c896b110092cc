//go:build unix

package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/step"
)

// rangeGate waits for a line as gate does; what follows that line is then the
// standard input of the step.
const rangeGate = `read -r go <&3 || exit 125; exec "$@" <&3 3<&-`

// leftoverTime is how long a process that has ended is waited for if others that
// it started keep its output open.
const leftoverTime = 100 * time.Millisecond

// closeTime is how long a process that has nothing to do may take to end.
const closeTime = 5 * time.Second

// Range runs tries one after the other in one process, which is started with the
// first of them and is told the root of the next one by a line on its standard
// input (step.RunRange). Each try is recorded before the process hears of it. If
// the engine dies the input ends, and the process with it, at the end of the step
// that it is in. A process that was killed or has crashed is replaced by the next
// try.
//
// The zero value is ready. A Range is not safe for concurrent use, and all its
// requests must have the same Command, Dir and Environ.
type Range struct {
	child  *child
	orders *os.File
	done   endings
}

// Run runs a try as the function Run does. A limit of memory is that of the whole
// process, whatever earlier tries left in it: such a step had better run alone.
func (g *Range) Run(ctx context.Context, r Request) (Result, error) {
	if err := prepare(r); err != nil {
		return Result{}, fmt.Errorf("prepare step %s: %w", r.Spec.Step, err)
	}
	if err := g.order(ctx, r); err != nil {
		return Result{}, fmt.Errorf("start step %s: %w", r.Spec.Step, err)
	}
	c := g.child
	limit := c.wait(ctx, r, g.done)
	over := c.over()
	if over {
		g.leave()
	}
	// How the process ends later says nothing about a try that has ended.
	exit, err := step.ReadExit(r.Root)
	switch {
	case over && (err != nil || limit.Class != forecast.ReasonNone):
		return r.after(c, limit), nil //nolint:nilerr // its process tells why there is none
	case over:
		c.signal(syscall.SIGKILL)
	}
	return r.result(exit.Code, "it said that it was done, and left no account of it: see its log"), nil
}

// Close ends the process. It returns when it is gone.
func (g *Range) Close() {
	if g.child == nil {
		return
	}
	c := g.child
	g.leave() // it runs no step, and ends when its orders do
	timer := time.NewTimer(closeTime)
	defer timer.Stop()
	select {
	case <-c.ended:
	case <-timer.C:
	}
	c.signal(syscall.SIGKILL)
	<-c.ended
}

// leave forgets the process, whose orders end.
func (g *Range) leave() {
	_ = g.orders.Close()
	g.child, g.orders, g.done = nil, nil, nil
}

// order tells the process to run a try, and starts it if there is none.
func (g *Range) order(ctx context.Context, r Request) error {
	if g.child != nil && g.child.over() {
		g.leave()
	}
	log, err := r.openLog()
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	if g.child == nil {
		err = g.start(ctx, r, log)
	} else {
		err = r.Started(ctx, g.child.id)
	}
	if err != nil {
		return err
	}
	// If it has ended meanwhile, its end tells.
	if _, err := fmt.Fprintln(g.orders, r.Root); err != nil && !errors.Is(err, syscall.EPIPE) {
		return err
	}
	return nil
}

// start starts the process. What it prints before it opens the log of its first
// step goes there too.
func (g *Range) start(ctx context.Context, r Request, log *os.File) error {
	read, orders, err := os.Pipe()
	if err != nil {
		return err
	}
	done := make(endings, 1)
	command := r.command(rangeGate, "--range")
	command.Stdout, command.Stderr = done, log
	command.ExtraFiles = []*os.File{read}
	command.WaitDelay = leftoverTime
	c, err := launch(ctx, r, command, orders)
	_ = read.Close()
	if err != nil {
		return errors.Join(err, orders.Close())
	}
	g.child, g.orders, g.done = c, orders, done
	return nil
}

// endings turns the line that the process prints at the end of a step into a
// value. There is one step at a time.
type endings chan struct{}

// Write never fails.
func (e endings) Write(text []byte) (int, error) {
	if bytes.ContainsRune(text, '\n') {
		select {
		case e <- struct{}{}:
		default:
		}
	}
	return len(text), nil
}

// over reports whether the process has ended.
func (c *child) over() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}
