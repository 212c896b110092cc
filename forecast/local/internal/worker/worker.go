//go:build unix

// Package worker runs the tries of steps as child processes: each in one of its
// own, or several in one after the other (Range).
//
// # Why no child is ever lost
//
// The child is started behind a gate: a shell that waits for a line on a pipe
// and then becomes the step by exec, which keeps its process number and start
// time. The line is written only after the engine has stored both. If the
// engine dies before that, the pipe closes, the shell ends, and nothing has been
// done; if it dies later, the child is on record, and whoever reconciles finds
// it and kills its group. The child runs in a process group of its own and
// writes its log and its exit file itself, so that it needs no living parent.
package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
	"github.com/daybatch/daybatch/forecast/step"
)

// gate waits for a line on descriptor 3, then becomes its arguments.
const gate = `read -r go <&3 || exit 125; exec 3<&-; exec "$@"`

// Request says what to run and where.
type Request struct {
	Root    string            // of the try; made by Run, must not exist
	Inputs  map[string]string // input name to directory
	Spec    step.Spec
	Command []string // the program and its arguments; --root and Root are added
	Dir     string   // working directory
	Environ []string
	Host    string
	Timeout time.Duration // 0: none
	Memory  int64         // bytes that the process group may hold; 0: any
	Grace   time.Duration // from SIGTERM to SIGKILL
	// Started is called when the process exists and waits. If it fails the
	// process ends without having done anything.
	Started func(ctx context.Context, id process.ID) error
}

// Result says how a try ended.
type Result struct {
	Code   int             // exit code; -1: killed
	Reason forecast.Reason // zero: success
}

// Run runs a try to its end. When ctx ends the process group gets SIGTERM, and
// SIGKILL after the grace; Run returns when the process is gone. An error says
// that the try could not be run; what it was is in the Result otherwise.
func Run(ctx context.Context, r Request) (Result, error) {
	if err := prepare(r); err != nil {
		return Result{}, fmt.Errorf("prepare step %s: %w", r.Spec.Step, err)
	}
	c, err := launchOne(ctx, r)
	if err != nil {
		return Result{}, fmt.Errorf("start step %s: %w", r.Spec.Step, err)
	}
	limit := c.wait(ctx, r, nil)
	return r.after(c, limit), nil
}

// after returns how a try came out whose process has ended.
func (r Request) after(c *child, limit forecast.Reason) Result {
	// What the step left behind in its group ends with it.
	c.signal(syscall.SIGKILL)
	if limit.Class != forecast.ReasonNone {
		return Result{Code: -1, Reason: limit}
	}
	return r.result(c.command.ProcessState.ExitCode(), c.vanished())
}

// prepare makes the directory of a try: step.json, links to the inputs, the
// place of the output.
func prepare(r Request) error {
	if err := os.MkdirAll(filepath.Dir(r.Root), 0o755); err != nil { //nolint:gosec // the team reads logs and outputs
		return err
	}
	if err := os.Mkdir(r.Root, 0o755); err != nil { //nolint:gosec // as above
		return err
	}
	for _, dir := range []string{step.InputDir, filepath.Join(step.OutputDir, step.Output(r.Spec.Step))} {
		if err := os.MkdirAll(filepath.Join(r.Root, dir), 0o755); err != nil { //nolint:gosec // as above
			return err
		}
	}
	for name, target := range r.Inputs {
		link := filepath.Join(r.Root, step.InputDir, name)
		// Relative, so that the project can be moved.
		relative, err := filepath.Rel(filepath.Dir(link), target)
		if err != nil {
			return err
		}
		if err := os.Symlink(relative, link); err != nil {
			return err
		}
	}
	return step.WriteSpec(r.Root, r.Spec) //nolint:wrapcheck // Run names the step
}

// child is a running process.
type child struct {
	command *exec.Cmd
	id      process.ID
	ended   chan struct{}
	err     error
}

// launchOne starts a process that runs one try.
func launchOne(ctx context.Context, r Request) (*child, error) {
	log, err := r.openLog()
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = write.Close() }()
	command := r.command(gate, "--root", r.Root)
	command.Stdout, command.Stderr = log, log
	command.ExtraFiles = []*os.File{read}
	c, err := launch(ctx, r, command, write)
	_ = read.Close()
	return c, err
}

