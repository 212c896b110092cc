package logview

import "strings"

// Level is how serious a line says it is.
type Level uint8

// Levels. A line that names none has LevelNone.
const (
	LevelNone Level = iota
	LevelDebug
	LevelInfo
	LevelWarn
	LevelError
)

// String returns the level's word.
func (l Level) String() string {
	return [...]string{"all", "DEBUG", "INFO", "WARN", "ERROR"}[l]
}

// levelOf returns the level that the first words of a line name: Python's and
// slog's words in upper case, or what stands behind a key such as level.
func levelOf(text string) Level {
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
		if level := word(head[i:]); level > LevelNone {
			return level
		}
		for i+1 < len(head) && letter(head[i+1]) {
			i++
		}
	}
	if len(text) > 5 && strings.EqualFold(text[:5], "error") && !letter(text[5]) {
		return LevelError
	}
	return LevelNone
}

// levelIn returns the level that a JSON object names.
func levelIn(record string) Level {
	for _, key := range [...]string{`"level"`, `"severity"`, `"levelname"`, `"lvl"`} {
		if _, value, ok := strings.Cut(record, key); ok {
			value = strings.TrimLeft(value, `: "`)
			return word(strings.ToUpper(value[:min(len(value), 12)]))
		}
	}
	return LevelNone
}

// word returns the level that text begins with.
func word(text string) Level {
	for _, known := range [...]struct {
		name  string
		level Level
	}{
		{"ERROR", LevelError},
		{"INFO", LevelInfo},
		{"WARNING", LevelWarn},
		{"WARN", LevelWarn},
		{"DEBUG", LevelDebug},
		{"CRITICAL", LevelError},
		{"FATAL", LevelError},
		{"TRACE", LevelDebug},
	} {
		if strings.HasPrefix(text, known.name) && (len(text) == len(known.name) || !letter(text[len(known.name)])) {
			return known.level
		}
	}
	return LevelNone
}

func letter(b byte) bool { return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '_' }
