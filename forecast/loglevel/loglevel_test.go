package loglevel_test

import (
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast/loglevel"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for text, level := range map[string]loglevel.Level{
		"2026-01-20 06:00:00 ERROR train: no rows":      loglevel.Error,
		"time=2026-01-20 level=WARN msg=low":            loglevel.Warn,
		`level="error" msg=low`:                         loglevel.Error,
		`{"ts":1,"level":"error","msg":"no rows"}`:      loglevel.Error,
		`{"severity": "WARNING"}`:                       loglevel.Warn,
		"[CRITICAL] out of memory":                      loglevel.Error,
		"error: no rows":                                loglevel.Error,
		"errors: 0":                                     loglevel.None,
		"INFORMATION":                                   loglevel.None,
		"wrote ERRORS_TABLE":                            loglevel.None,
		"DEBUG ERROR is only a word of the message":     loglevel.Debug,
		strings.Repeat("x", 100) + " ERROR far behind":  loglevel.None,
		"INFO level: ERROR comes later, the first wins": loglevel.Info,
	} {
		if got := loglevel.Of(text); got != level {
			t.Errorf("Of(%q) = %v; want %v", text, got, level)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]loglevel.Level{
		"warn": loglevel.Warn, "Warning": loglevel.Warn, "ERROR": loglevel.Error, "critical": loglevel.Error, "debug": loglevel.Debug,
	} {
		if got, err := loglevel.Parse(word); err != nil || got != want {
			t.Errorf("Parse(%q) = %v, %v; want %v", word, got, err, want)
		}
	}
	for _, word := range []string{"", "loud", "error now", "errors"} {
		if got, err := loglevel.Parse(word); err == nil || !strings.Contains(err.Error(), "debug, info, warn or error") {
			t.Errorf("Parse(%q) = %v, %v; want an error that names the levels", word, got, err)
		}
	}
}
