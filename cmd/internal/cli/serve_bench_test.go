//go:build linux

package cli_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var idleTime = flag.Duration("idle", 20*time.Second, "how long BenchmarkServeIdle lets the server be idle")

// BenchmarkServeIdle lets a server of a project with 400 days be idle, and reports
// the share of one processor that it uses once it is up, in percent, and the most
// memory that it ever held.
//
//	go test ./cmd/internal/cli -run '^$' -bench ServeIdle -benchtime 1x -idle 1m
func BenchmarkServeIdle(b *testing.B) {
	dir := b.TempDir()
	failingProject(b, dir, 400)
	var used, wall time.Duration
	var held int64
	for b.Loop() {
		command := exec.Command("daybatch", "serve", "--project", dir)
		var complaints bytes.Buffer
		command.Stderr = &complaints
		if err := command.Start(); err != nil {
			b.Fatal(err)
		}
		time.Sleep(5 * time.Second) // it starts, and looks at everything once
		before, begun := processorTime(b, command.Process.Pid), time.Now()
		time.Sleep(*idleTime)
		used += processorTime(b, command.Process.Pid) - before
		wall += time.Since(begun)
		_ = command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil {
			b.Fatalf("serve ended with %v: %s", err, complaints.Bytes())
		}
		held = max(held, command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	}
	b.ReportMetric(100*used.Seconds()/wall.Seconds(), "%cpu")
	b.ReportMetric(float64(held)/1024, "MB-rss")
}

// processorTime returns what a process has used so far, to a nanosecond where the
// kernel counts so, else in ticks.
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
	if first, _, ok := strings.Cut(string(text), " "); err == nil && ok {
		if nanoseconds, err := strconv.ParseInt(first, 10, 64); err == nil && nanoseconds > 0 {
			return time.Duration(nanoseconds)
		}
	}
	text, err = os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		b.Fatal(err)
	}
	system, err := strconv.Atoi(fields[12])
	if err != nil {
		b.Fatal(err)
	}
	const tick = time.Second / 100 // USER_HZ, on every Linux that Go runs on
	return time.Duration(user+system) * tick
}
