package aws

import (
	"context"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

var _ forecast.LoginAdviser = (*Engine)(nil)

// Login implements [forecast.LoginAdviser].
func (e *Engine) Login(ctx context.Context) forecast.Login {
	if len(e.options.Again) > 0 {
		return forecast.Login{Command: e.options.Again}
	}
	return LoginFor(ctx, e.options.Settings, e.options.Environ)
}

// LoginFor says how to log in again to the account of a project, before its engine
// is open as well.
func LoginFor(ctx context.Context, s settings.Settings, environ []string) forecast.Login {
	return cloud.LogInAgain(ctx, account(s), environment(environ))
}
