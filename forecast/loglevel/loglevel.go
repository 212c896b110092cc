// Package loglevel finds how serious lines of logs say they are.
package loglevel

import (
	"fmt"
	"strings"
)

// Level is how serious a line says it is.
type Level uint8

// Levels. A line that names none has None.
const (
	None Level = iota
	Debug
	Info
	Warn
	Error
)

// String returns the level's word; that of None is "all", as lines from it on
// are all lines.
func (l Level) String() string {
	return [...]string{"all", "DEBUG", "INFO", "WARN", "ERROR"}[l]
}

// Parse returns the level that a word names, in any case.
func Parse(name string) (Level, error) {
	if level := word(strings.ToUpper(name)); level != None && !strings.ContainsAny(name, " \t") {
		return level, nil
	}
	return None, fmt.Errorf("there is no level %q: write debug, info, warn or error", name)
}

// Of returns the level that the first words of a line name: Python's and
// slog's words in upper case, or what stands behind a key such as level.
func Of(text string) Level {
	const within, record = 64, 256 // bytes; further behind a level is part of a message
	head := text[:min(len(text), within)]
	if _, named, ok := strings.Cut(head, "level="); ok {
		return word(strings.ToUpper(strings.TrimLeft(named[:min(len(named), 12)], `"`)))
	}
	if strings.HasPrefix(text, "{") {
		return levelIn(text[:min(len(text), record)])
	}
	for i := 0; i < len(head); i++ {
		if head[i] < 'A' || head[i] > 'W' || i > 0 && letter(head[i-1]) {
			continue
		}
		if level := word(head[i:]); level > None {
			return level
		}
		for i+1 < len(head) && letter(head[i+1]) {
			i++
		}
	}
	if len(text) > 5 && strings.EqualFold(text[:5], "error") && !letter(text[5]) ||
		strings.HasPrefix(text, "Traceback (most recent call last)") || strings.HasPrefix(text, "panic: ") {
		return Error
	}
	return None
}

// levelIn returns the level that a JSON object names.
func levelIn(record string) Level {
	for _, key := range [...]string{`"level"`, `"severity"`, `"levelname"`, `"lvl"`} {
		if _, value, ok := strings.Cut(record, key); ok {
			value = strings.TrimLeft(value, `: "`)
			return word(strings.ToUpper(value[:min(len(value), 12)]))
		}
	}
	return None
}

// word returns the level that text begins with.
func word(text string) Level {
	for _, known := range [...]struct {
		name  string
		level Level
	}{
		{"ERROR", Error},
		{"INFO", Info},
		{"WARNING", Warn},
		{"WARN", Warn},
		{"DEBUG", Debug},
		{"CRITICAL", Error},
		{"FATAL", Error},
		{"TRACE", Debug},
	} {
		if strings.HasPrefix(text, known.name) && (len(text) == len(known.name) || !letter(text[len(known.name)])) {
			return known.level
		}
	}
	return None
}

func letter(b byte) bool { return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '_' }
