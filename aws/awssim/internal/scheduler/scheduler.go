// Package scheduler is EventBridge Scheduler: schedules that really fire by the
// simulated clock. Targets are StartPipelineExecution as a universal target,
// whose input may hold context attributes, and a pipeline as a templated one.
package scheduler

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/clock"
	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Options for [New].
type Options struct {
	Account, Region string
	Clock           *clock.Clock
	Pages           func() wire.Quirks
	Start           func(caller string, input []byte) error // StartPipelineExecution
}

// Service holds the schedules of the account.
type Service struct {
	o     Options
	pager wire.Pager

	mu        sync.Mutex
	groups    map[string]time.Time
	schedules map[string]*schedule // by group and name
	firings   []Firing
	seq       int
}

// Firing is one invocation of a target.
type Firing struct {
	Schedule  string
	Scheduled time.Time
	Attempt   int
	Error     string // "" when the target took it
}

// definition is what a client says about a schedule; an update replaces it all.
type definition struct {
	ActionAfterCompletion      string `json:",omitempty"`
	Description                string `json:",omitempty"`
	EndDate                    *wire.Seconds
	FlexibleTimeWindow         *window
	GroupName                  string
	KmsKeyArn                  string `json:",omitempty"`
	ScheduleExpression         string
	ScheduleExpressionTimezone string
	StartDate                  *wire.Seconds
	State                      string
	Target                     *target
}

type window struct {
	Mode                   string
	MaximumWindowInMinutes int `json:",omitempty"`
}

type target struct {
	Arn                         string
	RoleArn                     string
	Input                       string              `json:",omitempty"`
	RetryPolicy                 *retryPolicy        `json:",omitempty"`
	DeadLetterConfig            json.RawMessage     `json:",omitempty"`
	SageMakerPipelineParameters *pipelineParameters `json:",omitempty"`
}

type retryPolicy struct {
	MaximumEventAgeInSeconds *int `json:",omitempty"`
	MaximumRetryAttempts     *int `json:",omitempty"`
}

type pipelineParameters struct {
	PipelineParameterList []pipelineParameter
}

type pipelineParameter struct {
	Name, Value string
}

type schedule struct {
	definition

	name, token       string
	created, modified time.Time
	zone              *time.Location
	cancel            func()
}

// New makes a service with the default group.
func New(o Options) *Service {
	return &Service{
		o: o, pager: wire.Pager{Now: o.Clock.Now, Quirks: o.Pages},
		groups: map[string]time.Time{"default": o.Clock.Now()}, schedules: map[string]*schedule{},
	}
}

// Firings lists the invocations so far.
func (s *Service) Firings() []Firing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Firing(nil), s.firings...)
}

// Route names the operation of a request.
func Route(r *http.Request) string {
	kind, name, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	noun := "Schedule"
	if kind == "schedule-groups" {
		noun = "ScheduleGroup"
	}
	switch {
	case name == "":
		return "List" + noun + "s"
	case r.Method == http.MethodPost:
		return "Create" + noun
	case r.Method == http.MethodPut:
		return "Update" + noun
	case r.Method == http.MethodDelete:
		return "Delete" + noun
	default:
		return "Get" + noun
	}
}

// Operations are the calls that the service answers.
func (s *Service) Operations() map[string]wire.Operation {
	return map[string]wire.Operation{
		"CreateSchedule":      wire.TypedCall(s.create),
		"UpdateSchedule":      wire.TypedCall(s.update),
		"GetSchedule":         wire.TypedCall(s.get),
		"DeleteSchedule":      wire.TypedCall(s.remove),
		"ListSchedules":       wire.TypedCall(s.list),
		"CreateScheduleGroup": wire.TypedCall(s.createGroup),
		"GetScheduleGroup":    wire.TypedCall(s.getGroup),
		"DeleteScheduleGroup": wire.TypedCall(s.removeGroup),
		"ListScheduleGroups":  wire.TypedCall(s.listGroups),
	}
}

// named is the last part of a request's path.
func named(call *wire.Call) string {
	_, name, _ := strings.Cut(strings.Trim(call.Request.URL.Path, "/"), "/")
	return name
}

type changeInput struct {
	definition

	ClientToken string
}

type scheduleOutput struct {
	ScheduleArn string
}

func (s *Service) create(_ context.Context, call *wire.Call, in *changeInput) (*scheduleOutput, error) {
	fresh, err := s.read(named(call), in)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.groups[fresh.GroupName]; !ok {
		return nil, notFound("Schedule group %s does not exist.", fresh.GroupName)
	}
	if old := s.schedules[fresh.key()]; old != nil {
		if in.ClientToken != "" && old.token == in.ClientToken {
			return &scheduleOutput{ScheduleArn: s.arn(old)}, nil
		}
		return nil, wire.StatusErrorf(http.StatusConflict, "ConflictException", "Schedule %s already exists.", fresh.name)
	}
	s.put(fresh)
	return &scheduleOutput{ScheduleArn: s.arn(fresh)}, nil
}

// update replaces a schedule; what is left out is gone.
func (s *Service) update(_ context.Context, call *wire.Call, in *changeInput) (*scheduleOutput, error) {
	fresh, err := s.read(named(call), in)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, err := s.find(fresh.name, fresh.GroupName)
	if err != nil {
		return nil, err
	}
	fresh.created = old.created
	old.stop()
	s.put(fresh)
	return &scheduleOutput{ScheduleArn: s.arn(fresh)}, nil
}

