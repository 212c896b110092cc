package awssim

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/athena"
	"github.com/daybatch/daybatch/aws/awssim/internal/events"
	"github.com/daybatch/daybatch/aws/awssim/internal/glue"
	"github.com/daybatch/daybatch/aws/awssim/internal/iam"
	"github.com/daybatch/daybatch/aws/awssim/internal/logs"
	"github.com/daybatch/daybatch/aws/awssim/internal/quicksight"
	"github.com/daybatch/daybatch/aws/awssim/internal/s3"
	"github.com/daybatch/daybatch/aws/awssim/internal/sagemaker"
	"github.com/daybatch/daybatch/aws/awssim/internal/scheduler"
	"github.com/daybatch/daybatch/aws/awssim/internal/sns"
	"github.com/daybatch/daybatch/aws/awssim/internal/sts"
	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// build makes the services; each knows only those it acts on.
//
//	scheduler --> sagemaker --> s3, logs
//	                   '------> events --> sns, logs
//	athena ------> s3
//
// A service may call those to its right while it holds its lock, never back.
func (s *Sim) build() error {
	if err := s.buildStores(); err != nil {
		return err
	}
	s.buildMessages()
	if err := s.buildWork(); err != nil {
		return err
	}
	s.services = map[string]service{
		"s3":         {wire.RESTXML, s.store.Operations()},
		"sts":        {wire.Query, sts.Operations(s.o.Account)},
		"iam":        {wire.Query, s.iam()},
		"logs":       {wire.JSON, s.logs.Operations()},
		"sagemaker":  {wire.JSON, s.sagemaker.Operations()},
		"glue":       {wire.JSON, s.glue.Operations()},
		"athena":     {wire.JSON, s.athena.Operations()},
		"events":     {wire.JSON, s.events.Operations()},
		"sns":        {wire.Query, s.sns.Operations()},
		"scheduler":  {wire.RESTJSON, s.scheduler.Operations()},
		"quicksight": {wire.RESTJSON, s.quick.Operations()},
	}
	return nil
}

func (s *Sim) iam() map[string]wire.Operation {
	return iam.Operations(iam.Options{
		Account: s.o.Account, Now: s.clock.Now, Pages: s.lists,
		Decide: func() func(iam.Question) iam.Decision { return s.rights.Load().Decide },
		Roles:  func() []string { return s.rights.Load().Roles },
		Nested: func() bool { return s.rights.Load().Nested },
	})
}

func (s *Sim) lists() wire.Quirks { return s.quirks.Load().Lists }

func (s *Sim) address() string { return *s.endpoint.Load() }

func (s *Sim) buildStores() error {
	store, err := s3.New(s3.Options{Dir: s.o.Dir, Region: s.o.Region, Now: s.clock.Now, Quirks: s.lists})
	if err != nil {
		return err
	}
	s.store = store
	s.logs, err = logs.New(logs.Options{
		Kept: s.kept("logs"), Account: s.o.Account, Region: s.o.Region, Now: s.clock.Now, Pages: s.lists,
		Quirks: func() logs.Quirks { return s.quirks.Load().Logs },
		Tick:   func() time.Duration { return s.clock.Real(time.Second) },
	})
	return err
}

func (s *Sim) buildMessages() {
	s.sns = sns.New(sns.Options{Account: s.o.Account, Region: s.o.Region, Now: s.clock.Now, Pages: s.lists, Endpoint: s.address})
	s.events = events.New(events.Options{
		Account: s.o.Account, Region: s.o.Region, Now: s.clock.Now, Pages: s.lists,
		Quirks: func() events.Quirks { return s.quirks.Load().Events }, Deliver: s.deliver,
	})
	s.glue = glue.New(s.o.Account, s.clock.Now, s.lists)
	s.quick = quicksight.New(quicksight.Options{Account: s.o.Account, Region: s.o.Region, Clock: s.clock})
}

// deliver gives an event to a rule's target: a topic or a log group.
func (s *Sim) deliver(arn, text string) error {
	if _, group, ok := strings.Cut(arn, ":log-group:"); ok {
		s.logs.Append(strings.TrimSuffix(group, ":*"), "events", text)
		return nil
	}
	if strings.HasPrefix(arn, "arn:aws:sns:") {
		return s.sns.PublishFor("events.amazonaws.com", arn, text)
	}
	return fmt.Errorf("deliver to %s: awssim does not know this kind of target", arn)
}

// kept is a directory of what outlives the account, empty if nothing does.
func (s *Sim) kept(name string) string {
	if s.o.Kept == "" {
		return ""
	}
	return filepath.Join(s.o.Kept, name)
}

func (s *Sim) buildWork() error {
	work, err := sagemaker.New(sagemaker.Options{
		Account: s.o.Account, Region: s.o.Region, Clock: s.clock, Store: s.store, Logs: s.logs,
		Work: filepath.Join(s.o.Dir, ".jobs"), Kept: s.kept("sagemaker"), Seed: s.o.Seed, StartUp: s.o.StartUp, Overhead: s.o.Overhead, Container: s.o.Container, Script: s.o.Script,
		Quirks: func() sagemaker.Quirks { return s.quirks.Load().SageMaker }, Pages: s.lists, Endpoint: s.address,
		Emit: func(e sagemaker.Event) { s.events.Put("aws.sagemaker", e.DetailType, e.Resources, e.Detail) },
	})
	if err != nil {
		return err
	}
	s.sagemaker = work
	s.athena = athena.New(athena.Options{
		Clock: s.clock, Store: s.store, Work: filepath.Join(s.o.Dir, ".queries"), Run: s.o.Query, Syntax: s.o.Syntax, Seed: s.o.Seed, Took: s.o.QueryTime,
		Quirks: func() athena.Quirks { return s.quirks.Load().Athena }, Pages: s.lists,
	})
	s.scheduler = scheduler.New(scheduler.Options{
		Account: s.o.Account, Region: s.o.Region, Clock: s.clock, Pages: s.lists, Start: s.sagemaker.Start,
	})
	return nil
}
