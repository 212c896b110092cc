package aws

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/forecast"
)

const (
	// skewed is how far this machine's clock may be from the service's.
	skewed = 5 * time.Second
	// refusedSkew is from where on the service refuses calls for it.
	refusedSkew = 5 * time.Minute
	// endsSoon is how long before its end a login is worth a word.
	endsSoon = time.Hour
)

// health finds what is wrong between this machine and the account: its clock, and the
// login. The calls of an examination have told the former.
func (e *Engine) health(ctx context.Context) []finding {
	var found []finding
	if ahead, ok := e.clock.Ahead(); ok && ahead.Abs() >= skewed {
		found = append(found, finding{clockFinding(ahead), nil})
	}
	if e.options.Settings.Simulation != "" {
		return found // nobody's login is used
	}
	profile, ends, err := cloud.LoginEnds(ctx, account(e.options.Settings))
	switch left := ends.Sub(e.options.Wall()); {
	case err != nil:
		found = append(found, finding{forecast.Finding{
			Severity: forecast.SeverityWarning, Kind: "login-unknown", Text: "it is not known when the login ends: " + err.Error(),
			Advice: e.loginAdvice(ctx),
		}, nil})
	case !ends.IsZero() && left < endsSoon:
		found = append(found, finding{loginFinding(profile, left, ends, e.loginAdvice(ctx)), nil})
	}
	return found
}

var _ forecast.VitalsReader = (*Engine)(nil)

// Vitals implements [forecast.VitalsReader]: the clock, if the service has told its time, and
// the login.
func (e *Engine) Vitals(ctx context.Context) ([]forecast.Vital, error) {
	var well []forecast.Vital
	if ahead, ok := e.clock.Ahead(); ok && ahead.Abs() < skewed {
		well = append(well, forecast.Vital{
			Kind: "clock", Text: fmt.Sprintf("less than %s from AWS's", skewed), Advice: "what is late or due goes by it",
		})
	}
	if e.options.Settings.Simulation != "" {
		return well, nil // nobody's login is used
	}
	profile, ends, err := cloud.LoginEnds(ctx, account(e.options.Settings))
	if left := ends.Sub(e.options.Wall()); err != nil || !ends.IsZero() && left < endsSoon {
		return well, nil //nolint:nilerr // which is a finding
	}
	who, err := e.people.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("find out whose login it is: %w", cloud.Error(err))
	}
	return append(well, loginVital(profile, awssdk.ToString(who.Arn), ends.Sub(e.options.Wall()), ends)), nil
}

func loginVital(profile, arn string, left time.Duration, ends time.Time) forecast.Vital {
	c := forecast.Vital{Kind: "login", Text: arn}
	if profile != "" {
		c.Text = "profile " + profile + " as " + arn
	}
	if !ends.IsZero() {
		c.Text += fmt.Sprintf(", ends at %s, in %s", ends.UTC().Format("15:04 UTC"), left.Round(time.Minute))
	}
	return c
}

func clockFinding(ahead time.Duration) forecast.Finding {
	f := forecast.Finding{
		Severity: forecast.SeverityWarning, Kind: "clock-skew",
		Text:   fmt.Sprintf("the clock of this machine is %s ahead of AWS's", ahead.Round(time.Second)),
		Advice: "set the clock by the network's (timedatectl set-ntp true): ages, and what is late or due, are wrong by as much, and from 5 minutes on AWS refuses all calls",
	}
	if ahead < 0 {
		f.Text = fmt.Sprintf("the clock of this machine is %s behind AWS's", -ahead.Round(time.Second))
	}
	if ahead.Abs() >= refusedSkew {
		f.Severity = forecast.SeverityError
	}
	return f
}

func loginFinding(profile string, left time.Duration, ends time.Time, again string) forecast.Finding {
	f := forecast.Finding{
		Severity: forecast.SeverityWarning, Kind: "login-ends", Advice: again,
		Text: fmt.Sprintf("the login of profile %s ends at %s, in %s; what runs in the account goes on", profile, ends.UTC().Format("15:04 UTC"), left.Round(time.Minute)),
	}
	if left <= 0 {
		f.Severity = forecast.SeverityError
		f.Text = fmt.Sprintf("the login of profile %s has ended at %s", profile, ends.UTC().Format("2006-01-02 15:04 UTC"))
	}
	return f
}

// loginAdvice says how to log in again.
func (e *Engine) loginAdvice(ctx context.Context) string {
	login := e.Login(ctx)
	if len(login.Command) == 0 {
		return login.Advice
	}
	return "log in again: " + strings.Join(login.Command, " ")
}

// denied returns a finding for a part of the examination that the login may not look
// at; ok is false if that is not what went wrong.
func denied(err error) (found finding, ok bool) {
	if !errors.Is(err, forecast.ErrUnauthorised) || errors.Is(err, forecast.ErrLogin) {
		return finding{}, false
	}
	return finding{forecast.Finding{
		Severity: forecast.SeverityError, Kind: "permission",
		Text:   "a part was not examined, and what needs the same will not work: " + err.Error(),
		Advice: "somebody has to allow it: `daybatch deploy --print` writes the least rights that everybody needs",
	}, nil}, true
}
