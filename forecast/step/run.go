package step

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/scrub"
)

// Options say how a step is run.
type Options struct {
	// Root is the directory of the contract.
	Root string
	// Log receives the step's log lines.
	Log io.Writer
	// Now is the clock.
	Now func() time.Time
	// Environ is this process' environment, which a command inherits.
	Environ []string
	// Executable is the path of the daybatch binary, for commands.
	Executable string
	// Workers is how many series are worked on at once; 0: one per processor.
	Workers int
	// AtOnce is how many step processes may share this machine's memory; 0: as many as
	// there may be dates at once.
	AtOnce int
	// Grace is the most that a command gets to end by itself, whatever the
	// definition's limits say; 0: what they say.
	Grace time.Duration
	// Share is this machine's share of the step, if machines can share it; zero:
	// all of it.
	Share Share

	lake *lake.DB // shared with other steps; nil: each opens its own
}

// maxMessage is the size of the file message: SageMaker cuts it there.
const maxMessage = 1024

// ErrStopped is the cause with which a caller cancels the context of Run when
// the step is to stop.
var ErrStopped = errors.New("stopped")

// Run runs the step that the file step.json in the root directory asks for,
// built in or by the project's command, and writes how it ended: the file
// message on failure, and exit.json last. A panic of a built-in step is its
// failure.
//
// The error says that the contract itself could not be kept: no step.json, or no
// exit.json could be written. A step that failed is an Exit with a code.
func Run(ctx context.Context, options Options) (Exit, error) {
	if options.Workers <= 0 {
		options.Workers = runtime.GOMAXPROCS(0)
	}
	spec, err := options.readSpec()
	if err != nil {
		return Exit{}, err
	}
	r := runner{options: options, spec: spec, log: slog.New(LogHandler(options.Log, options.Now))}
	started := options.Now().UTC()
	err = r.run(ctx)
	exit := Exit{Started: started, Ended: options.Now().UTC()}
	if err != nil {
		exit.Code, exit.Class, exit.Reason = exitCode(err), classOf(err), reasonText(err)
		r.log.ErrorContext(ctx, "step failed", slog.String(logkey.Reason, exit.Reason))
	}
	return exit, r.finish(exit)
}

// envSpec names the Spec's file where it can't lie in the root: in a container
// whose root is made by the service that runs it.
const envSpec = "DAYBATCH_SPEC"

func (o Options) readSpec() (Spec, error) {
	for _, pair := range o.Environ {
		if path, ok := strings.CutPrefix(pair, envSpec+"="); ok && path != "" {
			return readSpec(path)
		}
	}
	return ReadSpec(o.Root)
}

// runner runs one step.
type runner struct {
	options Options
	spec    Spec
	log     *slog.Logger
}

func (r *runner) run(ctx context.Context) error {
	output := filepath.Join(r.options.Root, OutputDir, Output(r.spec.Step))
	if err := os.MkdirAll(output, 0o755); err != nil { //nolint:gosec // data that other users may read
		return failf(forecast.ReasonInfrastructure, "make output directory: %w: make it writable for this user and run again", err)
	}
	if len(r.spec.Command) > 0 && !r.inside() {
		return r.runCommand(ctx)
	}
	err := r.runBuiltIn(ctx)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx) //nolint:wrapcheck // what the step was doing when it was stopped says nothing
	}
	return err
}

// inside reports whether a command of this step called the built-in step.
func (r *runner) inside() bool {
	return slices.Contains(r.options.Environ, envInside+"="+string(r.spec.Step))
}

// runBuiltIn runs the step's function.
func (r *runner) runBuiltIn(ctx context.Context) error {
	run := builtIn(r.spec.Step)
	if run == nil {
		return failf(forecast.ReasonConfig, "step %q is unknown: there are %v", r.spec.Step, forecast.StepNames())
	}
	env := Env{Root: r.options.Root, Spec: r.spec, Log: r.log, Now: r.options.Now, Workers: r.options.Workers, AtOnce: r.options.AtOnce, Share: r.options.Share, lake: r.options.lake}
	if err := env.checkInputs(); err != nil {
		return err
	}
	defer env.limitHeap()()
	return protect(ctx, env, run)
}

// protect runs a step and turns a panic into its error. The log has the whole
// stack.
func protect(ctx context.Context, env Env, run func(context.Context, Env) error) (err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			stack := string(debug.Stack())
			env.Log.ErrorContext(ctx, "step panicked", slog.String(keyStack, stack))
			err = failf(forecast.ReasonStep, "panic: %v%s", recovered, panicPlace(stack))
		}
	}()
	return run(ctx, env)
}

// builtIn returns the function of a step, nil if there is none of that name.
func builtIn(name forecast.StepName) func(context.Context, Env) error {
	switch name {
	case forecast.Extract:
		return Extract
	case forecast.PreProc:
		return PreProc
	case forecast.Train:
		return Train
	case forecast.TrainEvaluation:
		return TrainEvaluation
	case forecast.Predict:
		return Predict
	case forecast.PostProc:
		return PostProc
	default:
		return nil
	}
}

// panicFrames is how many of the frames above a panic a reason names.
const panicFrames = 3

// panicPlace returns the places in a stack trace where the panic came from, the
// innermost first: " at ets/fit.go:12, step/train.go:7". A trace has two lines
// per frame, the second of which starts with a tab and holds the place.
func panicPlace(stack string) string {
	_, below, found := strings.Cut(stack, "\npanic(")
	if !found {
		return ""
	}
	var places []string
	for line := range strings.SplitSeq(below, "\n") {
		place, isPlace := strings.CutPrefix(line, "\t")
		if !isPlace || strings.Contains(place, "/src/runtime/") {
			continue
		}
		place, _, _ = strings.Cut(place, " +0x")
		places = append(places, filepath.Base(filepath.Dir(place))+"/"+filepath.Base(place))
		if len(places) == panicFrames {
			break
		}
	}
	return " at " + strings.Join(places, ", ")
}

// exitCode returns the code that a step's process ends with.
func exitCode(err error) int {
	if failed, ok := errors.AsType[*commandError](err); ok && failed.code > 0 {
		return failed.code
	}
	return 1
}

// reasonText returns an error as a reason for people, fit for the file message, and
// without the credentials that a command may have named.
func reasonText(err error) string {
	text := strings.TrimSpace(strings.ReplaceAll(scrub.Redact(plain(err.Error())), "\r\n", "\n"))
	if len(text) <= maxMessage {
		return text
	}
	const mark = "…"
	cut := maxMessage - len(mark)
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + mark
}

// finish writes how the step ended. Inside a command that is for the outer run
// to know, which writes the end of the step.
func (r *runner) finish(exit Exit) error {
	if exit.Reason != "" {
		if err := writeWhole(filepath.Join(r.options.Root, MessageFile), []byte(exit.Reason)); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(exit, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", ExitFile, err)
	}
	name := ExitFile
	if r.inside() {
		name = insideFile
	}
	return writeWhole(filepath.Join(r.options.Root, name), append(text, '\n'))
}
