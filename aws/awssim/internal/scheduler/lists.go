package scheduler

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type description struct {
	definition

	Arn                  string
	Name                 string
	CreationDate         *wire.Seconds
	LastModificationDate *wire.Seconds
}

func (s *Service) get(_ context.Context, call *wire.Call, _ *wire.Empty) (*description, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sc, err := s.find(named(call), call.Request.URL.Query().Get("groupName"))
	if err != nil {
		return nil, err
	}
	return &description{
		definition: sc.definition, Arn: s.arn(sc), Name: sc.name, CreationDate: wire.At(sc.created), LastModificationDate: wire.At(sc.modified),
	}, nil
}

func (s *Service) remove(_ context.Context, call *wire.Call, _ *wire.Empty) (*wire.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sc, err := s.find(named(call), call.Request.URL.Query().Get("groupName"))
	if err != nil {
		return nil, err
	}
	sc.stop()
	delete(s.schedules, sc.key())
	return &wire.Empty{}, nil
}

// summary has no expression: that is in GetSchedule only.
type summary struct {
	Arn                  string
	CreationDate         *wire.Seconds
	GroupName            string
	LastModificationDate *wire.Seconds
	Name                 string
	State                string
	Target               summaryTarget
}

type summaryTarget struct {
	Arn string
}

type listOutput struct {
	Schedules []summary
	NextToken *string `json:",omitempty"`
}

func (s *Service) list(_ context.Context, call *wire.Call, _ *wire.Empty) (*listOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := call.Request.URL.Query()
	var found []*schedule
	for _, key := range slices.Sorted(maps.Keys(s.schedules)) {
		sc := s.schedules[key]
		if strings.HasPrefix(sc.name, q.Get("NamePrefix")) && (q.Get("ScheduleGroup") == "" || q.Get("ScheduleGroup") == sc.GroupName) &&
			(q.Get("State") == "" || q.Get("State") == sc.State) {
			found = append(found, sc)
		}
	}
	page, err := cut(s.pager, call, found, (*schedule).key)
	if err != nil {
		return nil, err
	}
	out := &listOutput{Schedules: []summary{}, NextToken: page.Next}
	for _, sc := range page.Items {
		out.Schedules = append(out.Schedules, summary{
			Arn: s.arn(sc), CreationDate: wire.At(sc.created), GroupName: sc.GroupName, LastModificationDate: wire.At(sc.modified),
			Name: sc.name, State: sc.State, Target: summaryTarget{Arn: sc.Target.Arn},
		})
	}
	return out, nil
}

// cut pages a list by the members in a request's query.
func cut[T any](p wire.Pager, call *wire.Call, items []T, key func(T) string) (wire.Page[T], error) {
	q := call.Request.URL.Query()
	size := 100
	if text := q.Get("MaxResults"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > size {
			return wire.Page[T]{}, wire.Invalidf("MaxResults must be 1 to %d.", size)
		}
		size = n
	}
	token := q.Get("NextToken")
	return wire.Paginate(p, items, key, size, &token)
}

type groupOutput struct {
	ScheduleGroupArn string
}

func (s *Service) groupARN(name string) string {
	return fmt.Sprintf("arn:aws:scheduler:%s:%s:schedule-group/%s", s.o.Region, s.o.Account, name)
}

func (s *Service) createGroup(_ context.Context, call *wire.Call, _ *wire.Empty) (*groupOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := named(call)
	if _, ok := s.groups[name]; ok {
		return nil, wire.StatusErrorf(http.StatusConflict, "ConflictException", "Schedule group %s already exists.", name)
	}
	s.groups[name] = s.o.Clock.Now()
	return &groupOutput{ScheduleGroupArn: s.groupARN(name)}, nil
}

type group struct {
	Arn                  string
	CreationDate         *wire.Seconds
	LastModificationDate *wire.Seconds
	Name                 string
	State                string
}

func (s *Service) group(name string, created time.Time) group {
	return group{Arn: s.groupARN(name), CreationDate: wire.At(created), LastModificationDate: wire.At(created), Name: name, State: "ACTIVE"}
}

func (s *Service) getGroup(_ context.Context, call *wire.Call, _ *wire.Empty) (*group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	created, ok := s.groups[named(call)]
	if !ok {
		return nil, notFound("Schedule group %s does not exist.", named(call))
	}
	out := s.group(named(call), created)
	return &out, nil
}

func (s *Service) removeGroup(_ context.Context, call *wire.Call, _ *wire.Empty) (*wire.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := named(call)
	if _, ok := s.groups[name]; !ok {
		return nil, notFound("Schedule group %s does not exist.", name)
	}
	delete(s.groups, name)
	for key, sc := range s.schedules {
		if sc.GroupName == name {
			sc.stop()
			delete(s.schedules, key)
		}
	}
	return &wire.Empty{}, nil
}

type listGroupsOutput struct {
	ScheduleGroups []group
	NextToken      *string `json:",omitempty"`
}

func (s *Service) listGroups(_ context.Context, call *wire.Call, _ *wire.Empty) (*listGroupsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := slices.Sorted(maps.Keys(s.groups))
	page, err := cut(s.pager, call, names, func(n string) string { return n })
	if err != nil {
		return nil, err
	}
	out := &listGroupsOutput{ScheduleGroups: []group{}, NextToken: page.Next}
	for _, name := range page.Items {
		out.ScheduleGroups = append(out.ScheduleGroups, s.group(name, s.groups[name]))
	}
	return out, nil
}