func (s *Service) put(sc *schedule) {
	s.schedules[sc.key()] = sc
	s.plan(sc, s.o.Clock.Now())
}

func (sc *schedule) stop() {
	if sc.cancel != nil {
		sc.cancel()
	}
}

func (sc *schedule) key() string { return sc.GroupName + "/" + sc.name }

func (s *Service) arn(sc *schedule) string {
	return fmt.Sprintf("arn:aws:scheduler:%s:%s:schedule/%s/%s", s.o.Region, s.o.Account, sc.GroupName, sc.name)
}

// find looks a schedule up; the lock is held.
func (s *Service) find(name, group string) (*schedule, error) {
	if group == "" {
		group = "default"
	}
	sc := s.schedules[group+"/"+name]
	if sc == nil {
		return nil, notFound("Schedule %s does not exist.", name)
	}
	return sc, nil
}

func notFound(format string, args ...any) error {
	return wire.StatusErrorf(http.StatusNotFound, "ResourceNotFoundException", format, args...)
}

// read checks what a client says.
func (s *Service) read(name string, in *changeInput) (*schedule, error) {
	sc := &schedule{definition: in.definition, name: name, token: in.ClientToken, created: s.o.Clock.Now(), modified: s.o.Clock.Now()}
	if sc.GroupName == "" {
		sc.GroupName = "default"
	}
	if sc.State == "" {
		sc.State = "ENABLED"
	}
	if sc.ScheduleExpressionTimezone == "" {
		sc.ScheduleExpressionTimezone = "UTC"
	}
	zone, err := time.LoadLocation(sc.ScheduleExpressionTimezone)
	if err != nil {
		return nil, wire.Invalidf("Invalid Schedule Expression Timezone %s.", sc.ScheduleExpressionTimezone)
	}
	sc.zone = zone
	if ok, err := regexp.MatchString(`^[0-9a-zA-Z\-_.]{1,64}$`, name); err != nil || !ok {
		return nil, wire.Invalidf("1 validation error detected: Value '%s' at 'name' failed to satisfy constraint: "+
			"Member must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$", name)
	}
	const longest = 64
	if len(in.ClientToken) > longest {
		return nil, wire.Invalidf("ClientToken is longer than %d characters.", longest)
	}
	if err := sc.check(); err != nil {
		return nil, err
	}
	return sc, nil
}

func (sc *schedule) check() error {
	w := sc.FlexibleTimeWindow
	switch {
	case w == nil || w.Mode != "OFF" && w.Mode != "FLEXIBLE":
		return wire.Invalidf("FlexibleTimeWindow must be given.")
	case w.Mode == "OFF" && w.MaximumWindowInMinutes != 0:
		return wire.Invalidf("MaximumWindowInMinutes must not be given when the mode is OFF.")
	case w.Mode == "FLEXIBLE" && (w.MaximumWindowInMinutes < 1 || w.MaximumWindowInMinutes > 1440):
		return wire.Invalidf("MaximumWindowInMinutes must be 1 to 1440.")
	}
	if _, _, err := sc.next(time.Unix(0, 0)); err != nil {
		return wire.Invalidf("Invalid Schedule Expression %s.", sc.ScheduleExpression)
	}
	return sc.Target.check()
}

// The ARN of StartPipelineExecution as a universal target, and what begins
// those of pipelines as templated ones.
const (
	universal = "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
	templated = "arn:aws:sagemaker:"
)

func (t *target) check() error {
	if t == nil || t.Arn == "" || !strings.HasPrefix(t.RoleArn, "arn:aws:iam::") {
		return wire.Invalidf("A target needs an Arn and a RoleArn.")
	}
	if p := t.RetryPolicy; p != nil {
		if n := p.MaximumRetryAttempts; n != nil && (*n < 0 || *n > 185) {
			return wire.Invalidf("MaximumRetryAttempts must be 0 to 185.")
		}
		if n := p.MaximumEventAgeInSeconds; n != nil && (*n < 60 || *n > 86400) {
			return wire.Invalidf("MaximumEventAgeInSeconds must be 60 to 86400.")
		}
	}
	switch {
	case t.Arn == universal:
		if !json.Valid([]byte(t.Input)) {
			return wire.Invalidf("The input of a universal target must be the JSON of its request.")
		}
	case strings.HasPrefix(t.Arn, "arn:aws:scheduler:::aws-sdk:"):
		return wire.Invalidf("awssim does not call %s.", t.Arn)
	case !strings.HasPrefix(t.Arn, templated) && !strings.HasPrefix(t.Arn, "arn:aws:"):
		return wire.Invalidf("Provided Arn is not in correct format.")
	}
	return nil
}

// next is the first firing after an instant.
func (sc *schedule) next(after time.Time) (firing time.Time, ok bool, err error) {
	if inner, found := strings.CutPrefix(sc.ScheduleExpression, "at("); found {
		at, err := time.ParseInLocation("2006-01-02T15:04:05)", inner, sc.zone)
		return at, at.After(after), err
	}
	parsed, err := calendar.ParseSchedule(sc.ScheduleExpression)
	if err != nil {
		return time.Time{}, false, err
	}
	firing, ok = parsed.Next(after, sc.zone)
	return firing, ok, nil
}
