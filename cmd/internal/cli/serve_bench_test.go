//go:build linux

package cli_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var idleTime = flag.Duration("idle", 20*time.Second, "how long BenchmarkServeIdle lets the server be idle")

// BenchmarkServeIdle lets a server of a project with 400 days be idle, and reports
// the share of one processor that it uses once it is up, in percent, the memory
// that it holds then, and the most that it ever held: after a minute it looks for
// the first time whether forecasts have come true.
//
//	go test ./cmd/internal/cli -run '^$' -bench ServeIdle -benchtime 1x -idle 1m
func BenchmarkServeIdle(b *testing.B) {
	dir := b.TempDir()
	failingProject(b, dir, 400)
	builtIn(b, dir)
	var used, wall time.Duration
	var holds, held int64
	for b.Loop() {
		command := exec.Command("daybatch", "serve", "--project", dir)
		var complaints bytes.Buffer
		command.Stderr = &complaints
		if err := command.Start(); err != nil {
			b.Fatal(err)
		}
		time.Sleep(5 * time.Second)                                        // it starts, and looks at everything once
		before, begun := processorTime(b, command.Process.Pid), time.Now() //nolint:forbidigo // it measures
		time.Sleep(*idleTime)
		used += processorTime(b, command.Process.Pid) - before
		wall += time.Since(begun)
		holds = max(holds, memory(b, command.Process.Pid))
		_ = command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil {
			b.Fatalf("serve ended with %v: %s", err, complaints.Bytes())
		}
		held = max(held, command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	}
	b.ReportMetric(100*used.Seconds()/wall.Seconds(), "%cpu")
	b.ReportMetric(float64(holds)/(1<<20), "MB-rss")
	b.ReportMetric(float64(held)/1024, "MB-peak")
}

// builtIn gives a project the built-in steps, of which the server makes use too: it
// looks at the source of dates.
func builtIn(b *testing.B, dir string) {
	b.Helper()
	file := filepath.Join(dir, "daybatch.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	before, _, ok := strings.Cut(string(text), "steps:")
	if !ok {
		b.Fatalf("project has no steps: %s", text)
	}
	if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
		b.Fatal(err)
	}
}
