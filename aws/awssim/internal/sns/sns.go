// Package sns is Amazon SNS: topics, what was published to them, and
// subscribers over http on the loopback interface, who are sent a confirmation
// first and then every message.
package sns

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// Message is what was published.
type Message struct {
	ID, Topic, Subject, Text string
	At                       time.Time
	By                       string // a caller's ARN, or a service: events.amazonaws.com
}

// Options for [New].
type Options struct {
	Account, Region string
	Now             func() time.Time
	Pages           func() wire.Quirks
	Endpoint        func() string
}

// Service holds the topics of the account.
type Service struct {
	o     Options
	pager wire.Pager

	mu       sync.Mutex
	topics   map[string]*topic // by ARN
	messages []Message
	seq      int

	deliveries sync.WaitGroup
	live       context.Context //nolint:containedctx // the life of the service, which deliveries share
	end        context.CancelFunc
	client     *http.Client
}

type topic struct {
	arn           string
	attributes    map[string]string
	subscriptions []*subscription
}

type subscription struct {
	arn, topic, protocol, endpoint, token string
	confirmed                             bool
}

// New makes a service without topics.
func New(o Options) *Service {
	live, end := context.WithCancel(context.Background())
	refuse := func(reason string) *wire.Error { return invalid("Invalid parameter: NextToken Reason: %s", reason) }
	return &Service{
		o: o, pager: wire.Pager{Now: o.Now, Quirks: o.Pages, Refuse: refuse}, topics: map[string]*topic{}, live: live, end: end,
		client: &http.Client{Timeout: 15 * time.Second},
	}
}

// Close ends all deliveries.
func (s *Service) Close() {
	s.end()
	s.deliveries.Wait()
}

// Settle waits until everything published so far is delivered.
func (s *Service) Settle() { s.deliveries.Wait() }

// Messages is all that was published, in order.
func (s *Service) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Operations are the calls that the service answers.
func (s *Service) Operations() map[string]wire.Operation {
	return map[string]wire.Operation{
		"CreateTopic":              s.form(s.createTopic),
		"DeleteTopic":              s.form(s.deleteTopic),
		"ListTopics":               s.form(s.listTopics),
		"GetTopicAttributes":       s.form(s.getAttributes),
		"SetTopicAttributes":       s.form(s.setAttributes),
		"Subscribe":                s.form(s.subscribe),
		"ConfirmSubscription":      s.form(s.confirm),
		"Unsubscribe":              s.form(s.unsubscribe),
		"ListSubscriptionsByTopic": s.form(s.listSubscriptions),
		"Publish":                  s.form(s.publish),
	}
}

// request is a form and who sent it.
type request struct {
	url.Values

	caller string
}

// form makes an operation of a function over the members of a request, which
// come in the query of a confirmation's link and else in the body.
func (s *Service) form(f func(in request) (any, error)) wire.Operation {
	return func(_ context.Context, call *wire.Call) (*wire.Reply, error) {
		in, err := url.ParseQuery(string(call.Body))
		if err != nil {
			return nil, wire.Errorf("MalformedQueryString", "%v", err)
		}
		maps.Copy(in, call.Request.URL.Query())
		s.mu.Lock()
		defer s.mu.Unlock()
		out, err := f(request{Values: in, caller: call.Caller})
		if err != nil {
			return nil, err
		}
		return wire.XMLReply(out), nil
	}
}

func (s *Service) topic(in request) (*topic, error) {
	arn := in.Get("TopicArn")
	if arn == "" {
		arn = in.Get("TargetArn")
	}
	t := s.topics[arn]
	if t == nil {
		return nil, wire.StatusErrorf(http.StatusNotFound, "NotFound", "Topic does not exist")
	}
	return t, nil
}

