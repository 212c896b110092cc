package aws

import (
	"context"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/forecast"
)

var _ forecast.AccountReader = (*Engine)(nil)

// Account implements [forecast.AccountReader].
func (e *Engine) Account(context.Context) (forecast.Account, error) {
	s := e.options.Settings
	found := forecast.Account{Profile: s.Profile, Region: s.Region}
	if s.Simulation != "" {
		found.Fixed = "the account is simulated: it has no other profile and no other region"
		return found, nil
	}
	profiles, err := cloud.Profiles(environment(e.options.Environ))
	if err != nil {
		return forecast.Account{}, err //nolint:wrapcheck // it names the file
	}
	found.Profiles, found.Regions = profiles, cloud.Regions()
	return found, nil
}
