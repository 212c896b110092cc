// Package logview shows logs of any length: a buffer of lines, a search over
// it, and a window that costs as much as what it shows.
package logview

import (
	"errors"
	"math"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// ErrFull says that a buffer's text reached the size its offsets can address.
var ErrFull = errors.New("the log is larger than 4 GiB: read it with daybatch logs")

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

// Line is a line of a buffer.
type Line struct {
	At    time.Time
	Step  forecast.StepName
	Level Level
	Text  string
}

// meta is what a buffer keeps of a line beside its text: 12 bytes.
type meta struct {
	at    int64 // nanoseconds since 1970
	step  uint8
	level Level
}

// Buffer holds the lines of a log: all text in one slice, ended by line feeds,
// with the offset of each end. The zero Buffer is empty and ready. Lines are
// added and never changed, so a snapshot may be read while lines are added.
type Buffer struct {
	Snapshot
	names map[forecast.StepName]uint8
}

// Snapshot is a buffer as it was at some moment.
type Snapshot struct {
	text  []byte
	ends  []uint32 // offset behind each line, its line feed excluded
	meta  []meta
	steps []forecast.StepName
}

// Len returns the number of lines.
func (s Snapshot) Len() int { return len(s.ends) }

// Bytes returns the size of the text.
func (s Snapshot) Bytes() int { return len(s.text) }

// Append adds lines whose text is already safe to show. It stops with ErrFull
// at the first line for which there is no room.
func (b *Buffer) Append(lines []forecast.LogLine) error {
	for _, line := range lines {
		if len(b.text)+len(line.Text) >= math.MaxUint32 {
			return ErrFull
		}
		b.text = append(b.text, line.Text...)
		b.ends = append(b.ends, uint32(len(b.text)))
		b.text = append(b.text, '\n')
		b.meta = append(b.meta, meta{at: line.At.UnixNano(), step: b.name(line.Step), level: levelOf(line.Text)})
	}
	return nil
}

func (b *Buffer) name(step forecast.StepName) uint8 {
	if number, ok := b.names[step]; ok {
		return number
	}
	if b.names == nil {
		b.names = make(map[forecast.StepName]uint8)
	}
	if len(b.steps) > math.MaxUint8 {
		return math.MaxUint8
	}
	number := uint8(len(b.steps))
	b.steps = append(b.steps, step)
	b.names[step] = number
	return number
}

// Text returns the text of line i. It shares memory with the buffer only as
// long as no copy is needed; the caller may keep it.
func (s Snapshot) Text(i int) string { return string(s.text[s.start(i):s.ends[i]]) }

// Line returns line i.
func (s Snapshot) Line(i int) Line {
	m := s.meta[i]
	return Line{At: time.Unix(0, m.at), Step: s.steps[m.step], Level: m.level, Text: s.Text(i)}
}

// Level returns the level of line i.
func (s Snapshot) Level(i int) Level { return s.meta[i].level }

func (s Snapshot) start(i int) uint32 {
	if i == 0 {
		return 0
	}
	return s.ends[i-1] + 1
}

// levelOf returns the level that the first words of a line name: Python's and
// slog's words, in upper case or behind "level=".
func levelOf(text string) Level {
	const within = 64 // bytes; further behind a level is part of a message
	head := text[:min(len(text), within)]
	if _, named, ok := strings.Cut(head, "level="); ok {
		return word(strings.ToUpper(named))
	}
	best := LevelNone
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
	if len(text) > 5 && strings.EqualFold(text[:5], "error") && !letter(text[5]) || strings.HasPrefix(text, "Traceback (most recent call last)") || strings.HasPrefix(text, "panic:") {
		best = LevelError
	}
	return best
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
