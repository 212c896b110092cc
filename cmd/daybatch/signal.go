package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
)

// until returns a context that ends with the first of the signals, as that of
// [signal.NotifyContext] does; an interrupt that is meant for another program does
// not count. A second signal ends the process.
func until(elsewhere *atomic.Bool, signals ...os.Signal) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	caught := make(chan os.Signal, len(signals))
	signal.Notify(caught, signals...)
	end := func(cause error) {
		signal.Stop(caught)
		cancel(cause)
	}
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case sent := <-caught:
				if sent != os.Interrupt || !elsewhere.Load() {
					end(signalError(sent.String() + " signal received"))
					return
				}
			}
		}
	}()
	return ctx, func() { end(nil) }
}

// signalError says which signal it was. It is a context that was canceled.
type signalError string

func (s signalError) Error() string { return string(s) }

// Is reports that the context was canceled.
func (signalError) Is(target error) bool { return target == context.Canceled }