// openLog opens the log of the try.
func (r Request) openLog() (*os.File, error) {
	return os.OpenFile(filepath.Join(r.Root, step.LogFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644) //nolint:gosec // the team reads it
}

// command returns the program behind a gate.
func (r Request) command(gate string, args ...string) *exec.Cmd {
	args = append(append([]string{"-c", gate, "daybatch-step"}, r.Command...), args...)
	command := exec.Command("/bin/sh", args...) //nolint:gosec,noctx // the engine's own command; wait ends it, gently first
	command.Dir, command.Env = r.Dir, r.Environ
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return command
}

// launch starts the process behind its gate, has it recorded, and opens the
// gate, whose key is a line written to the given pipe.
func launch(ctx context.Context, r Request, command *exec.Cmd, write *os.File) (*child, error) {
	if err := command.Start(); err != nil {
		return nil, err
	}
	c := &child{command: command, ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		c.err = command.Wait()
	}()
	if err := c.open(ctx, r, write); err != nil {
		_ = write.Close()
		<-c.ended
		return nil, err
	}
	return c, nil
}

func (c *child) open(ctx context.Context, r Request, write *os.File) error {
	var err error
	if c.id, err = process.Of(r.Host, c.command.Process.Pid); err != nil {
		return err
	}
	if err := r.Started(ctx, c.id); err != nil {
		return err
	}
	// A child that was killed meanwhile has closed the pipe; its end tells.
	if _, err := write.WriteString("go\n"); err != nil && !errors.Is(err, syscall.EPIPE) {
		return err
	}
	return nil
}

// wait waits for the end of the process, or until it says that it has done the
// step, and brings the end about when ctx ends or a limit of the step is reached.
// It returns the reason in the latter case.
func (c *child) wait(ctx context.Context, r Request, done <-chan struct{}) forecast.Reason {
	var timeUp, look <-chan time.Time
	if r.Timeout > 0 {
		timer := time.NewTimer(r.Timeout)
		defer timer.Stop()
		timeUp = timer.C
	}
	if r.Memory > 0 {
		ticker := time.NewTicker(memoryPeriod)
		defer ticker.Stop()
		look = ticker.C
	}
	for {
		select {
		case <-c.ended:
			return forecast.Reason{}
		case <-done:
			return forecast.Reason{}
		case <-ctx.Done():
			c.end(r.Grace)
			return forecast.Reason{}
		case <-timeUp:
			c.end(r.Grace)
			return forecast.Reason{Class: forecast.ReasonTimeout, Text: fmt.Sprintf("ran longer than its limit of %s", r.Timeout)}
		case <-look:
			if held := excess(c.id.Pid, r.Memory); held > 0 {
				c.signal(syscall.SIGKILL) // it would take more while it tidied up
				<-c.ended
				return memoryReason(r.Spec.Step, held, r.Memory)
			}
		}
	}
}

// end asks the group to end, and kills it after the grace.
func (c *child) end(grace time.Duration) {
	c.signal(syscall.SIGTERM)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-c.ended:
	case <-timer.C:
		c.signal(syscall.SIGKILL)
		<-c.ended
	}
}

func (c *child) signal(signal syscall.Signal) {
	_ = syscall.Kill(-c.command.Process.Pid, signal) // ESRCH: nobody is left
}

// result reads how the try ended: from its exit file, which it writes last, else
// from how its process did: its exit code, and what that means for a try without
// an exit file.
func (r Request) result(code int, vanished string) Result {
	result := Result{Code: code}
	exit, err := step.ReadExit(r.Root)
	switch {
	case err == nil && exit.Code == 0 && exit.Class == forecast.ReasonNone && result.Code == 0:
		return result
	case err == nil && exit.Class != forecast.ReasonNone:
		result.Reason = forecast.Reason{Class: exit.Class, Text: exit.Reason}
	case err == nil && exit.Code != 0:
		result.Reason = forecast.Reason{Class: forecast.ReasonStep, Text: exit.Reason}
	default:
		result.Reason = forecast.Reason{Class: forecast.ReasonLost, Text: vanished}
	}
	if result.Reason.Text == "" {
		result.Reason.Text = message(r.Root, result.Code)
	}
	return result
}

// vanished describes the end of a process that left no exit file.
func (c *child) vanished() string {
	state := c.command.ProcessState
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		hint := ""
		if status.Signal() == syscall.SIGKILL {
			hint = "; the system does that when memory runs out"
		}
		return fmt.Sprintf("its process (pid %d) was ended by signal %s%s", c.id.Pid, status.Signal(), hint)
	}
	return fmt.Sprintf("its process (pid %d) ended with exit code %d before it could say how: see its log", c.id.Pid, state.ExitCode())
}

// message returns the reason that the step left for people.
func message(root string, code int) string {
	const most = 1024
	text, err := os.ReadFile(filepath.Join(root, step.MessageFile)) //nolint:gosec // a try's own directory
	if text := strings.TrimSpace(strings.ToValidUTF8(string(text[:min(len(text), most)]), "")); err == nil && text != "" {
		return text
	}
	return fmt.Sprintf("ended with exit code %d: see its log", code)
}
