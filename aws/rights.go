package aws

import (
	"context"
	"errors"
	"fmt"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/daybatch/daybatch/aws/internal/calls"
	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/deploy"
	"github.com/daybatch/daybatch/aws/internal/rights"
	"github.com/daybatch/daybatch/forecast"
)

var _ forecast.RightsReader = (*Engine)(nil)

// operator is whose rights come first.
const operator = "you"

// people makes the clients that tell who is who.
func people(loaded awssdk.Config) *calls.IAM {
	return calls.OfIAM(iam.NewFromConfig(loaded), sts.NewFromConfig(loaded))
}

// Rights implements [forecast.RightsReader]. Nothing is tried: IAM is asked, which few
// may do, so that what can't be told is no failure.
func (e *Engine) Rights(ctx context.Context) ([]forecast.Right, error) {
	who, err := e.people.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("find out whose rights to look up: %w", cloud.Error(err))
	}
	caller := awssdk.ToString(who.Arn)
	principal, account, ok := rights.Principal(caller)
	o := deploy.Options{Settings: e.options.Settings, Definition: e.definition}
	me := deploy.Worker{Who: operator, Role: principal, Abilities: deploy.Abilities(o, account)}
	workers := append([]deploy.Worker{me}, deploy.Workers(o)...)
	var all []forecast.Right
	if !ok {
		all = unknown(me, caller, "IAM tells of users and roles, and this login is neither")
		workers = workers[1:]
	}
	for _, w := range workers {
		var known []forecast.Right
		if err == nil { // else IAM does not answer, and each call to it takes its time
			known, err = e.rightsOf(ctx, w)
		}
		switch {
		case errors.Is(err, forecast.ErrUnavailable) && ctx.Err() == nil:
			known = unknown(w, w.Role, err.Error())
		case err != nil:
			return nil, err
		}
		all = append(all, known...)
	}
	return all, nil
}

// rightsOf returns the rights of one of those who work for the pipeline.
func (e *Engine) rightsOf(ctx context.Context, w deploy.Worker) ([]forecast.Right, error) {
	var needs []deploy.Need
	for _, ability := range w.Abilities {
		needs = append(needs, ability.Needs...)
	}
	decided, principal, err := rights.Asker{API: e.people, Region: e.options.Settings.Region}.Ask(ctx, w.Role, needs)
	switch {
	case errors.Is(err, forecast.ErrUnavailable), errors.Is(err, forecast.ErrLogin), ctx.Err() != nil:
		return nil, err //nolint:wrapcheck // it says whose rights
	case errors.Is(err, forecast.ErrUnauthorised):
		return unknown(w, principal, notAllowed(err)), nil
	case err != nil:
		return unknown(w, principal, err.Error()), nil
	}
	var all []forecast.Right
	for _, ability := range w.Abilities {
		d := rights.Judge(ability, decided)
		all = append(all, forecast.Right{Who: w.Who, As: principal, What: ability.What, Verdict: d.Verdict, Reason: d.Reason})
	}
	return all, nil
}

// notAllowed names the call that nobody may make: the rest of what IAM says is known.
func notAllowed(err error) string {
	for _, action := range []string{"GetRole", "SimulatePrincipalPolicy"} {
		if strings.Contains(err.Error(), "IAM "+action) {
			return "iam:" + action + " is not allowed"
		}
	}
	return err.Error()
}

func unknown(w deploy.Worker, principal, why string) []forecast.Right {
	var all []forecast.Right
	for _, ability := range w.Abilities {
		all = append(all, forecast.Right{Who: w.Who, As: principal, What: ability.What, Verdict: forecast.RightUnknown, Reason: why})
	}
	return all
}
