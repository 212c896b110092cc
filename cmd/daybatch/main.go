// Command daybatch is the operator's terminal for daily training-and-prediction
// batches.
package main

import (
	"os"
	"os/signal"
	"os/user"
	"sync/atomic"
	"syscall"
	"time"
	_ "time/tzdata" // the zones of pipelines, also where the machine has none

	"github.com/daybatch/daybatch/cmd/internal/cli"
)

func main() { os.Exit(run()) }

func run() int {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // the terminal is gone; under nohup that is fine
		signals = append(signals, syscall.SIGHUP)
	}
	var elsewhere atomic.Bool // another program has the terminal: ctrl+c is meant for it
	ctx, stop := until(&elsewhere, signals...)
	defer stop()
	env := cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Now: time.Now,
		Foreground: elsewhere.Store,
	}
	// What the machine doesn't tell stays empty, and is missed where it is needed.
	env.Dir, _ = os.Getwd()
	env.Executable, _ = os.Executable()
	env.Host, _ = os.Hostname()
	if person, err := user.Current(); err == nil {
		env.User = person.Username
	}
	return cli.Run(ctx, env)
}
