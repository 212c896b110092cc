package cli_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/creack/pty"
)

var dataDir = flag.String("data", "", "directory of bike_daily.csv, nn5_daily.csv.gz and chicago_l_daily.csv.gz, for BenchmarkBackfill")

// daybatchCommand runs the command daybatch, which TestMain has put on the path.
func daybatchCommand(b *testing.B, args ...string) []byte {
	b.Helper()
	command := exec.Command("daybatch", args...)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	out, err := command.Output()
	const partly = 5 // the gate has refused some dates, which is an answer too
	if err != nil && command.ProcessState.ExitCode() != partly {
		b.Fatalf("daybatch %v: %v\n%s", args, err, complaints.Bytes())
	}
	return out
}

// BenchmarkDemo runs the demo's 21 dates from an empty directory.
//
//	go test ./cmd/internal/cli -run '^$' -bench Demo -benchtime 1x
func BenchmarkDemo(b *testing.B) {
	dates := 0
	for b.Loop() {
		daybatchCommand(b, "demo", "--dir", filepath.Join(b.TempDir(), "demo"), "--until", "2026-10-18", "-o", "json")
		dates += 21
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(dates), "s/date")
}

// BenchmarkBackfill makes 60 dates of real data sets from nothing: init,
// backfill, metrics. Accuracy is that of the newest date, over the rolling
// origins that its gate judged. Each is made with a process for each step of each
// date, and with processes that work through ten dates.
//
//	go test ./cmd/internal/cli -run '^$' -bench Backfill -benchtime 1x -data DIR
func BenchmarkBackfill(b *testing.B) {
	if *dataDir == "" {
		b.Skip("needs -data DIR with the data sets, which are not part of the module")
	}
	for _, set := range []struct{ name, file, holidays string }{
		{"bike", "bike_daily.csv", "US"},
		{"nn5", "nn5_daily.csv.gz", ""},
		{"chicago", "chicago_l_daily.csv.gz", "US"},
	} {
		for _, chunk := range []string{"1", "10"} {
			b.Run(set.name+"/chunk="+chunk, func(b *testing.B) {
				b.Setenv("DAYBATCH_FORECAST_HOLIDAYS", set.holidays)
				b.Setenv("DAYBATCH_LIMITS_CHUNK", chunk)
				benchmarkBackfill(b, filepath.Join(*dataDir, set.file))
			})
		}
	}
}

func benchmarkBackfill(b *testing.B, file string) {
	b.Helper()
	dates := 0
	var measures map[string]float64
	for b.Loop() {
		dir := filepath.Join(b.TempDir(), "project")
		daybatchCommand(b, "init", "--from", file, "--value", "value", "--dir", dir)
		daybatchCommand(b, "backfill", "--project", dir, "--last", "60", "--yes")
		dates += 60
		measures = newestMetrics(b, dir)
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(dates), "s/date")
	for _, name := range []string{"wape", "mase", "coverage_80", "coverage_95", "gated"} {
		b.ReportMetric(measures[name], name)
	}
}

func newestMetrics(b *testing.B, dir string) map[string]float64 {
	b.Helper()
	var days struct {
		Items []struct {
			State   string             `json:"state"`
			Metrics map[string]float64 `json:"metrics"`
		} `json:"items"`
	}
	if err := json.Unmarshal(daybatchCommand(b, "days", "--project", dir, "--last", "60", "-o", "json"), &days); err != nil {
		b.Fatal(err)
	}
	gated := 0.0
	for _, day := range days.Items {
		switch day.State {
		case "Succeeded":
		case "Gated":
			gated++
		default:
			b.Errorf("a day is %s", day.State)
		}
	}
	measures := days.Items[0].Metrics
	measures["gated"] = gated
	return measures
}

// BenchmarkFirstFrame starts the terminal UI on projects of which every date has
// an attempt, and measures until the newest date is on the terminal: how long that
// takes, the processor time that it takes, which other programs disturb less, and the
// memory that is held then. The steps of these projects fail at once: what counts is
// what there is to show.
//
//	go test ./cmd/internal/cli -run '^$' -bench FirstFrame -benchtime 20x
func BenchmarkFirstFrame(b *testing.B) {
	for _, dates := range []int{1, 400} {
		b.Run(strconv.Itoa(dates), func(b *testing.B) {
			dir := b.TempDir()
			newest := failingProject(b, dir, dates)
			var took, used, held []float64
			for b.Loop() {
				frame := firstFrame(b, dir, newest)
				took, used = append(took, frame.took.Seconds()*1000), append(used, frame.used.Seconds()*1000)
				held = append(held, float64(frame.held)/1e6)
			}
			for _, of := range [][]float64{took, used, held} {
				slices.Sort(of)
			}
			b.ReportMetric(took[len(took)/2], "p50-ms")
			b.ReportMetric(took[len(took)*95/100], "p95-ms")
			b.ReportMetric(used[len(used)/2], "p50-cpu-ms")
			b.ReportMetric(held[len(held)/2], "p50-MB-rss")
		})
	}
}

// failingProject makes a project and runs so many dates of it, and returns the
// newest.
func failingProject(b *testing.B, dir string, dates int) string {
	b.Helper()
	newest := time.Date(2026, 10, 18, 0, 0, 0, 0, time.UTC)
	config := "pipeline: bench\nstart: " + newest.AddDate(0, 0, 1-dates).Format(time.DateOnly) + "\nend: " + newest.Format(time.DateOnly) + `
source: {files: {t: data.csv}, query: extract.sql, time: ds, value: y}
target: {table: forecasts, path: lake}
limits: {max_failures: 100000}
steps: {extract: {command: ["false"]}}
`
	for name, text := range map[string]string{"daybatch.yaml": config, "data.csv": "ds,y\n", "extract.sql": "SELECT ds, y FROM t WHERE ds <= {{.Date}}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	command := exec.Command("daybatch", "backfill", "--project", dir, "--from", newest.AddDate(0, 0, 1-dates).Format(time.DateOnly), "--yes")
	if err := command.Run(); err == nil {
		b.Fatal("a backfill of failing dates succeeded")
	}
	return newest.Format(time.DateOnly)
}

// frame is what it took to draw one, and the bytes of memory that are held then.
type frame struct {
	took, used time.Duration
	held       int64
}

// firstFrame starts the terminal UI at 160x50 and returns what it took until the
// word was drawn.
func firstFrame(b *testing.B, dir, word string) frame {
	b.Helper()
	command := exec.Command("daybatch", "--project", dir)
	command.Env = append(os.Environ(), "TERM=xterm-256color")
	begun := time.Now() //nolint:forbidigo // it measures
	terminal, err := pty.StartWithSize(command, &pty.Winsize{Cols: 160, Rows: 50})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		_ = terminal.Close()
	}()
	var seen []byte
	buffer := make([]byte, 64*1024)
	for {
		n, err := terminal.Read(buffer)
		seen = append(seen, buffer[:n]...)
		if bytes.Contains(seen, []byte(word)) {
			return frame{time.Since(begun), processorTime(b, command.Process.Pid), memory(b, command.Process.Pid)}
		}
		if err != nil {
			b.Fatalf("%s was never drawn: %v\n%q", word, err, seen)
		}
	}
}
