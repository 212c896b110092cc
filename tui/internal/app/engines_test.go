package app_test

import (
	"context"
	"errors"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// Engines that can what only some can.

// polled is an engine that looks for changes from time to time.
type polled struct {
	*enginetest.Fake

	looked time.Time
}

func (p polled) Watch(ctx context.Context, after forecast.Cursor) (forecast.Subscription, error) {
	sub, err := p.Fake.Watch(ctx, after)
	return polledSubscription{sub, p.looked}, err
}

type polledSubscription struct {
	forecast.Subscription

	looked time.Time
}

func (s polledSubscription) Looked() time.Time { return s.looked }

// keeping is an engine that reads logs from where it has kept them.
type keeping struct {
	*enginetest.Fake

	since time.Time
	why   error
}

func (k keeping) Logs(ctx context.Context, query forecast.LogQuery) (forecast.LogStream, error) {
	stream, err := k.Fake.Logs(ctx, query)
	return keptLog{stream, k}, err
}

type keptLog struct {
	forecast.LogStream

	of keeping
}

func (l keptLog) Kept() (time.Time, error) { return l.of.since, l.of.why }

// advised is an engine that works under a login.
type advised struct {
	*enginetest.Fake

	login forecast.Login
}

func (a advised) Login(context.Context) forecast.Login { return a.login }

// accounted is an engine that works in an account.
type accounted struct {
	*enginetest.Fake

	account *forecast.Account
}

func (a accounted) Account(context.Context) (forecast.Account, error) {
	if a.account.Region == "" {
		return forecast.Account{}, errors.New("list profiles: permission denied")
	}
	return *a.account, nil
}

// consoled is an engine with a console.
type consoled struct {
	*enginetest.Fake

	link func(forecast.LinkQuery) (forecast.Link, error)
}

func (c consoled) Link(_ context.Context, query forecast.LinkQuery) (forecast.Link, error) {
	return c.link(query)
}
