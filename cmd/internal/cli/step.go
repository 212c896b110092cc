package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/daybatch/daybatch/cmd/internal/simulation"
	"github.com/daybatch/daybatch/forecast/step"
)

// stepOptions are those of the verb step.
type stepOptions struct {
	app    *app
	root   string
	ranged bool
}

func newStep(a *app) *cobra.Command {
	opts := stepOptions{app: a}
	cmd := &cobra.Command{
		Use:    "step [NAME]",
		Hidden: true,
		Short:  "Run one step over a directory",
		Long: `Run one step over a directory of inputs and outputs, as its step.json says. The
engine starts this for every step, and a project's own command may call it to
run the built-in step.`,
		Example: `  "$DAYBATCH_EXE" step PreProc`,
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runStep(cmd.Context(), opts) },
	}
	cmd.Flags().StringVar(&opts.root, "root", "", "directory of the step (default: $DAYBATCH_ROOT)")
	cmd.Flags().BoolVar(&opts.ranged, "range", false, "run the steps whose directories standard input names, a line each, and print each when it has ended")
	cmd.MarkFlagsMutuallyExclusive("root", "range")
	return cmd
}

func runStep(ctx context.Context, opts stepOptions) error {
	env := opts.app.env
	// A signal is a wish to stop, and that is the step's cause of it.
	running, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { cancel(step.ErrStopped) })()
	now := env.Now
	if dir := environment(env.Environ)[simulation.ClockVariable]; dir != "" {
		now = simulation.NewClock(dir, env.Now).Now
	}
	options := step.Options{Log: env.Stdout, Now: now, Environ: env.Environ, Executable: env.Executable}
	if opts.ranged {
		return step.RunRange(running, step.RangeOptions{ //nolint:wrapcheck // it says which step
			Options: options, Orders: env.Stdin, Ended: env.Stdout, OpenLog: redirect,
		})
	}
	if opts.root == "" {
		opts.root = environment(env.Environ)["DAYBATCH_ROOT"]
	}
	if opts.root == "" {
		return usagef("--root is missing: the directory with the file %s", step.SpecFile)
	}
	options.Root = opts.root
	exit, err := step.Run(running, options)
	if err != nil {
		return fmt.Errorf("run step: %w", err)
	}
	if exit.Code != 0 {
		return statusError(exit.Code)
	}
	return nil
}

// redirect opens the log of a step, and sends there what the process writes to
// standard error too: the traces of a crash, say.
func redirect(root string) (io.WriteCloser, error) {
	log, err := os.OpenFile(filepath.Join(root, step.LogFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644) //nolint:gosec // the team reads it
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	if err := unix.Dup2(int(log.Fd()), 2); err != nil {
		return nil, errors.Join(fmt.Errorf("write standard error to %s: %w", log.Name(), err), log.Close())
	}
	return log, nil
}
