package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	randv2 "math/rand/v2"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/forecast/step"
)

// mlRoot is where SageMaker keeps what belongs to a job.
const mlRoot = "/opt/ml"

// jobOptions are those of the verb job.
type jobOptions struct {
	app  *app
	root string
}

func newJob(a *app) *cobra.Command {
	opts := jobOptions{app: a}
	cmd := &cobra.Command{
		Use:    "job",
		Hidden: true,
		Short:  "Run what a container of the pipeline is there for",
		Long: `Run the steps of one date or several inside a container of SageMaker, as the
environment says (DAYBATCH_*). The pipeline that deploy makes starts this.`,
		Example: `  daybatch job`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runJob(cmd.Context(), opts) },
	}
	cmd.Flags().StringVar(&opts.root, "root", mlRoot, "directory of inputs, outputs and the message")
	return cmd
}

func runJob(ctx context.Context, opts jobOptions) error {
	env := opts.app.env
	// A signal is a wish to stop, and that is the steps' cause of it.
	running, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { cancel(step.ErrStopped) })()
	err := aws.RunJob(running, aws.JobOptions{
		Environ: env.Environ, Root: opts.root, Project: env.Dir,
		Host: env.Host, Version: readBuild().id(), Log: env.Stdout, Executable: env.Executable,
		Now: env.Now, Jitter: randv2.Float64, NewID: randomID,
	})
	if err != nil {
		fmt.Fprintln(env.Stderr, "daybatch: "+err.Error())
		return statusError(exitFailed)
	}
	return nil
}

// randomID returns an id that nobody else has used.
func randomID() string {
	id := make([]byte, 8)
	_, _ = rand.Read(id) // it never fails
	return hex.EncodeToString(id)
}
