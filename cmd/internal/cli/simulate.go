package cli

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/cmd/internal/demo"
	"github.com/daybatch/daybatch/cmd/internal/simulation"
	"github.com/daybatch/daybatch/forecast"
)

const (
	// simulatedPoll is how often changes are looked for in a simulated account,
	// whose time is fast.
	simulatedPoll = 100 * time.Millisecond
	// simulationIdle is for how long nobody may use a simulated account.
	simulationIdle = 15 * time.Minute
)

// simulateOptions are those of the verb simulate.
type simulateOptions struct {
	app   *app
	stop  bool
	fault string
}

func newSimulate(a *app) *cobra.Command {
	opts := simulateOptions{app: a}
	cmd := &cobra.Command{
		Use:    "simulate",
		Hidden: true,
		Short:  "Serve the simulated AWS account of a project",
		Long: `Serve the simulated AWS account of a project that demo --engine sagemaker made, on
the loopback interface. Every verb starts it when it is not there, and it ends when
nobody has used it for 15 minutes. What has ended there stays. A screen that is open
starts it again.

With --fault something goes wrong there for everybody but the jobs that run, as it
does on AWS, until it is called with none: screens and verbs show what they make of
it. A screen that has lost its login offers to log in (I), which is simulated too.`,
		Example: `  daybatch simulate --fault login
  daybatch simulate --fault none
  daybatch simulate --stop`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runSimulate(cmd.Context(), opts) },
	}
	cmd.Flags().BoolVar(&opts.stop, "stop", false, "end the one that is served")
	names, about := simulation.FaultNames()
	cmd.Flags().StringVar(&opts.fault, "fault", "", "what goes wrong from now on: "+about)
	_ = cmd.RegisterFlagCompletionFunc("fault", fixedWords(names...))
	cmd.MarkFlagsMutuallyExclusive("stop", "fault")
	return cmd
}

func runSimulate(ctx context.Context, opts simulateOptions) error {
	a := opts.app
	c, err := a.project()
	if err != nil {
		return err
	}
	if c.Engine != config.EngineSageMaker || c.SageMaker.Simulation == "" {
		return &hintError{usagef("the project has no simulated account"), "`daybatch demo --engine sagemaker` makes one that has"}
	}
	dir := simulationDir(c)
	if owner := ownerOf(c); owner != c.Dir && opts.fault == "" && !opts.stop {
		return &hintError{usagef("the account is that of the project in %s", owner), "`daybatch --project " + owner + " simulate` serves it"}
	}
	if opts.fault != "" {
		return a.simulateFault(ctx, c, dir, opts.fault)
	}
	if opts.stop {
		served, err := simulation.Stop(ctx, dir)
		if err == nil && !served {
			fmt.Fprintln(a.env.Stderr, "no simulated account is served")
		}
		return err //nolint:wrapcheck // it says what it did
	}
	return simulation.Serve(ctx, simulation.Options{ //nolint:wrapcheck // as above
		Dir: dir, Project: c.Dir, Definition: c.Definition, Settings: c.SageMaker, Files: demo.Tables(),
		Executable: a.env.Executable, Version: readBuild().id(), Environ: a.env.Environ,
		Log: slog.New(slog.NewTextHandler(a.env.Stderr, nil)), Now: a.env.Now, Jitter: rand.Float64, NewID: randomID, Idle: simulationIdle,
		Guest: demo.Made(c.Dir),
	})
}

// ownerOf returns the directory of the project whose simulated account another one's
// is: the one around the account's directory, if there is one.
func ownerOf(c config.Config) string {
	around := filepath.Dir(simulationDir(c))
	if _, err := os.Stat(filepath.Join(around, config.FileName)); err != nil {
		return c.Dir
	}
	return around
}

// simulateFault makes something go wrong in the account of a project.
func (a *app) simulateFault(ctx context.Context, c config.Config, dir, name string) error {
	endpoint, err := simulation.Connect(ctx, dir, func() error { return a.startSimulation(c, dir) })
	if err == nil {
		err = simulation.SetFault(ctx, endpoint, name)
	}
	if err == nil && name != simulation.NoFault {
		fmt.Fprintln(a.env.Stderr, "until `daybatch simulate --fault none`")
	}
	return err //nolint:wrapcheck // it says what it did
}

// startSimulation starts a process that serves the account in a directory and
// outlives this one. What it has to say goes to a file.
func (a *app) startSimulation(c config.Config, dir string) error {
	if a.offering {
		return forecast.ErrUnavailable
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err //nolint:wrapcheck // Connect says what was to be started
	}
	log, err := os.OpenFile(filepath.Join(dir, simulation.LogFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the simulation's own file
	if err != nil {
		return err //nolint:wrapcheck // as above
	}
	defer func() { _ = log.Close() }()
	owner := ownerOf(c)
	command := exec.Command(a.env.Executable, "simulate", "--project", owner) //nolint:gosec,noctx // this program; it ends by itself
	command.Dir, command.Env, command.Stdout, command.Stderr = owner, a.env.Environ, log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // the terminal's signals are not for it
	if err := command.Start(); err != nil {
		return err //nolint:wrapcheck // as above
	}
	go func() { _ = command.Wait() }() // what a screen outlives stays no zombie
	return nil
}
