package cli

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/cmd/internal/simulation"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/local"
)

// openEngine opens the engine that the project chooses.
func (a *app) openEngine(ctx context.Context, r OpenRequest) (forecast.Engine, error) {
	if r.Config.Engine == config.EngineSageMaker {
		return a.openSageMaker(ctx, r)
	}
	return a.openLocal(ctx, r)
}

// openSageMaker opens the engine in the project's account.
func (a *app) openSageMaker(ctx context.Context, r OpenRequest) (forecast.Engine, error) {
	o := aws.Options{
		Definition: r.Config.Definition, Settings: r.Config.SageMaker, Actor: r.Actor, Host: a.env.Host, Log: r.Log, Now: a.env.Now,
		ReadOnly: r.ReadOnly, Version: readBuild().id(), Cache: a.account.cache(cacheDir(r.Config)), Jitter: rand.Float64, NewID: randomID,
		Alerts: alert.Audience{Channels: r.Config.Notify, Refresh: r.Config.Refresh}, Dir: r.Config.Dir, Environ: a.env.Environ,
	}
	if o.Settings.Simulation != "" {
		o.Poll, o.LogSettle, o.Unlimited, o.Speed = simulatedPoll, simulatedPoll, true, simulation.Speed
		o.Wall, o.Again = a.hostNow, a.loginFor(ctx, r.Config).Command
	} else {
		o.Clock = a.hostNow
	}
	engine, err := aws.Open(ctx, o)
	if err != nil {
		return nil, err //nolint:wrapcheck // open says what was opened
	}
	return engine, nil
}

// account is one that was turned to instead of the project's: by another login, or in
// another region. The zero account is the project's.
type account struct{ profile, region string }

// cache returns where files of the account are kept, below those of the project's:
// what has one name in both need not be the same.
func (a account) cache(dir string) string {
	if a == (account{}) {
		return dir
	}
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(a.profile + "\x00" + a.region))
	return filepath.Join(dir, fmt.Sprintf("account-%016x", hash.Sum64()))
}

// cacheDir is where files of generations are kept: beside the project, or in the
// user's cache where that can't be written.
func cacheDir(c config.Config) string {
	dir := filepath.Join(c.Dir, local.StateDir, "cache")
	if err := os.MkdirAll(dir, 0o755); err == nil { //nolint:gosec // the team reads it
		return dir
	}
	if cache, err := os.UserCacheDir(); err == nil {
		return filepath.Join(cache, "daybatch", c.Definition.Pipeline)
	}
	return filepath.Join(os.TempDir(), "daybatch", c.Definition.Pipeline)
}

// awsHint says what to do about an error of an AWS account: a login that is
// missing or expired, a right that is, a pipeline that is not there.
func (a *app) awsHint(ctx context.Context, err error, s settings.Settings) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*hintError](err); ok {
		return err
	}
	switch denied := deniedAction(err.Error()); {
	case errors.Is(err, forecast.ErrUnauthorised) && denied != "":
		return &hintError{err, allowHint(denied)}
	case errors.Is(err, forecast.ErrLogin) && s.Simulation != "":
		return &hintError{err, "log in again with `daybatch simulate --fault none`, as the login is simulated"}
	case errors.Is(err, forecast.ErrLogin):
		return &hintError{err, loginHint(aws.LoginFor(ctx, s, a.env.Environ))}
	case errors.Is(err, forecast.ErrUnauthorised):
		return &hintError{err, allowHint("it")}
	case errors.Is(err, forecast.ErrNotFound) && pipelineMissing(err) && !s.Foreign.IsZero():
		return &hintError{err, "check sagemaker.foreign.pipeline, the region and the profile: that pipeline is another team's to make"}
	case errors.Is(err, forecast.ErrNotFound) && pipelineMissing(err):
		return &hintError{err, "`daybatch deploy` makes the pipeline"}
	case errors.Is(err, forecast.ErrUnavailable):
		return &hintError{err, "nothing is lost and what runs goes on: try again in a minute"}
	default:
		return err
	}
}

func allowHint(action string) string {
	return "somebody has to allow " + action + "; `daybatch deploy --print` writes the least rights that everybody needs"
}

func loginHint(l forecast.Login) string {
	if len(l.Command) == 0 {
		return l.Advice
	}
	return "log in again with `" + strings.Join(l.Command, " ") + "`"
}

// deniedAction returns the action that AWS has refused, empty if it says no such
// thing. Its words are "not authorized to perform: sagemaker:DescribePipeline"
// but for S3, which says AccessDenied and nothing else: there it is the operation.
func deniedAction(text string) string {
	if found := regexp.MustCompile(`not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z0-9*]+)`).FindStringSubmatch(text); found != nil {
		return found[1]
	}
	if found := regexp.MustCompile(`not authorised: ([A-Za-z0-9 ]+) (\w+): .*\(AccessDenied`).FindStringSubmatch(text); found != nil {
		return found[1] + "'s " + found[2]
	}
	return ""
}

func pipelineMissing(err error) bool {
	return regexp.MustCompile(`Pipeline '[^']*' does not exist`).MatchString(err.Error())
}

// simulated finds the account of a project that has a simulated one, starts it if
// it is not there, and goes by its clock.
func (a *app) simulated(ctx context.Context, c *config.Config) error {
	a.env.Now = a.hostNow // another project may have been open before
	if c.Engine != config.EngineSageMaker || c.SageMaker.Simulation == "" {
		return nil
	}
	dir := simulationDir(*c)
	endpoint, err := simulation.Connect(ctx, dir, func() error { return a.startSimulation(*c, dir) })
	if err != nil {
		return err //nolint:wrapcheck // it says what it did
	}
	c.SageMaker.Endpoint = endpoint
	a.env.Now = simulation.NewClock(dir, a.hostNow).Now
	return nil
}

func simulationDir(c config.Config) string {
	if filepath.IsAbs(c.SageMaker.Simulation) {
		return c.SageMaker.Simulation
	}
	return filepath.Join(c.Dir, c.SageMaker.Simulation)
}
