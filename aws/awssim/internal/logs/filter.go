package logs

import (
	"context"
	"slices"
	"sort"
	"strings"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type filterInput struct {
	LogGroupName        string   `json:"logGroupName"`
	LogGroupIdentifier  string   `json:"logGroupIdentifier"`
	LogStreamNames      []string `json:"logStreamNames"`
	LogStreamNamePrefix string   `json:"logStreamNamePrefix"`
	FilterPattern       string   `json:"filterPattern"`
	StartTime           *int64   `json:"startTime"`
	EndTime             *int64   `json:"endTime"`
	Limit               int      `json:"limit"`
	NextToken           *string  `json:"nextToken"`
	StartFromHead       *bool    `json:"startFromHead"`
}

type filteredEvent struct {
	LogStreamName string `json:"logStreamName"`
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
	IngestionTime int64  `json:"ingestionTime"`
	EventID       string `json:"eventId"`
}

type filterOutput struct {
	Events             []filteredEvent `json:"events"`
	SearchedLogStreams []wire.Empty    `json:"searchedLogStreams"`
	NextToken          *string         `json:"nextToken,omitempty"`
}

func (s *Service) filterEvents(_ context.Context, in *filterInput) (*filterOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, _, err := s.find(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	streams, err := chosen(g, in)
	if err != nil {
		return nil, err
	}
	limit, err := limited(in.Limit, 10000)
	if err != nil {
		return nil, err
	}
	if page := s.quirks().PageSize; page > 0 {
		limit = min(limit, page)
	}
	events := s.matching(streams, in)
	return s.filterPage(events, limit, in.NextToken)
}

func chosen(g *group, in *filterInput) ([]*stream, error) {
	if len(in.LogStreamNames) > 0 && in.LogStreamNamePrefix != "" {
		return nil, invalid("Cannot specify both logStreamNames and logStreamNamePrefix.")
	}
	if len(in.LogStreamNames) > 100 {
		return nil, invalid("At most 100 logStreamNames can be given.")
	}
	var out []*stream
	for _, name := range in.LogStreamNames {
		st := g.streams[name]
		if st == nil {
			return nil, notFound("The specified log stream does not exist.")
		}
		out = append(out, st)
	}
	if len(in.LogStreamNames) > 0 {
		return out, nil
	}
	for name, st := range g.streams {
		if strings.HasPrefix(name, in.LogStreamNamePrefix) {
			out = append(out, st)
		}
	}
	return out, nil
}

// matching are the events that a request asks for, in order; the end of its
// times is inclusive here.
func (s *Service) matching(streams []*stream, in *filterInput) []filteredEvent {
	out := []filteredEvent{}
	for _, st := range streams {
		for _, e := range s.seen(st) {
			at := millis(e.at)
			if in.StartTime != nil && at < *in.StartTime || in.EndTime != nil && at > *in.EndTime || !matches(in.FilterPattern, e.message) {
				continue
			}
			out = append(out, filteredEvent{
				LogStreamName: st.name, Timestamp: at, Message: e.message, IngestionTime: millis(e.ingested), EventID: e.key(),
			})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].EventID < out[j].EventID })
	if in.StartFromHead != nil && !*in.StartFromHead {
		slices.Reverse(out)
	}
	return out
}

// filterPage is the page after the token: the end is a page without one. The
// adversary makes some pages empty and lets others repeat an event.
func (s *Service) filterPage(events []filteredEvent, limit int, token *string) (*filterOutput, error) {
	q := s.quirks()
	key := func(e filteredEvent) string { return e.EventID }
	if s.emptyPage() && token != nil && len(events) > 0 {
		again, err := s.pager.Renew(*token, s.pages)
		if err != nil {
			return nil, err
		}
		return &filterOutput{Events: []filteredEvent{}, SearchedLogStreams: []wire.Empty{}, NextToken: &again}, nil
	}
	page, err := wire.Paginate(s.pager, events, key, limit, token)
	if err != nil {
		return nil, err
	}
	items := page.Items
	if q.RepeatEvery > 0 && s.pages%q.RepeatEvery == 0 && len(items) > 0 && token != nil {
		if i := slices.IndexFunc(events, func(e filteredEvent) bool { return e.EventID == items[0].EventID }); i > 0 {
			items = append([]filteredEvent{events[i-1]}, items...)
		}
	}
	return &filterOutput{Events: items, SearchedLogStreams: []wire.Empty{}, NextToken: page.Next}, nil
}

// matches is the simple part of the pattern language: words that must be
// there, ?words of which one must be, -words that must not be, and "phrases".
func matches(pattern, message string) bool {
	anyOf, found := false, false
	for _, term := range terms(pattern) {
		switch text := strings.Trim(strings.TrimLeft(term, "?-"), `"`); term[0] {
		case '?':
			anyOf = true
			found = found || strings.Contains(message, text)
		case '-':
			if strings.Contains(message, text) {
				return false
			}
		default:
			if !strings.Contains(message, text) {
				return false
			}
		}
	}
	return !anyOf || found
}

func terms(pattern string) []string {
	quoted := false
	return strings.FieldsFunc(pattern, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}
