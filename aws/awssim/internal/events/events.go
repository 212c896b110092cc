// Package events is Amazon EventBridge: rules whose patterns pick events, and
// targets that get them, transformed.
package events

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// Quirks are the bad habits of EventBridge; the zero value has none.
type Quirks struct {
	Repeat  bool // every event is delivered twice
	Reverse bool // an event is held back until the next one, which overtakes it
}

// Options for [New].
type Options struct {
	Account, Region string
	Now             func() time.Time
	Quirks          func() Quirks
	Pages           func() wire.Quirks
	Deliver         func(arn, text string) error // to a target
}

// Service holds the rules of the default bus.
type Service struct {
	o     Options
	pager wire.Pager

	mu     sync.Mutex
	rules  map[string]*rule
	seq    int
	failed []string
	held   *delivery
}

type rule struct {
	name, description, pattern, schedule, state, role string
	parsed                                            map[string]any
	targets                                           []target
}

type target struct {
	ID               string       `json:"Id"`
	Arn              string       `json:"Arn"`
	RoleArn          string       `json:"RoleArn,omitempty"`
	Input            string       `json:"Input,omitempty"`
	InputPath        string       `json:"InputPath,omitempty"`
	InputTransformer *transformer `json:"InputTransformer,omitempty"`
}

type transformer struct {
	InputPathsMap map[string]string `json:"InputPathsMap,omitempty"`
	InputTemplate string            `json:"InputTemplate"`
}

// delivery is an event on its way to a target.
type delivery struct {
	arn, text string
}

// New makes a bus without rules.
func New(o Options) *Service {
	return &Service{o: o, pager: wire.Pager{Now: o.Now, Quirks: o.Pages}, rules: map[string]*rule{}}
}

// Failures lists the deliveries that failed, and why. The account's owner would
// see a metric, no more.
func (s *Service) Failures() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.failed)
}

// Operations are the calls that the service answers.
func (s *Service) Operations() map[string]wire.Operation {
	return map[string]wire.Operation{
		"PutRule":           wire.Typed(s.putRule),
		"DescribeRule":      wire.Typed(s.describeRule),
		"ListRules":         wire.Typed(s.listRules),
		"DeleteRule":        wire.Typed(s.deleteRule),
		"EnableRule":        wire.Typed(s.enableRule),
		"DisableRule":       wire.Typed(s.disableRule),
		"PutTargets":        wire.Typed(s.putTargets),
		"ListTargetsByRule": wire.Typed(s.listTargets),
		"RemoveTargets":     wire.Typed(s.removeTargets),
		"PutEvents":         wire.Typed(s.putEvents),
		"TestEventPattern":  wire.Typed(s.testPattern),
	}
}

type ruleInput struct {
	Name               string
	EventPattern       string
	ScheduleExpression string
	State              string
	Description        string
	RoleArn            string
}

type ruleOutput struct {
	RuleArn string
}

