package cli

import (
	"bytes"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/logkey"
)

// TestSteadyLog passes a warning on once in a while, however often it comes.
func TestSteadyLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	handler := newSteadyLog(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
		if attr.Key == slog.TimeKey || attr.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return attr
	}}))
	start := time.Date(2026, 1, 21, 0, 0, 0, 0, time.UTC)
	say := func(handler slog.Handler, level slog.Level, after time.Duration, message, failure string) {
		t.Helper()
		record := slog.NewRecord(start.Add(after), level, message, 0)
		record.AddAttrs(slog.String(logkey.Error, failure))
		if err := handler.Handle(t.Context(), record); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 300 { // for ten minutes
		say(handler, slog.LevelWarn, time.Duration(2*i)*time.Second, "read plans", fmt.Sprintf("expired (Expired, request %d)", i))
	}
	say(handler, slog.LevelWarn, time.Minute, "read plans", "refused")
	say(handler.WithAttrs([]slog.Attr{slog.Int(logkey.Plan, 7)}), slog.LevelWarn, time.Minute, "read plans", "refused")
	say(handler, slog.LevelInfo, 0, "started", "none")
	say(handler, slog.LevelInfo, 0, "started", "none")
	say(handler, slog.LevelWarn, repeatTime, "read plans", "expired (Expired, request z)")
	want := []string{
		`msg="read plans" error="expired (Expired, request 0)"`,
		`msg="read plans" error=refused`,
		`msg="read plans" plan=7 error=refused`,
		`msg=started error=none`, `msg=started error=none`,
		`msg="read plans" error="expired (Expired, request z)" repeated=299`,
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(out.String()), "\n")); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	for i := range 2 * steadyLimit {
		say(handler, slog.LevelWarn, 0, "read plans", strconv.Itoa(i))
	}
	steady, ok := handler.(steadyLog)
	if kept := len(steady.told.last); !ok || kept > steadyLimit {
		t.Errorf("%d warnings are remembered; want at most %d", kept, steadyLimit)
	}
}