func (s *Service) createTopic(in request) (any, error) {
	name := in.Get("Name")
	if ok, err := regexp.MatchString(`^[A-Za-z0-9_-]{1,256}$`, name); err != nil || !ok {
		return nil, invalid("Invalid parameter: Topic Name")
	}
	arn := fmt.Sprintf("arn:aws:sns:%s:%s:%s", s.o.Region, s.o.Account, name)
	if s.topics[arn] == nil {
		s.topics[arn] = &topic{arn: arn, attributes: entries(in.Values, "Attributes")}
	}
	out := createTopicResponse{Xmlns: namespace, Metadata: metadata()}
	out.Result.TopicArn = arn
	return out, nil
}

// entries reads a map of the query protocol: Name.entry.N.key and .value.
func entries(in url.Values, member string) map[string]string {
	out := map[string]string{}
	for n := 1; ; n++ {
		key := fmt.Sprintf("%s.entry.%d.", member, n)
		if !in.Has(key + "key") {
			return out
		}
		out[in.Get(key+"key")] = in.Get(key + "value")
	}
}

func (s *Service) deleteTopic(in request) (any, error) {
	delete(s.topics, in.Get("TopicArn"))
	return emptyResponse("DeleteTopicResponse"), nil
}

func (s *Service) listTopics(in request) (any, error) {
	arns := slices.Sorted(maps.Keys(s.topics))
	page, err := wire.Paginate(s.pager, arns, func(a string) string { return a }, 100, token(in))
	if err != nil {
		return nil, err
	}
	out := listTopicsResponse{Xmlns: namespace, Metadata: metadata()}
	for _, arn := range page.Items {
		out.Result.Topics.Member = append(out.Result.Topics.Member, topicMember{TopicArn: arn})
	}
	if page.Next != nil {
		out.Result.NextToken = *page.Next
	}
	return out, nil
}

func token(in request) *string {
	t := in.Get("NextToken")
	return &t
}

func (s *Service) getAttributes(in request) (any, error) {
	t, err := s.topic(in)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(t.attributes)
	all["TopicArn"], all["Owner"] = t.arn, s.o.Account
	confirmed := 0
	for _, sub := range t.subscriptions {
		if sub.confirmed {
			confirmed++
		}
	}
	all["SubscriptionsConfirmed"] = strconv.Itoa(confirmed)
	all["SubscriptionsPending"] = strconv.Itoa(len(t.subscriptions) - confirmed)
	if all["Policy"] == "" {
		all["Policy"] = `{"Version":"2008-10-17","Statement":[]}`
	}
	out := attributesResponse{Xmlns: namespace, Metadata: metadata()}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out.Result.Attributes.Entry = append(out.Result.Attributes.Entry, attributeEntry{Key: name, Value: all[name]})
	}
	return out, nil
}

func (s *Service) setAttributes(in request) (any, error) {
	t, err := s.topic(in)
	if err != nil {
		return nil, err
	}
	name, value := in.Get("AttributeName"), in.Get("AttributeValue")
	if name == "Policy" && !json.Valid([]byte(value)) {
		return nil, invalid("Invalid parameter: Policy Error: null")
	}
	t.attributes[name] = value
	return emptyResponse("SetTopicAttributesResponse"), nil
}

func invalid(format string, args ...any) *wire.Error {
	return wire.Errorf("InvalidParameter", format, args...)
}

// allows says whether a topic's policy lets a service publish. Without
// that EventBridge's deliveries fail, and nobody is told.
func (t *topic) allows(service string) bool {
	var policy struct {
		Statement []struct {
			Effect    string
			Principal any
			Action    any
		}
	}
	if json.Unmarshal([]byte(t.attributes["Policy"]), &policy) != nil {
		return false
	}
	for _, st := range policy.Statement {
		principal := st.Principal
		if object, ok := principal.(map[string]any); ok {
			principal = object["Service"]
		}
		if st.Effect == "Allow" && names(principal, service) && (names(st.Action, "sns:publish") || names(st.Action, "sns:*")) {
			return true
		}
	}
	return false
}

// names says whether a member of a policy, one text or a list, names a thing.
func names(v any, wanted string) bool {
	switch v := v.(type) {
	case string:
		return v == "*" || strings.EqualFold(v, wanted)
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return names(item, wanted) })
	default:
		return false
	}
}
