package logs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type tailInput struct {
	LogGroupIdentifiers   []string `json:"logGroupIdentifiers"`
	LogStreamNames        []string `json:"logStreamNames,omitempty"`
	LogStreamNamePrefixes []string `json:"logStreamNamePrefixes,omitempty"`
	LogEventFilterPattern string   `json:"logEventFilterPattern,omitempty"`
}

type tailStart struct {
	tailInput

	RequestID string `json:"requestId"`
	SessionID string `json:"sessionId"`
}

type tailEvent struct {
	LogStreamName      string `json:"logStreamName"`
	LogGroupIdentifier string `json:"logGroupIdentifier"`
	Message            string `json:"message"`
	Timestamp          int64  `json:"timestamp"`
	IngestionTime      int64  `json:"ingestionTime"`
}

type tailUpdate struct {
	SessionMetadata struct {
		Sampled bool `json:"sampled"`
	} `json:"sessionMetadata"`
	SessionResults []tailEvent `json:"sessionResults"`
}

// What the service allows a live tail.
const (
	tailSession = 3 * time.Hour
	tailEvents  = 500 // in one update; of more, a sample
)

func (s *Service) liveTail(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	var in tailInput
	if err := json.Unmarshal(call.Body, &in); err != nil {
		return nil, wire.Errorf("SerializationException", "%v", err)
	}
	if err := s.checkTail(&in); err != nil {
		return nil, err
	}
	return &wire.Reply{
		Status: http.StatusOK,
		Header: http.Header{"Content-Type": {"application/vnd.amazon.eventstream"}},
		Stream: func(ctx context.Context, w io.Writer) error { return s.tail(ctx, w, &in) },
	}, nil
}

func (s *Service) checkTail(in *tailInput) error {
	if n := len(in.LogGroupIdentifiers); n < 1 || n > 10 {
		return invalid("logGroupIdentifiers must have 1 to 10 members.")
	}
	filtered := len(in.LogStreamNames) > 0 || len(in.LogStreamNamePrefixes) > 0
	if filtered && len(in.LogGroupIdentifiers) != 1 || len(in.LogStreamNames) > 0 && len(in.LogStreamNamePrefixes) > 0 {
		return invalid("Stream filters need a single log group, and names exclude prefixes.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range in.LogGroupIdentifiers {
		if !strings.HasPrefix(id, "arn:") || strings.HasSuffix(id, "*") {
			return invalid("%s is not the ARN of a log group.", id)
		}
		if _, _, err := s.find("", id); err != nil {
			return err
		}
	}
	return nil
}

// tail writes the session: what comes from now on, once a second.
func (s *Service) tail(ctx context.Context, w io.Writer, in *tailInput) error {
	began := s.now()
	hello := [][]byte{
		wire.EventFrame("initial-response", wire.Empty{}),
		wire.EventFrame("sessionStart", tailStart{
			tailInput: *in, RequestID: wire.RequestID, SessionID: fmt.Sprintf("%016x", began.UnixNano()),
		}),
	}
	for _, frame := range hello {
		if _, err := w.Write(frame); err != nil {
			return err
		}
	}
	ticker := time.NewTicker(max(s.tick(), 20*time.Millisecond))
	defer ticker.Stop()
	since := began
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		now := s.now()
		if now.Sub(began) > tailSession {
			_, err := w.Write(wire.ExceptionFrame("SessionTimeoutException", "The session has timed out."))
			return err
		}
		if _, err := w.Write(wire.EventFrame("sessionUpdate", s.update(in, since, now))); err != nil {
			return err
		}
		since = now
	}
}

// update holds what became visible in the span, the later end included.
func (s *Service) update(in *tailInput, since, now time.Time) tailUpdate {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := tailUpdate{SessionResults: []tailEvent{}}
	for _, id := range in.LogGroupIdentifiers {
		g, name, err := s.find("", id)
		if err != nil {
			continue
		}
		for _, st := range g.streams {
			if !in.wants(st.name) {
				continue
			}
			for _, e := range st.events {
				if e.visible.After(since) && !e.visible.After(now) && matches(in.LogEventFilterPattern, e.message) {
					u.SessionResults = append(u.SessionResults, tailEvent{
						LogStreamName: st.name, LogGroupIdentifier: s.account + ":" + name,
						Message: e.message, Timestamp: millis(e.at), IngestionTime: millis(e.ingested),
					})
				}
			}
		}
	}
	slices.SortStableFunc(u.SessionResults, func(a, b tailEvent) int { return int(a.Timestamp - b.Timestamp) })
	if len(u.SessionResults) > tailEvents {
		u.SessionMetadata.Sampled = true
		u.SessionResults = u.SessionResults[:tailEvents]
	}
	return u
}

func (in *tailInput) wants(stream string) bool {
	if len(in.LogStreamNames) > 0 {
		return slices.Contains(in.LogStreamNames, stream)
	}
	if len(in.LogStreamNamePrefixes) == 0 {
		return true
	}
	return slices.ContainsFunc(in.LogStreamNamePrefixes, func(p string) bool { return strings.HasPrefix(stream, p) })
}
