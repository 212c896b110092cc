//go:build unix

package local_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local"
)

// Where files can't grow, the operator is told so, and the records are whole.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := newProject(t, nil)
	var dates []string
	for n := range 31 {
		dates = append(dates, calendar.Of(2026, 1, 1+n).String())
	}
	command := exec.Command(os.Args[0], append([]string{"operate", "small", dir}, dates...)...)
	text, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(text), "unavailable") || !strings.Contains(string(text), "state.db") {
		t.Errorf("operator ended with %v and said %q; want unavailable, and the file", err, text)
	}
	e := open(t, dir, options(enginetest.Definition()))
	if err := runDate(t.Context(), e, calendar.Of(2026, 1, 31)); err != nil {
		t.Errorf("run after space was made = %v; want nil", err)
	}
	if day := dayOf(t, e, calendar.Of(2026, 1, 31)); day.State != forecast.DaySucceeded {
		t.Errorf("day = %s (%s); want Succeeded", day.State, day.Reason.Text)
	}
}

// Where there is no room for SQLite's own files the records can still be read, if
// nobody has left a log, and the reader is told that they stand still.
func TestLookAtFullDisk(t *testing.T) {
	t.Parallel()
	dir := newProject(t, nil)
	e := open(t, dir, options(enginetest.Definition()))
	if err := runDate(t.Context(), e, calendar.Of(2026, 1, 10)); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil { // the last one takes the log away
		t.Fatal(err)
	}
	text, err := exec.Command(os.Args[0], "operate", "look", dir).CombinedOutput()
	if err != nil || !strings.Contains(string(text), "2026-01-10 Succeeded") || !strings.Contains(string(text), "is full") {
		t.Errorf("a reader ended with %v and said %q; want the day, and that the disk is full", err, text)
	}
	state := filepath.Join(dir, local.StateDir, "state.db")
	if err := os.WriteFile(state+"-wal", []byte("a log that somebody left"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err = exec.Command(os.Args[0], "operate", "look", dir).CombinedOutput()
	if err == nil || !strings.Contains(string(text), "the disk is full") {
		t.Errorf("with a log beside it a reader ended with %v and said %q; want a refusal", err, text)
	}
}

// look prints what a reader sees.
func look(ctx context.Context, e *local.Engine) error {
	pipeline, err := e.Pipeline(ctx)
	if err != nil {
		return err
	}
	fmt.Println(pipeline.Notes) //nolint:forbidigo // this is the program of a process of its own
	days, err := e.Days(ctx, forecast.DayQuery{Range: calendar.Range{From: calendar.Of(2026, 1, 10), To: calendar.Of(2026, 1, 10)}})
	for _, day := range days {
		fmt.Println(day.Date, day.State) //nolint:forbidigo // as above
	}
	return err
}
