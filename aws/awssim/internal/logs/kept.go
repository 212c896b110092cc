package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// keptEvent is an event in the file of its stream, which has a line for each.
type keptEvent struct {
	At       time.Time `json:"at"`
	Ingested time.Time `json:"ingested"`
	Visible  time.Time `json:"visible"`
	Seq      int       `json:"seq"`
	Message  string    `json:"message"`
}

// keep adds an event to the file of its stream, for the service that comes after this
// one. What can't be written is missed by that one alone. The lock is held.
func (s *Service) keep(groupName, streamName string, e *event) {
	if s.kept == "" {
		return
	}
	text, err := json.Marshal(keptEvent{At: e.at, Ingested: e.ingested, Visible: e.visible, Seq: e.seq, Message: e.message})
	dir := filepath.Join(s.kept, url.PathEscape(groupName))
	if err == nil {
		err = os.MkdirAll(dir, 0o750)
	}
	if err != nil {
		return
	}
	file, err := os.OpenFile(filepath.Join(dir, url.PathEscape(streamName)), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the service's own file
	if err != nil {
		return
	}
	_, _ = file.Write(append(text, '\n'))
	_ = file.Close()
}

// restore takes over the events that an earlier service has kept.
func (s *Service) restore() error {
	if s.kept == "" {
		return nil
	}
	err := filepath.WalkDir(s.kept, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		groupName, err := url.PathUnescape(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return err
		}
		streamName, err := url.PathUnescape(filepath.Base(path))
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path) //nolint:gosec // the service's own file
		if err == nil {
			s.restoreStream(groupName, streamName, text)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read logs that were kept: %w", err)
	}
	return nil
}

// restoreStream takes the events of a stream over. A line that the end of a process
// cut off is none.
func (s *Service) restoreStream(groupName, streamName string, text []byte) {
	for line := range bytes.Lines(text) {
		var k keptEvent
		if json.Unmarshal(line, &k) != nil {
			continue
		}
		g := s.groups[groupName]
		if g == nil {
			g = &group{created: k.Ingested, streams: map[string]*stream{}}
			s.groups[groupName] = g
		}
		st := g.streams[streamName]
		if st == nil {
			st = &stream{name: streamName, created: k.Ingested}
			g.streams[streamName] = st
		}
		st.insert(&event{at: k.At, ingested: k.Ingested, visible: k.Visible, seq: k.Seq, message: k.Message})
		s.seq = max(s.seq, k.Seq)
	}
}
