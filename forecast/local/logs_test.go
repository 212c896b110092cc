//go:build unix

package local_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local"
)

func readLog(ctx context.Context, t *testing.T, e forecast.Engine, query forecast.LogQuery) []forecast.LogLine {
	t.Helper()
	log, err := e.Logs(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	var all []forecast.LogLine
	for {
		lines, err := log.Next(ctx)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("Next = %v; want lines or io.EOF", err)
		}
		all = append(all, lines...)
	}
}

// What a step writes without the engine's stamp is kept as it is: lines without
// a time have that of the line before, long lines and a last one without an end
// survive.
func TestRawLog(t *testing.T) {
	t.Parallel()
	dir := newProject(t, nil)
	e := open(t, dir, options(enginetest.Definition()))
	d := calendar.Of(2026, 1, 10)
	if err := runDate(t.Context(), e, d); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 3<<20)
	text := "before\n2026-02-10T03:00:01.500000Z stamped\n  Traceback\r\n\n" + long + "\n2026-02-10T03:00:02.000000Z\nno end"
	file := filepath.Join(dir, local.StateDir, "runs", "exercise", d.String(), "a1", "Train", "t1", "log")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := readLog(t.Context(), t, e, forecast.LogQuery{Execution: "2026-01-10-a1", Step: forecast.Train, Follow: true})
	want := []string{"before", "stamped", "  Traceback", "", long, "", "no end"}
	if len(lines) != len(want) {
		t.Fatalf("log has %d lines; want %d", len(lines), len(want))
	}
	for i, line := range lines {
		if line.Text != want[i] || line.Seq != int64(i) {
			t.Errorf("line %d = %.20q with Seq %d; want %.20q, %d", i, line.Text, line.Seq, want[i], i)
		}
	}
	if lines[0].At.IsZero() || !lines[4].At.Equal(lines[1].At) || !lines[6].At.Equal(lines[5].At) || !lines[5].At.After(lines[4].At) {
		t.Errorf("times = %v, %v, %v, %v; want those of the stamps, and of the line before", lines[0].At, lines[1].At, lines[4].At, lines[6].At)
	}
}
