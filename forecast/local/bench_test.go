//go:build unix

package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local"
	"github.com/daybatch/daybatch/forecast/local/internal/store/storetest"
)

// long is ten years of dates.
const long = 3650

func longDefinition() forecast.Definition {
	def := enginetest.Definition()
	def.Start, def.End = calendar.Of(2016, time.January, 1), 0
	return def
}

// racing are the options of processes whose steps do nothing.
func racing(dir string) local.Options {
	o := options(longDefinition())
	o.StepCommand = []string{"/bin/sh", filepath.Join(dir, "step.sh")}
	return o
}

// fill records attempts of six steps for each of the newest n dates.
func fill(b *testing.B, dir string, def forecast.Definition, n, attempts int) {
	b.Helper()
	hash, err := def.Hash()
	if err != nil {
		b.Fatal(err)
	}
	err = storetest.Fill(b.Context(), filepath.Join(dir, local.StateDir, "state.db"), storetest.History{
		Pipeline: def.Pipeline, Table: def.Target.Table, Definition: hash,
		Last: calendar.Of(2026, time.February, 8), Dates: n, Attempts: attempts,
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkDays reads days of ten years, in which each date has one attempt, or
// so many that they are 100,000.
func BenchmarkDays(b *testing.B) {
	for _, attempts := range []int{1, 100_000/long + 1} {
		def := longDefinition()
		dir := newProject(b, nil)
		e := open(b, dir, options(def))
		fill(b, dir, def, long, attempts)
		for _, n := range []int{30, 400, long} {
			b.Run(fmt.Sprintf("attempts=%d/dates=%d", attempts*long, n), func(b *testing.B) {
				for b.Loop() {
					days, err := e.Days(b.Context(), forecast.DayQuery{Last: n})
					if err != nil || len(days) != n || len(days[n-1].Steps) != 6 || days[1].State != forecast.DaySucceeded {
						b.Fatalf("Days = %d, %v, the second %s of %d attempts, the oldest with %d steps; want %d, Succeeded, 6", len(days), err, days[1].State, days[1].Attempts, len(days[n-1].Steps), n)
					}
				}
			})
		}
	}
}

func BenchmarkPlan(b *testing.B) {
	def := longDefinition()
	dir := newProject(b, nil)
	e := open(b, dir, options(def))
	fill(b, dir, def, long, 1)
	to := calendar.Of(2026, time.February, 8)
	for b.Loop() {
		_, err := e.Plan(b.Context(), forecast.PlanRequest{
			Kind: forecast.PlanBackfill, Range: calendar.Range{From: to - long + 1, To: to}, Mode: forecast.ModeAll,
			Cause: forecast.CauseBackfill, Actor: "aki",
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen is what stands before the first screen.
func BenchmarkOpen(b *testing.B) {
	def := longDefinition()
	dir := newProject(b, nil)
	open(b, dir, options(def))
	fill(b, dir, def, 400, 1)
	for b.Loop() {
		e, err := local.Open(b.Context(), dir, options(def))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.Days(b.Context(), forecast.DayQuery{}); err != nil {
			b.Fatal(err)
		}
		e.Close()
	}
}

// BenchmarkDate is a date of six steps that do nothing, with all that is
// recorded and published; the process of a step is a shell that copies files. The
// percentiles are of single steps: from ready until its end is recorded, and from
// ready until it has started.
//
//	go test ./forecast/local -run '^$' -bench '^BenchmarkDate$' -benchtime 100x
func BenchmarkDate(b *testing.B) {
	def := longDefinition()
	dir := newProject(b, nil)
	o := options(def)
	script := filepath.Join(dir, "step.sh")
	if err := os.WriteFile(script, []byte(stepProgram(noopStep)), 0o600); err != nil {
		b.Fatal(err)
	}
	o.StepCommand = []string{"/bin/sh", script}
	e := open(b, dir, o)
	d := calendar.Of(2026, time.February, 8)
	for b.Loop() {
		if err := runDate(b.Context(), e, d); err != nil {
			b.Fatal(err)
		}
		d--
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/6, "µs/step")
	days, err := e.Days(b.Context(), forecast.DayQuery{Range: calendar.Range{From: d + 1, To: calendar.Of(2026, time.February, 8)}})
	if err != nil {
		b.Fatal(err)
	}
	reportSteps(b, days)
}

// reportSteps reports what single steps of succeeded days took.
func reportSteps(b *testing.B, days []forecast.Day) {
	b.Helper()
	var whole, start []float64
	for _, day := range days {
		if day.State != forecast.DaySucceeded {
			b.Fatalf("day = %+v; want it Succeeded", day)
		}
		for _, st := range day.Steps {
			whole = append(whole, st.Ended.Sub(st.Created).Seconds()*1000)
			start = append(start, st.Started.Sub(st.Created).Seconds()*1000)
		}
	}
	for name, took := range map[string][]float64{"step": whole, "start": start} {
		slices.Sort(took)
		b.ReportMetric(took[len(took)/2], "p50-ms/"+name)
		b.ReportMetric(took[len(took)*99/100], "p99-ms/"+name)
	}
}

// stepProgram returns a shell script that is the program of a step, alone or in a
// range. Its body is that of a function, for the step in $root.
func stepProgram(body string) string {
	return "step() {\n" + body + `}
case $1 in
--root) root=$2; step; exit;;
esac
while read -r root; do step; echo "$root"; done
`
}

// noopStep makes what the engine needs without starting a process.
const noopStep = `text=$(cat "$root/step.json")
case $text in
*'"step": "PostProc"'*)
	generation=${text#*'"generation": "'}; generation=${generation%%'"'*}
	date=${text#*'"date": "'}; date=${date%%'"'*}
	printf x > "$root/output/partition/part-0.parquet"
	printf '{"generation":"%s","date":"%s","files":[{"path":"part-0.parquet","bytes":1}]}' "$generation" "$date" > "$root/output/partition/manifest.json";;
esac
printf '{"code":0}' > "$root/exit.json"
`

// BenchmarkBackfill is a month and a year of dates whose steps do nothing, four at
// once, with a process for each step and with processes that work through ten
// dates.
func BenchmarkBackfill(b *testing.B) {
	for _, dates := range []int{30, 365} {
		for _, chunk := range []int{1, 10} {
			b.Run(fmt.Sprintf("dates=%d/chunk=%d", dates, chunk), func(b *testing.B) { benchmarkBackfill(b, dates, chunk) })
		}
	}
}

func benchmarkBackfill(b *testing.B, dates, chunk int) {
	b.Helper()
	for b.Loop() {
		e, id := noop{dates: dates, active: 4, chunk: chunk}.backfill(b)
		if err := e.Drive(b.Context(), id); err != nil {
			b.Fatal(err)
		}
	}
}

// noop is a backfill of dates whose steps do nothing.
type noop struct {
	dates, active, chunk int
	fault                func(string) error // of the engine
}

// backfill applies it in a new project.
func (n noop) backfill(b *testing.B) (*local.Engine, forecast.PlanID) {
	b.Helper()
	def := longDefinition()
	def.Limits.MaxActive, def.Limits.Chunk = n.active, n.chunk
	dir := newProject(b, nil)
	o := options(def)
	o.Fault = n.fault
	script := filepath.Join(dir, "step.sh")
	if err := os.WriteFile(script, []byte(stepProgram(noopStep)), 0o600); err != nil {
		b.Fatal(err)
	}
	o.StepCommand = []string{"/bin/sh", script}
	e := open(b, dir, o)
	p, err := e.Plan(b.Context(), forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Range: newest(n.dates), Cause: forecast.CauseBackfill, Actor: "aki",
	})
	if err == nil {
		_, err = e.Apply(b.Context(), p.ID)
	}
	if err != nil {
		b.Fatal(err)
	}
	return e, p.ID
}
