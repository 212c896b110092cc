package cli_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/cmd/internal/simulation"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// TestMain lets this binary be the command daybatch too, for the scripts and for
// the steps that their engines start.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"daybatch": daybatch})
}

func daybatch() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	env := cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, //nolint:forbidigo // as main
		Environ: os.Environ(), Host: "forge", Now: clock(os.Getenv("TEST_NOW")), //nolint:forbidigo // as main
	}
	env.Dir, _ = os.Getwd()
	env.Executable, _ = os.Executable()
	os.Exit(cli.Run(ctx, env)) //nolint:forbidigo,gocritic // as main
}

// clock returns the time, or one that began to run at a given instant.
func clock(from string) func() time.Time {
	start, err := time.Parse(time.RFC3339, from)
	if err != nil {
		return time.Now //nolint:forbidigo // as main
	}
	began := time.Now() //nolint:forbidigo // as main
	return func() time.Time {
		return start.Add(time.Since(began))
	}
}

// TestScripts runs the program on scripts: with the real engine, on files.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("DAYBATCH_ACTOR", "aki")
			// The race detector holds every program that ends well back for a second.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			// A script that failed may have left the process of a simulated account.
			env.Defer(func() { _, _ = simulation.Stop(context.Background(), filepath.Join(env.WorkDir, ".simulation")) })
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":     code,
			"rentals":  rentals,
			"waitfile": waitFile,
			"until":    until,
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Getuid() == 0, nil
			}
			return false, fmt.Errorf("condition %q is not known", name)
		},
	})
}

// code runs a program and checks its exit code: code 2 daybatch days --nope.
func code(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: code N program [args]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s ended with %d; want %d", strings.Join(args[1:], " "), got, want)
	}
}

// rentals writes a CSV of daily bike rentals, the same every time, whose header
// is station,date,rentals: rentals FILE FIRST DAYS [STATIONS].
func rentals(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: rentals FILE FIRST DAYS [STATIONS]")
	}
	first, err := calendar.Parse(args[1])
	ts.Check(err)
	days, err := strconv.Atoi(args[2])
	ts.Check(err)
	stations := []string{"harbour", "museum"}
	if len(args) > 3 {
		stations = strings.Split(args[3], ",")
	}
	var text strings.Builder
	text.WriteString("station,date,rentals\n")
	for i := range days {
		d := first + calendar.Date(i)
		for j, station := range stations {
			week := 1 + 0.3*math.Sin(2*math.Pi*float64(d.Weekday())/7)
			noise := 1 + 0.1*math.Sin(float64(i*i%97)+float64(j))
			fmt.Fprintf(&text, "%s,%s,%.0f\n", station, d, float64(200+100*j)*week*noise)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o600))
}

// until runs a program until what it prints matches: until Succeeded daybatch days.
func until(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: until PATTERN program [args]")
	}
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for range 600 {
		ts.Check(ts.Exec(args[1], args[2:]...))
		if pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		<-look.C
	}
	ts.Fatalf("%q does not print %s", args[1:], args[0])
}

// waitFile waits until a file is there.
func waitFile(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: waitfile FILE")
	}
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for range 6000 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		<-look.C
	}
	ts.Fatalf("%s did not come", args[0])
}
