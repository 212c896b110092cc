package simulation

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast/step"
)

// container runs what the container of a job would: the verb job, over the
// project's directory, by the account's time. A job that is to stop gets the
// cause that a signal is.
func (s *server) container(ctx context.Context, j awssim.Job) awssim.Exit {
	running, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { cancel(step.ErrStopped) })()
	err := aws.RunJob(running, aws.JobOptions{
		Environ: s.environ(j), Root: filepath.Join(j.Root, "opt", "ml"), Scratch: filepath.Join(j.Root, "tmp"), Project: s.Project,
		Host: j.Name, Version: s.Version, Log: j.Stdout, Executable: s.Executable, Now: s.sim.Now, Jitter: s.Jitter, NewID: s.NewID,
		Endpoint: j.Endpoint, Sleep: s.sleep,
	})
	if err != nil {
		return awssim.Exit{Code: 1} // the reason is in the job's message
	}
	return awssim.Exit{}
}

// environ is the environment of a container: what programs need to run, and what
// the pipeline's definition gives.
func (s *server) environ(j awssim.Job) []string {
	var environ []string
	for _, pair := range s.Environ {
		switch name, _, _ := strings.Cut(pair, "="); name {
		case "PATH", "HOME", "TMPDIR", "LANG", "GOCOVERDIR", "GORACE":
			environ = append(environ, pair)
		}
	}
	for name, value := range j.Environment {
		environ = append(environ, name+"="+value)
	}
	return append(environ, ClockVariable+"="+s.Dir)
}

// sleep waits by the account's time, which is fast while a job runs.
func (s *server) sleep(ctx context.Context, d time.Duration) error {
	return pause(ctx, max(fastTick, d/Speed))
}
