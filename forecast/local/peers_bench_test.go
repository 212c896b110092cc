//go:build unix

package local_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// The case that peers are compared on: dates of six steps that do nothing, so many
// dates at once.
const (
	peerDates  = 30
	peerActive = 4
)

// BenchmarkPeers is what others need for the same steps in the same order: our own
// engine, make, which keeps no state, snakemake, whose state is files, and ecFlow,
// a server with clients. Those that are not installed are left out.
//
//	go test ./forecast/local -run '^$' -bench Peers -benchtime 1x
func BenchmarkPeers(b *testing.B) {
	own := 0.0
	for _, peer := range []struct {
		name  string
		needs []string
		// prepare returns what is measured.
		prepare func(b *testing.B, dir string) func() error
	}{
		{"daybatch", nil, prepareOwn},
		{"make", []string{"make"}, prepareMake},
		{"snakemake", []string{"snakemake"}, prepareSnakemake},
		{"ecflow", []string{"ecflow_server", "ecflow_client"}, prepareEcflow},
	} {
		b.Run(peer.name, func(b *testing.B) {
			for _, program := range peer.needs {
				if _, err := exec.LookPath(program); err != nil {
					b.Skipf("%s is not installed", program)
				}
			}
			for b.Loop() {
				b.StopTimer()
				run := peer.prepare(b, b.TempDir())
				b.StartTimer()
				if err := run(); err != nil {
					b.Fatal(err)
				}
			}
			step := b.Elapsed().Seconds() * 1000 / float64(b.N*peerDates*len(forecast.StepNames()))
			if peer.name == "daybatch" {
				own = step
			}
			b.ReportMetric(step, "ms/step")
			if own > 0 {
				b.ReportMetric(step/own, "times-ours")
			}
		})
	}
}

func prepareOwn(b *testing.B, _ string) func() error {
	b.Helper()
	e, id := noop{dates: peerDates, active: peerActive, chunk: 1}.backfill(b)
	return func() error { return e.Drive(b.Context(), id) }
}

// doneFile is what a step of the i-th date leaves.
func doneFile(i int, name forecast.StepName) string { return fmt.Sprintf("d%02d-%s", i, name) }

func prepareMake(b *testing.B, dir string) func() error {
	b.Helper()
	var rules strings.Builder
	rules.WriteString("all:")
	for i := range peerDates {
		rules.WriteString(" " + doneFile(i, forecast.PostProc))
	}
	rules.WriteString("\n")
	for i := range peerDates {
		before := ""
		for _, name := range forecast.StepNames() {
			fmt.Fprintf(&rules, "%s: %s\n\t@/bin/sh -c 'true > $@'\n", doneFile(i, name), before)
			before = doneFile(i, name)
		}
	}
	write(b, filepath.Join(dir, "Makefile"), rules.String())
	return func() error { return inDir(dir, "make", "-s", "-j"+strconv.Itoa(peerActive)) }
}

func prepareSnakemake(b *testing.B, dir string) func() error {
	b.Helper()
	var rules strings.Builder
	fmt.Fprintf(&rules, "rule all:\n    input: [f'd{i:02d}-%s' for i in range(%d)]\n", forecast.PostProc, peerDates)
	before := ""
	for _, name := range forecast.StepNames() {
		fmt.Fprintf(&rules, "rule %s:\n", name)
		if before != "" {
			fmt.Fprintf(&rules, "    input: 'd{i}-%s'\n", before)
		}
		fmt.Fprintf(&rules, "    output: 'd{i}-%s'\n    shell: 'true > {output}'\n", name)
		before = string(name)
	}
	write(b, filepath.Join(dir, "Snakefile"), rules.String())
	return func() error { return inDir(dir, "snakemake", "--quiet", "all", "-j"+strconv.Itoa(peerActive)) }
}

// prepareEcflow starts a server with a suite of which each date is a family, its
// tasks one after the other; a limit bounds the tasks at once, which are as many
// as dates.
func prepareEcflow(b *testing.B, dir string) func() error {
	b.Helper()
	port := freePort(b)
	var suite strings.Builder
	fmt.Fprintf(&suite, "suite s\n edit ECF_HOME '%[1]s'\n edit ECF_FILES '%[1]s'\n limit active %[2]d\n inlimit /s:active\n", dir, peerActive)
	for i := range peerDates {
		fmt.Fprintf(&suite, " family d%02d\n", i)
		before := ""
		for _, name := range forecast.StepNames() {
			fmt.Fprintf(&suite, "  task %s\n", name)
			if before != "" {
				fmt.Fprintf(&suite, "   trigger %s == complete\n", before)
			}
			before = string(name)
		}
		suite.WriteString(" endfamily\n")
	}
	write(b, filepath.Join(dir, "s.def"), suite.String()+"endsuite\n")
	job := `#!/bin/sh
export ECF_PORT=%ECF_PORT% ECF_HOST=%ECF_HOST% ECF_NAME=%ECF_NAME% ECF_PASS=%ECF_PASS% ECF_TRYNO=%ECF_TRYNO% ECF_RID=$$
set -e
ecflow_client --init=$$
true
ecflow_client --complete
`
	for _, name := range forecast.StepNames() {
		write(b, filepath.Join(dir, string(name)+".ecf"), job)
	}
	server := exec.Command("ecflow_server", "--port", port)
	server.Dir, server.Env = dir, append(os.Environ(), "ECF_HOME="+dir, "LANG=C", "LC_ALL=C", "ECF_INTERVAL=1")
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	client := func(args ...string) (string, error) {
		command := exec.Command("ecflow_client", append([]string{"--host", "localhost", "--port", port}, args...)...)
		command.Env = append(os.Environ(), "LANG=C", "LC_ALL=C")
		output, err := command.CombinedOutput()
		return string(output), err
	}
	b.Cleanup(func() { _, _ = client("--terminate=yes") })
	for range 100 {
		if _, err := client("--ping"); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, args := range [][]string{{"--restart"}, {"--load=" + filepath.Join(dir, "s.def")}} {
		if output, err := client(args...); err != nil {
			b.Fatalf("%v: %v: %s", args, err, output)
		}
	}
	return func() error {
		if output, err := client("--begin=s"); err != nil {
			return fmt.Errorf("begin: %w: %s", err, output)
		}
		for range 3000 {
			output, err := client("--query", "state", "/s")
			switch state := strings.TrimSpace(output); {
			case err != nil:
				return fmt.Errorf("ask for the state: %w: %s", err, output)
			case state == "complete":
				return nil
			case state == "aborted":
				return errors.New("the suite was aborted")
			}
			time.Sleep(100 * time.Millisecond)
		}
		return errors.New("the suite did not end")
	}
}

// freePort returns a port that nobody listens on.
func freePort(b *testing.B) string {
	b.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	return port
}

func write(b *testing.B, path, text string) {
	b.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

// inDir runs a program to its end.
func inDir(dir, program string, args ...string) error {
	command := exec.Command(program, args...)
	command.Dir = dir
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, said.String())
	}
	return nil
}
