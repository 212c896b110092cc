// Package logview shows logs of any length: a buffer of lines, a search over
// it, and a window that costs as much as what it shows.
package logview

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/loglevel"
)

// ErrFull says that a part of the log is larger than its offsets can address.
var ErrFull = errors.New("the log's lines are too long to be held: read it with daybatch logs")

// chunkLines is how many lines a chunk holds. All but the last are full, so the
// chunk of a line is found without a search.
const (
	chunkShift = 14
	chunkLines = 1 << chunkShift
)

// Source is who wrote a line: a step, and the process of it.
type Source struct {
	Step   forecast.StepName
	Stream string
}

// Line is a line of a buffer.
type Line struct {
	At time.Time
	Source
	Level loglevel.Level
	Text  string
}

// meta is what a buffer keeps of a line beside its text: 16 bytes.
type meta struct {
	at     int64  // nanoseconds since 1970
	fold   uint32 // number of the trace that the line is part of, from 1; 0: none
	source uint16
	level  loglevel.Level // as the line says
	rank   loglevel.Level // the same, or that of the line it goes on from
}

// chunk holds some lines: their text in one slice, ended by line feeds, with
// the offset of each end. One that is full is never changed.
type chunk struct {
	text []byte
	ends []uint32 // offset behind each line, its line feed excluded
	meta []meta
	hold any // keeps the memory of a text that lies in a file
}

func (c *chunk) start(i int) uint32 {
	if i == 0 {
		return 0
	}
	return c.ends[i-1] + 1
}

func (c *chunk) bytes(i int) []byte { return c.text[c.start(i):c.ends[i]] }

// Buffer holds the lines of a log. The zero Buffer is empty and ready. Lines
// are added and never changed, so a snapshot may be read while lines are added.
type Buffer struct {
	Snapshot
	names  map[Source]uint16
	states []state // of each source
	// crowded says that the lines of a step come from several processes, by their
	// short names.
	crowded bool
	traces  []trace // by number, less 1
	size    int     // bytes of all texts
	inFile  int     // chunks whose text lies in a file; always the oldest
	filed   int     // bytes of their texts
	filing  bool
}

// state is what the next line of a source may go on from.
type state struct {
	rank  loglevel.Level
	trace tracer
}

// Snapshot is a buffer as it was at some moment.
type Snapshot struct {
	full    []chunk
	tail    chunk
	sources []Source
}

// Len returns the number of lines.
func (s *Snapshot) Len() int { return len(s.full)<<chunkShift + len(s.tail.ends) }

// chunk returns the chunk of a line.
func (s *Snapshot) chunk(i int) *chunk {
	if at := i >> chunkShift; at < len(s.full) {
		return &s.full[at]
	}
	return &s.tail
}

// Text returns the text of line i.
func (s *Snapshot) Text(i int) string {
	c := s.chunk(i)
	text := string(c.bytes(i % chunkLines))
	runtime.KeepAlive(c.hold)
	return text
}

// length returns the size of line i in bytes.
func (s *Snapshot) length(i int) int {
	c := s.chunk(i)
	return int(c.ends[i%chunkLines] - c.start(i%chunkLines))
}

// Line returns line i.
func (s *Snapshot) Line(i int) Line {
	m := s.meta(i)
	return Line{At: time.Unix(0, m.at), Source: s.sources[m.source], Level: m.level, Text: s.Text(i)}
}

func (s *Snapshot) meta(i int) *meta { return &s.chunk(i).meta[i%chunkLines] }

// Append adds lines whose text is already safe to show. It stops with ErrFull
// at the first line for which there is no room.
func (b *Buffer) Append(lines []forecast.LogLine) error {
	for _, line := range lines {
		if len(b.tail.text)+len(line.Text) >= math.MaxUint32 {
			return ErrFull
		}
		b.add(line)
		if len(b.tail.ends) == chunkLines {
			// Appending has left room behind the text, and it stays for long.
			b.tail.text = slices.Clone(b.tail.text)
			b.full = append(b.full, b.tail)
			b.tail = chunk{ends: make([]uint32, 0, chunkLines), meta: make([]meta, 0, chunkLines)}
		}
	}
	return nil
}

func (b *Buffer) add(line forecast.LogLine) {
	number := uint32(b.Len())
	m := meta{at: line.At.UnixNano(), source: b.name(Source{line.Step, line.Stream}), level: loglevel.Of(line.Text)}
	from := &b.states[m.source]
	if m.level != loglevel.None {
		from.rank = m.level
	}
	switch part := from.trace.next(line.Text); part {
	case partHead:
		b.traces = append(b.traces, trace{head: number})
		from.trace.number = uint32(len(b.traces))
		m.fold, m.level, from.rank = from.trace.number, loglevel.Error, loglevel.Error
	case partBody:
		m.fold = from.trace.number
		b.traces[m.fold-1].lines++
	case partCause:
		m.fold, m.level = causeFold, loglevel.Error
	case partNone:
	}
	m.rank = from.rank
	b.tail.text = append(b.tail.text, line.Text...)
	b.tail.ends = append(b.tail.ends, uint32(len(b.tail.text)))
	b.tail.text = append(b.tail.text, '\n')
	b.tail.meta = append(b.tail.meta, m)
	b.size += len(line.Text) + 1
}

// name returns the number of a source. Beyond what a number can hold, sources
// share the last one's name.
func (b *Buffer) name(source Source) uint16 {
	if number, ok := b.names[source]; ok {
		return number
	}
	if b.names == nil {
		b.names = make(map[Source]uint16)
	}
	if len(b.sources) > math.MaxUint16 {
		return math.MaxUint16
	}
	b.crowded = b.crowded || slices.ContainsFunc(b.sources, func(other Source) bool {
		return other.Step == source.Step && forecast.ProcessName(other.Stream) != forecast.ProcessName(source.Stream)
	})
	number := uint16(len(b.sources))
	b.sources = append(b.sources, source)
	b.states = append(b.states, state{rank: loglevel.Info})
	b.names[source] = number
	return number
}

// Old is text to be moved to a file, chunk by chunk.
type Old struct {
	from  int
	Texts [][]byte
}

// File is text that was moved. Hold keeps it readable as long as it is
// referenced.
type File struct {
	Old   Old
	Texts [][]byte
	Hold  any
}

// old returns the oldest text beyond so many bytes in memory, as soon as it is
// worth a file.
func (b *Buffer) old(room int) (Old, bool) {
	const worth = 8 // a file is written for an eighth of the room
	over := b.size - b.filed - room
	if b.filing || over < room/worth {
		return Old{}, false
	}
	old := Old{from: b.inFile}
	for at := b.inFile; at < len(b.full) && over > 0; at++ {
		old.Texts = append(old.Texts, b.full[at].text)
		over -= len(b.full[at].text)
	}
	b.filing = len(old.Texts) > 0
	return old, b.filing
}

// moved takes the place of text in memory by the same in a file. Snapshots that
// were taken keep theirs.
func (b *Buffer) moved(file File) {
	b.filing = false
	if file.Old.from != b.inFile || len(file.Texts) > len(b.full)-b.inFile {
		return // of a log that was read before
	}
	b.full = slices.Clone(b.full)
	for i, text := range file.Texts {
		c := &b.full[b.inFile+i]
		c.text, c.hold = text, file.Hold
		b.filed += len(text)
	}
	b.inFile += len(file.Texts)
}
