package effects_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// scope returns the scope of a page over an engine with nothing in it.
func scope(t *testing.T) *effects.Scope {
	t.Helper()
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	s := effects.New(t.Context(), fake, fake.Time).Scope()
	t.Cleanup(s.Close)
	return s
}

// answer runs a command and returns what it replies.
func answer[T any](t *testing.T, command tea.Cmd) T {
	t.Helper()
	msg := command()
	reply, ok := msg.(effects.Reply[T])
	if !ok {
		t.Fatalf("reply = %T %+v; want a %T", msg, msg, reply)
	}
	return reply.Value
}

// view returns a view of n lines.
func view(t *testing.T, n int) *logview.View {
	t.Helper()
	v := logview.New(time.UTC)
	v.Resize(80, 24)
	all := make([]forecast.LogLine, n)
	for i := range all {
		at := time.Date(2026, 1, 20, 6, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Second)
		all[i] = forecast.LogLine{At: at, Step: forecast.Train, Stream: "try-1", Text: "line " + strconv.Itoa(i)}
	}
	if err := v.Append(all); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestExport(t *testing.T) {
	t.Parallel()
	s, v := scope(t), view(t, 3)
	name := filepath.Join(t.TempDir(), "train.log")
	if err := os.WriteFile(name, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	zone := time.FixedZone("JST", 9*3600)
	got := answer[effects.Exported](t, s.Export(name, v.Shown(), zone))
	if want := strings.TrimSuffix(name, ".log") + "-2.log"; got.Path != want || got.Lines != 3 {
		t.Errorf("Export = %+v; want 3 lines in %s, beside the file that was there", got, want)
	}
	text, err := os.ReadFile(got.Path)
	if err != nil {
		t.Fatal(err)
	}
	want := "2026-01-20T15:00:00.000+09:00 Train try-1 line 0\n2026-01-20T15:00:01.000+09:00 Train try-1 line 1\n2026-01-20T15:00:02.000+09:00 Train try-1 line 2\n"
	if string(text) != want {
		t.Errorf("file:\n%s\nwant:\n%s", text, want)
	}
	if mine, err := os.ReadFile(name); err != nil || string(mine) != "mine" {
		t.Errorf("the file that was there = %q, %v; want it untouched", mine, err)
	}
	left, err := os.ReadDir(filepath.Dir(name))
	if err != nil || len(left) != 2 {
		t.Errorf("%d files are left, %v; want the two", len(left), err)
	}
}

func TestExportFails(t *testing.T) {
	t.Parallel()
	s, v := scope(t), view(t, 3)
	name := filepath.Join(t.TempDir(), "absent", "train.log")
	failed, ok := s.Export(name, v.Shown(), time.UTC)().(effects.Failed)
	if !ok || !errors.Is(failed.Err, os.ErrNotExist) || !strings.Contains(failed.Err.Error(), name) {
		t.Errorf("Export into no directory = %+v; want an error that names %s", failed, name)
	}
}

// TestSpill moves old lines to a file and reads them there.
func TestSpill(t *testing.T) {
	t.Parallel()
	const n = 100_000
	s, v := scope(t), view(t, n)
	if _, ok := v.Old(); ok {
		t.Fatal("100,000 short lines do not fit in memory")
	}
	old := logview.Old{Texts: make([][]byte, 3)} // the first lines, as the view holds them
	for i := range old.Texts {
		for line := range 1 << 14 {
			old.Texts[i] = fmt.Appendf(old.Texts[i], "line %d\n", i<<14+line)
		}
	}
	file := answer[logview.File](t, s.Spill(old))
	if len(file.Texts) != 3 {
		t.Fatalf("%d texts lie in the file; want 3", len(file.Texts))
	}
	for i, text := range old.Texts {
		if string(text) != string(file.Texts[i]) {
			t.Errorf("text %d in the file differs from that in memory", i)
		}
	}
	v.Moved(file)
	if got := v.InFile(); got != 3<<14 {
		t.Errorf("InFile = %d; want three chunks of lines", got)
	}
	matcher, err := logview.Compile(logview.Query{Text: "line 99"})
	if err != nil {
		t.Fatal(err)
	}
	after := v.Snapshot()
	if got := len(matcher.Lines(t.Context(), after, 0, n)); got != 1111 {
		t.Errorf("%d lines begin with 99; want 1111", got)
	}
	if got := after.Text(12_345); got != "line 12345" {
		t.Errorf("Text(12345) = %q, from a file", got)
	}
}

// TestSearchReplaces cancels a search by the next.
func TestSearchReplaces(t *testing.T) {
	t.Parallel()
	s, v := scope(t), view(t, 1000)
	matcher, err := logview.Compile(logview.Query{Text: "line 99"})
	if err != nil {
		t.Fatal(err)
	}
	first := s.Search(matcher, v.Snapshot(), 0)
	second := s.Search(matcher, v.Snapshot(), 0)
	other := s.Filter(matcher, v.Snapshot(), 0)
	if msg := first(); msg != nil {
		t.Errorf("a search that was replaced replies %+v; want nothing", msg)
	}
	if got := answer[effects.Matches](t, second); len(got.Lines) != 11 || got.UpTo != 1000 {
		t.Errorf("Search = %+v; want 11 lines of 1,000", got)
	}
	if got := answer[effects.Matches](t, other); len(got.Lines) != 11 {
		t.Errorf("Filter = %+v; want 11 lines, whatever the search does", got)
	}
}

// many is an engine whose log has more lines than one message carries, some of
// them hostile.
type many struct {
	forecast.Engine
	left int
}

func (m *many) Logs(context.Context, forecast.LogQuery) (forecast.LogStream, error) { return m, nil }

func (m *many) Next(ctx context.Context) ([]forecast.LogLine, error) {
	if m.left == 0 {
		return nil, errors.New("the network is gone")
	}
	m.left--
	lines := make([]forecast.LogLine, 500)
	for i := range lines {
		lines[i].Text = "\x1b[2Jpassword=hunter2hunter2\x1b]52;c;eA==\x07"
	}
	return lines, ctx.Err()
}

func (m *many) Close() error { return nil }

// TestLogBatches reads a long log that breaks: all lines come, in bounded
// messages and safe to show, and then the reason.
func TestLogBatches(t *testing.T) {
	t.Parallel()
	s := effects.New(t.Context(), &many{left: 50}, func() time.Time { return time.Time{} }).Scope()
	got, command := 0, s.Log(forecast.LogQuery{})
	for {
		msg := command()
		if failed, ok := msg.(effects.Failed); ok {
			if !strings.Contains(failed.Err.Error(), "the network is gone") {
				t.Errorf("error = %v; want the stream's", failed.Err)
			}
			break
		}
		reply, ok := msg.(effects.Reply[effects.Lines])
		if !ok || len(reply.Value.Lines) > 20_000 {
			t.Fatalf("message = %T; want at most 20,000 lines", msg)
		}
		for _, line := range reply.Value.Lines {
			if line.Text != "password=[redacted]" {
				t.Fatalf("line = %q; want it safe", line.Text)
			}
		}
		got += len(reply.Value.Lines)
		command = s.More(reply.Value)
	}
	if got != 25_000 {
		t.Errorf("%d lines came; want 25,000", got)
	}
}
