//go:build unix

package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/step"
)

const (
	// stampLayout is the time that begins a line of a step's log.
	stampLayout = "2006-01-02T15:04:05.000000Z"
	// readSize is how much of a log is read at once.
	readSize = 256 << 10
	// longestLine bounds what is held of a line without an end; a longer one
	// comes in pieces.
	longestLine = 16 << 20
	// growth is how often a log that is followed is looked at.
	growth = 100 * time.Millisecond
)

// errClosed says that a stream was closed by its reader.
var errClosed = errors.New("closed")

// Logs opens the log of an execution. The steps of an execution run one after
// the other, so that their tries in order are the lines in order of time.
func (e *Engine) Logs(ctx context.Context, query forecast.LogQuery) (forecast.LogStream, error) {
	if query.Step != "" && !slices.Contains(forecast.StepNames(), query.Step) {
		return nil, fmt.Errorf("read log: %w: step %q is unknown", forecast.ErrInvalid, query.Step)
	}
	if _, err := e.store.Execution(ctx, query.Execution); err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	s := &logStream{engine: e, query: query, closed: make(chan struct{})}
	s.close = sync.OnceFunc(func() { close(s.closed) })
	return s, nil
}

// logStream reads the log files of an execution's tries, one after the other.
type logStream struct {
	engine *Engine
	query  forecast.LogQuery
	closed chan struct{}
	close  func()

	mu   sync.Mutex
	at   int // index of the try being read
	file logFile
}

// Next returns the next lines, io.EOF when the log is complete.
func (s *logStream) Next(ctx context.Context) ([]forecast.LogLine, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		select {
		case <-s.closed:
			return nil, fmt.Errorf("read log: stream %w", errClosed)
		default:
		}
		lines, over, err := s.read(ctx)
		switch {
		case err != nil:
			return nil, fmt.Errorf("read log: %w", err)
		case len(lines) > 0:
			return lines, nil
		case over || !s.query.Follow:
			return nil, io.EOF
		}
		if err := s.wait(ctx); err != nil {
			return nil, fmt.Errorf("wait for log lines: %w", err)
		}
	}
}

func (s *logStream) wait(ctx context.Context) error {
	timer := time.NewTimer(min(growth, s.engine.options.Poll))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // Next wraps
	case <-s.closed:
	case <-s.engine.pulse.Wait():
	case <-timer.C:
	}
	return nil
}

// read returns lines that are there, and whether the log is complete. What has
// ended is looked up before the file is read: what is in the file after that is
// all.
func (s *logStream) read(ctx context.Context) (lines []forecast.LogLine, over bool, err error) {
	execution, err := s.engine.store.Execution(ctx, s.query.Execution)
	if err != nil {
		return nil, false, err //nolint:wrapcheck // Next wraps
	}
	tries, err := s.engine.store.Tries(ctx, s.query.Execution)
	if err != nil {
		return nil, false, err //nolint:wrapcheck // Next wraps
	}
	if s.query.Step != "" {
		tries = slices.DeleteFunc(tries, func(t store.TryRecord) bool { return t.Step != s.query.Step })
	}
	for s.at < len(tries) {
		try := tries[s.at]
		s.file.begin(filepath.Join(s.engine.dir, StateDir, try.Dir, step.LogFile), try)
		// While a try runs the end of its file may be half a line.
		lines, err := s.file.read()
		if len(lines) == 0 && (try.Ended || !s.query.Follow) {
			lines = s.file.flush()
		}
		if err != nil || len(lines) > 0 {
			return lines, false, err
		}
		if !try.Ended {
			return nil, false, nil
		}
		s.at++
		s.file = logFile{}
	}
	return nil, s.complete(execution), nil
}

// complete reports whether no try can be added to what the query selects.
func (s *logStream) complete(execution forecast.Execution) bool {
	if !execution.Status.Open() {
		return true
	}
	i := slices.IndexFunc(execution.Steps, func(st forecast.Step) bool { return st.Name == s.query.Step })
	return i >= 0 && !execution.Steps[i].Status.Open()
}

// Close ends the reading.
func (s *logStream) Close() error {
	s.close()
	return nil
}

// logFile reads the log of one try, also while it grows.
type logFile struct {
	path   string
	step   forecast.StepName
	stream string
	offset int64 // bytes taken from the file
	rest   []byte
	seen   int // bytes of rest without a line end
	seq    int64
	last   time.Time
}

func (f *logFile) begin(path string, try store.TryRecord) {
	if f.path == "" {
		f.path, f.step, f.stream, f.last = path, try.Step, "try-"+strconv.Itoa(try.K), try.Started
	}
}

// read returns the next whole lines that are there.
func (f *logFile) read() ([]forecast.LogLine, error) {
	for {
		n, err := f.fill()
		if err != nil {
			return nil, err
		}
		if lines := f.lines(); len(lines) > 0 {
			return lines, nil
		}
		if n == 0 {
			return nil, nil
		}
	}
}

// flush returns the last line of a file that grows no more, if it has no end.
func (f *logFile) flush() []forecast.LogLine {
	if len(f.rest) == 0 {
		return nil
	}
	line := f.line(f.rest)
	f.rest, f.seen = nil, 0
	return []forecast.LogLine{line}
}

// fill reads the next bytes of the file. A file that is not there is empty.
func (f *logFile) fill() (int, error) {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err //nolint:wrapcheck // Next wraps
	}
	defer func() { _ = file.Close() }()
	buffer := make([]byte, readSize)
	n, err := file.ReadAt(buffer, f.offset)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	f.offset += int64(n)
	f.rest = append(f.rest, buffer[:n]...)
	return n, err //nolint:wrapcheck // Next wraps
}

// lines takes the whole lines out of what was read.
func (f *logFile) lines() []forecast.LogLine {
	var lines []forecast.LogLine
	for {
		end := bytes.IndexByte(f.rest[f.seen:], '\n')
		if end < 0 {
			f.seen = len(f.rest)
			if f.seen < longestLine {
				return lines
			}
			lines = append(lines, f.line(f.rest))
			f.rest, f.seen = nil, 0
			return lines
		}
		end += f.seen
		lines = append(lines, f.line(f.rest[:end]))
		f.rest, f.seen = f.rest[end+1:], 0
	}
}

// line makes a line of a text: its time is taken off, or that of the line
// before holds.
func (f *logFile) line(text []byte) forecast.LogLine {
	text = bytes.TrimSuffix(text, []byte("\r"))
	if n := len(stampLayout); len(text) >= n && (len(text) == n || text[n] == ' ') {
		if at, err := time.Parse(stampLayout, string(text[:n])); err == nil {
			f.last = at
			text = bytes.TrimPrefix(text[n:], []byte(" "))
		}
	}
	line := forecast.LogLine{At: f.last, Step: f.step, Stream: f.stream, Seq: f.seq, Text: string(text)}
	f.seq++
	return line
}
