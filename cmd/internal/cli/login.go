package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/cmd/internal/simulation"
	"github.com/daybatch/daybatch/forecast"
)

// loginFor says how to log in again to a project's account.
func (a *app) loginFor(ctx context.Context, c config.Config) forecast.Login {
	if c.SageMaker.Simulation != "" {
		return forecast.Login{Command: []string{a.env.Executable, "simulate", "--fault", simulation.NoFault, "--project", c.Dir}}
	}
	return aws.LoginFor(ctx, c.SageMaker, a.env.Environ)
}

// logIn offers to log in where the screen can't be opened for want of that, and
// reports whether somebody has. It is asked on a terminal, where the program that
// logs in has it for itself.
func (a *app) logIn(ctx context.Context, failed error) bool {
	c, err := a.project()
	if err != nil || c.Engine != config.EngineSageMaker || !errors.Is(failed, forecast.ErrLogin) {
		return false
	}
	login := a.loginFor(ctx, c)
	if len(login.Command) == 0 {
		return false
	}
	program, err := exec.LookPath(login.Command[0])
	if err != nil {
		return false // the error says what to run elsewhere
	}
	fmt.Fprintf(a.env.Stderr, "The login to the account of %s has expired, or there is none. Run `%s` now? [Y/n] ", c.Definition.Pipeline, strings.Join(login.Command, " "))
	answer, err := a.readLine(ctx)
	if err != nil || answer != "" && !strings.EqualFold(answer, "y") && !strings.EqualFold(answer, "yes") {
		return false
	}
	if a.env.Foreground != nil {
		a.env.Foreground(true)
		defer a.env.Foreground(false)
	}
	command := exec.CommandContext(ctx, program, login.Command[1:]...) //nolint:gosec // it was shown, and the answer was yes
	command.Stdin, command.Stdout, command.Stderr = a.env.Stdin, a.env.Stdout, a.env.Stderr
	if err := command.Run(); err != nil {
		fmt.Fprintf(a.env.Stderr, "%s: %s\n", strings.Join(login.Command, " "), err)
		return false
	}
	return true
}
