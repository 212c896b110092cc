package step

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// Variables of a command's environment.
const (
	envRoot       = "DAYBATCH_ROOT"
	envStep       = "DAYBATCH_STEP"
	envDate       = "DAYBATCH_DATE"
	envExecution  = "DAYBATCH_EXECUTION"
	envAttempt    = "DAYBATCH_ATTEMPT"
	envFence      = "DAYBATCH_FENCE"
	envGeneration = "DAYBATCH_GENERATION"
	envExe        = "DAYBATCH_EXE"
	// envInside says that a command runs already, so that the built-in step which
	// it may call does not call the command again.
	envInside = "DAYBATCH_INSIDE"
)

// insideFile is where a built-in step that a command called leaves its Exit.
const insideFile = "inside.json"

// commandGrace is how long a command may go on writing after it has been told
// to end, or has ended and left its output open to another process.
const commandGrace = 10 * time.Second

// runCommand runs the project's own command for the step, in this process'
// group, so that whoever ends the group ends the command too. When ctx ends the
// command gets SIGTERM, and SIGKILL after the grace of the definition's limits or the
// most that the options allow.
func (r *runner) runCommand(ctx context.Context) error {
	name := r.spec.Command[0]
	command := exec.CommandContext(ctx, name, r.spec.Command[1:]...) //nolint:gosec // the project's own command is the point
	command.Dir = r.spec.Project
	command.Env = append(withoutDaybatch(r.options.Environ), r.environment()...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = commandGrace
	if grace := r.spec.Definition.Limits.StopGrace; grace > 0 {
		command.WaitDelay = grace
	}
	if most := r.options.Grace; most > 0 {
		command.WaitDelay = min(command.WaitDelay, most)
	}
	lines := &lineWriter{out: r.options.Log, now: r.options.Now}
	command.Stdout, command.Stderr = lines, lines
	err := command.Run()
	lines.close()
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx) //nolint:wrapcheck // the class of the stop is in it
	}
	if err := r.explain(err, lines); err != nil {
		return err
	}
	return r.checkOutputs()
}

// explain turns the end of a command into a reason: the file message if the
// command wrote one, else the last line of its output.
func (r *runner) explain(err error, lines *lineWriter) error {
	if err == nil {
		return nil
	}
	exit, exited := errors.AsType[*exec.ExitError](err)
	if !exited {
		if errors.Is(err, exec.ErrWaitDelay) {
			return failf(forecast.ReasonStep, "%s ended, but a process that it started keeps its output open", r.spec.Command[0])
		}
		return failf(forecast.ReasonConfig, "run %s: %w: correct steps.%s.command in the project file", r.spec.Command[0], err, r.spec.Step)
	}
	failure := &commandError{code: exit.ExitCode(), class: forecast.ReasonStep}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
		failure.class = forecast.ReasonLost // nobody here has killed it
	}
	switch message, class := r.message(); {
	case message != "":
		failure.text, failure.class = message, cmp.Or(class, failure.class)
	case lines.last != "":
		failure.text = lines.last + " (" + exit.Error() + ")" // "exit status 3", "signal: killed"
	default:
		failure.text = fmt.Sprintf("%s ended with %s and wrote nothing", r.spec.Command[0], exit.Error())
	}
	return failure
}

// message returns the reason that the command left, and its class if the
// built-in step wrote it, called by the command.
func (r *runner) message() (text string, class forecast.ReasonClass) {
	text = strings.TrimSpace(readStart(filepath.Join(r.options.Root, MessageFile)))
	var inside Exit
	if exit, err := os.ReadFile(filepath.Join(r.options.Root, insideFile)); err == nil {
		if json.Unmarshal(exit, &inside) == nil && inside.Reason == text {
			class = inside.Class
		}
	}
	return text, class
}

// readStart reads as much of a file as a reason may need, empty if it can't be
// read.
func readStart(path string) string {
	file, err := os.Open(path) //nolint:gosec // the step's own directory
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	text, _ := io.ReadAll(io.LimitReader(file, longestLine))
	return string(text)
}

// commandError is the failure of a command that ran.
type commandError struct {
	code  int
	class forecast.ReasonClass
	text  string
}

// Error returns the reason, for example "KeyError: 'price_lag_7' (exit status 1)".
func (e *commandError) Error() string { return e.text }

// environment returns the contract's variables.
func (r *runner) environment() []string {
	return []string{
		envRoot + "=" + r.options.Root,
		envStep + "=" + string(r.spec.Step),
		envDate + "=" + r.spec.Date.String(),
		envExecution + "=" + string(r.spec.Execution),
		envAttempt + "=" + strconv.Itoa(r.spec.Attempt),
		envFence + "=" + strconv.FormatInt(r.spec.Fence, 10),
		envGeneration + "=" + r.spec.Generation,
		envExe + "=" + r.options.Executable,
		envInside + "=" + string(r.spec.Step),
	}
}

// withoutDaybatch leaves out what an outer run has set.
func withoutDaybatch(environ []string) []string {
	kept := make([]string, 0, len(environ))
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		switch name {
		case envRoot, envStep, envDate, envExecution, envAttempt, envFence, envGeneration, envExe, envInside:
		default:
			kept = append(kept, pair)
		}
	}
	return kept
}