func (s *Service) putRule(_ context.Context, in *ruleInput) (*ruleOutput, error) {
	if ok, err := regexp.MatchString(`^[.\-_A-Za-z0-9]{1,64}$`, in.Name); err != nil || !ok {
		return nil, wire.Invalidf("1 validation error detected: Value '%s' at 'name' failed to satisfy constraint: "+
			`Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+`, in.Name)
	}
	r := &rule{name: in.Name, description: in.Description, pattern: in.EventPattern, schedule: in.ScheduleExpression, state: in.State, role: in.RoleArn}
	if r.state == "" {
		r.state = "ENABLED"
	}
	switch {
	case in.EventPattern != "":
		parsed, err := parsePattern(in.EventPattern)
		if err != nil {
			return nil, wire.Errorf("InvalidEventPatternException", "Event pattern is not valid. Reason: %v", err)
		}
		r.parsed = parsed
	case in.ScheduleExpression == "":
		return nil, wire.Invalidf("Parameter(s) EventPattern or ScheduleExpression must be specified.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.rules[in.Name]; old != nil {
		r.targets = old.targets
	}
	s.rules[in.Name] = r
	return &ruleOutput{RuleArn: s.arn(r)}, nil
}

func (s *Service) arn(r *rule) string {
	return fmt.Sprintf("arn:aws:events:%s:%s:rule/%s", s.o.Region, s.o.Account, r.name)
}

// rule finds a rule; the lock is held.
func (s *Service) rule(name string) (*rule, error) {
	r := s.rules[name]
	if r == nil {
		return nil, wire.Errorf("ResourceNotFoundException", "Rule %s does not exist on EventBus default.", name)
	}
	return r, nil
}

type ruleDescription struct {
	Name               string
	Arn                string
	EventPattern       string `json:",omitempty"`
	ScheduleExpression string `json:",omitempty"`
	State              string
	Description        string `json:",omitempty"`
	RoleArn            string `json:",omitempty"`
	EventBusName       string
	CreatedBy          string `json:",omitempty"`
}

func (s *Service) describe(r *rule) ruleDescription {
	return ruleDescription{
		Name: r.name, Arn: s.arn(r), EventPattern: r.pattern, ScheduleExpression: r.schedule, State: r.state, Description: r.description,
		RoleArn: r.role, EventBusName: "default",
	}
}

func (s *Service) describeRule(_ context.Context, in *ruleInput) (*ruleDescription, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.rule(in.Name)
	if err != nil {
		return nil, err
	}
	out := s.describe(r)
	out.CreatedBy = s.o.Account
	return &out, nil
}

type listRulesInput struct {
	NamePrefix string
	NextToken  *string
	Limit      int
}

type listRulesOutput struct {
	Rules     []ruleDescription
	NextToken *string `json:",omitempty"`
}

func (s *Service) listRules(_ context.Context, in *listRulesInput) (*listRulesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &listRulesOutput{Rules: []ruleDescription{}}
	for _, name := range slices.Sorted(maps.Keys(s.rules)) {
		if strings.HasPrefix(name, in.NamePrefix) {
			out.Rules = append(out.Rules, s.describe(s.rules[name]))
		}
	}
	page, err := wire.Paginate(s.pager, out.Rules, func(r ruleDescription) string { return r.Name }, in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out.Rules, out.NextToken = page.Items, page.Next
	return out, nil
}

func (s *Service) deleteRule(_ context.Context, in *ruleInput) (*wire.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rules[in.Name]; r != nil && len(r.targets) > 0 {
		return nil, wire.Invalidf("Rule can't be deleted since it has targets.")
	}
	delete(s.rules, in.Name)
	return &wire.Empty{}, nil
}

func (s *Service) enableRule(_ context.Context, in *ruleInput) (*wire.Empty, error) {
	return s.setState(in.Name, "ENABLED")
}

func (s *Service) disableRule(_ context.Context, in *ruleInput) (*wire.Empty, error) {
	return s.setState(in.Name, "DISABLED")
}

func (s *Service) setState(name, state string) (*wire.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.rule(name)
	if err != nil {
		return nil, err
	}
	r.state = state
	return &wire.Empty{}, nil
}

// Put sends an event of a service to the rules.
func (s *Service) Put(source, detailType string, resources []string, detail map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	s.route(map[string]any{
		"version": "0", "id": fmt.Sprintf("%08d-0000-4000-8000-000000000000", s.seq), "detail-type": detailType, "source": source,
		"account": s.o.Account, "time": s.o.Now().UTC().Format("2006-01-02T15:04:05Z"), "region": s.o.Region,
		"resources": anys(resources), "detail": detail,
	})
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// route gives an event to every target whose rule matches. The lock is held.
func (s *Service) route(event map[string]any) {
	plain, err := roundTrip(event)
	if err != nil {
		s.failed = append(s.failed, err.Error())
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.rules)) {
		r := s.rules[name]
		if r.state != "ENABLED" || r.parsed == nil || !matches(r.parsed, plain) {
			continue
		}
		for _, t := range r.targets {
			text, err := t.text(plain, r, s.arn(r))
			if err != nil {
				s.failed = append(s.failed, err.Error())
				continue
			}
			s.send(delivery{arn: t.Arn, text: text})
		}
	}
}

// roundTrip makes a value what JSON makes of it.
func roundTrip(v map[string]any) (map[string]any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	return out, json.Unmarshal(text, &out)
}

func (s *Service) send(d delivery) {
	q := s.o.Quirks()
	if q.Reverse && s.held == nil {
		s.held = &d
		return
	}
	due := []delivery{d}
	if s.held != nil {
		due = append(due, *s.held)
		s.held = nil
	}
	if q.Repeat {
		due = append(due, due...)
	}
	for _, d := range due {
		if err := s.o.Deliver(d.arn, d.text); err != nil {
			s.failed = append(s.failed, err.Error())
		}
	}
}
