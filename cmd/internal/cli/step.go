package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast/step"
)

// stepOptions are those of the verb step.
type stepOptions struct {
	app  *app
	root string
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
	return cmd
}

func runStep(ctx context.Context, opts stepOptions) error {
	env := opts.app.env
	if opts.root == "" {
		opts.root = environment(env.Environ)["DAYBATCH_ROOT"]
	}
	if opts.root == "" {
		return usagef("--root is missing: the directory with the file %s", step.SpecFile)
	}
	// A signal is a wish to stop, and that is the step's cause of it.
	running, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { cancel(step.ErrStopped) })()
	exit, err := step.Run(running, step.Options{
		Root: opts.root, Log: env.Stdout, Now: env.Now, Environ: env.Environ, Executable: env.Executable,
	})
	if err != nil {
		return fmt.Errorf("run step: %w", err)
	}
	if exit.Code != 0 {
		return statusError(exit.Code)
	}
	return nil
}
