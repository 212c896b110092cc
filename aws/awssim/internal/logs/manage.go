package logs

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type groupInput struct {
	LogGroupName  string `json:"logGroupName"`
	LogStreamName string `json:"logStreamName"`
}

func (s *Service) createGroup(_ context.Context, in *groupInput) (*wire.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.groups[in.LogGroupName] != nil {
		return nil, wire.Errorf("ResourceAlreadyExistsException", "The specified log group already exists")
	}
	s.groups[in.LogGroupName] = &group{created: s.now(), streams: map[string]*stream{}}
	return &wire.Empty{}, nil
}

func (s *Service) createStream(_ context.Context, in *groupInput) (*wire.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, _, err := s.find(in.LogGroupName, "")
	if err != nil {
		return nil, err
	}
	if g.streams[in.LogStreamName] != nil {
		return nil, wire.Errorf("ResourceAlreadyExistsException", "The specified log stream already exists")
	}
	g.streams[in.LogStreamName] = &stream{name: in.LogStreamName, created: s.now()}
	return &wire.Empty{}, nil
}

type putInput struct {
	groupInput

	LogEvents []struct {
		Timestamp int64  `json:"timestamp"`
		Message   string `json:"message"`
	} `json:"logEvents"`
}

type putOutput struct {
	NextSequenceToken string `json:"nextSequenceToken"`
}

func (s *Service) putEvents(_ context.Context, in *putInput) (*putOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, _, err := s.find(in.LogGroupName, "")
	if err != nil {
		return nil, err
	}
	if g.streams[in.LogStreamName] == nil {
		return nil, notFound("The specified log stream does not exist.")
	}
	last := int64(0)
	for _, e := range in.LogEvents {
		if e.Timestamp < last {
			return nil, invalid("Log events in a single PutLogEvents request must be in chronological order.")
		}
		last = e.Timestamp
	}
	for _, e := range in.LogEvents {
		st := s.writable(g, in.LogStreamName)
		s.keep(in.LogGroupName, st.name, s.add(st, time.UnixMilli(e.Timestamp).UTC(), e.Message))
	}
	return &putOutput{NextSequenceToken: "1"}, nil
}

type describeGroupsInput struct {
	Prefix    string  `json:"logGroupNamePrefix"`
	Limit     int     `json:"limit"`
	NextToken *string `json:"nextToken"`
}

type groupEntry struct {
	LogGroupName string `json:"logGroupName"`
	CreationTime int64  `json:"creationTime"`
	Arn          string `json:"arn"`
	LogGroupArn  string `json:"logGroupArn"`
	StoredBytes  int64  `json:"storedBytes"`
}

type describeGroupsOutput struct {
	LogGroups []groupEntry `json:"logGroups"`
	NextToken *string      `json:"nextToken,omitempty"`
}

func (s *Service) describeGroups(_ context.Context, in *describeGroupsInput) (*describeGroupsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries := []groupEntry{}
	for name, g := range s.groups {
		if strings.HasPrefix(name, in.Prefix) {
			entries = append(entries, groupEntry{
				LogGroupName: name, CreationTime: millis(g.created), Arn: s.arn(name) + ":*", LogGroupArn: s.arn(name),
			})
		}
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].LogGroupName < entries[j].LogGroupName })
	size, err := limited(in.Limit, 50)
	if err != nil {
		return nil, err
	}
	page, err := wire.Paginate(s.pager, entries, func(e groupEntry) string { return e.LogGroupName }, size, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &describeGroupsOutput{LogGroups: page.Items, NextToken: page.Next}, nil
}

type describeStreamsInput struct {
	LogGroupName       string  `json:"logGroupName"`
	LogGroupIdentifier string  `json:"logGroupIdentifier"`
	Prefix             string  `json:"logStreamNamePrefix"`
	OrderBy            string  `json:"orderBy"`
	Descending         bool    `json:"descending"`
	Limit              int     `json:"limit"`
	NextToken          *string `json:"nextToken"`
}

type streamEntry struct {
	LogStreamName       string `json:"logStreamName"`
	CreationTime        int64  `json:"creationTime"`
	FirstEventTimestamp int64  `json:"firstEventTimestamp,omitempty"`
	LastEventTimestamp  int64  `json:"lastEventTimestamp,omitempty"`
	LastIngestionTime   int64  `json:"lastIngestionTime,omitempty"`
	UploadSequenceToken string `json:"uploadSequenceToken"`
	Arn                 string `json:"arn"`
	StoredBytes         int64  `json:"storedBytes"`
}

type describeStreamsOutput struct {
	LogStreams []streamEntry `json:"logStreams"`
	NextToken  *string       `json:"nextToken,omitempty"`
}

func (s *Service) describeStreams(_ context.Context, in *describeStreamsInput) (*describeStreamsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, name, err := s.find(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	if in.Prefix != "" && in.OrderBy == "LastEventTime" {
		return nil, invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	size, err := limited(in.Limit, 50)
	if err != nil {
		return nil, err
	}
	entries := []streamEntry{}
	for _, st := range g.streams {
		if strings.HasPrefix(st.name, in.Prefix) {
			entries = append(entries, s.entry(name, st))
		}
	}
	sort.Slice(entries, func(i, j int) bool { return before(entries[i], entries[j], in.OrderBy) != in.Descending })
	page, err := wire.Paginate(s.pager, entries, func(e streamEntry) string { return e.LogStreamName }, size, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &describeStreamsOutput{LogStreams: page.Items, NextToken: page.Next}, nil
}

func (s *Service) entry(groupName string, st *stream) streamEntry {
	e := streamEntry{
		LogStreamName: st.name, CreationTime: millis(st.created), UploadSequenceToken: "1",
		Arn: s.arn(groupName) + ":log-stream:" + st.name,
	}
	if events := s.seen(st); len(events) > 0 {
		e.FirstEventTimestamp = millis(events[0].at)
		e.LastEventTimestamp = millis(events[len(events)-1].at)
		e.LastIngestionTime = millis(events[len(events)-1].ingested)
	}
	return e
}

func before(a, b streamEntry, orderBy string) bool {
	if orderBy == "LastEventTime" && a.LastEventTimestamp != b.LastEventTimestamp {
		return a.LastEventTimestamp < b.LastEventTimestamp
	}
	return a.LogStreamName < b.LogStreamName
}

// limited checks a limit, for which 0 stands for the largest.
func limited(limit, largest int) (int, error) {
	if limit < 0 || limit > largest {
		return 0, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: "+
			"Member must have value less than or equal to %d", limit, largest)
	}
	if limit == 0 {
		return largest, nil
	}
	return limit, nil
}
