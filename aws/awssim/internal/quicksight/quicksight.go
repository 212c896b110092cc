// Package quicksight is the part of Amazon QuickSight that refreshes data sets:
// ingestions that take their time, with the daily limit.
package quicksight

import (
	"context"
	"net/http"
	"regexp"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/clock"
	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// Options for [New].
type Options struct {
	Account, Region string
	Clock           *clock.Clock
}

// DataSet is a data set to begin with.
type DataSet struct {
	ID          string
	Name        string
	DirectQuery bool          // not in SPICE: there is nothing to refresh
	PerDay      int           // refreshes in 24 hours; 0: 32, as in the Enterprise edition
	Takes       time.Duration // a refresh; 0: a minute
	Fails       string        // the message of every refresh's failure; "": they succeed
}

// Service holds the data sets of the account.
type Service struct {
	o Options

	mu   sync.Mutex
	sets map[string]*set
}

type set struct {
	DataSet

	created    time.Time
	updated    time.Time
	ingestions map[string]*ingestion
}

type ingestion struct {
	id, kind, status string
	created, ended   time.Time
}

// New makes a service without data sets.
func New(o Options) *Service { return &Service{o: o, sets: map[string]*set{}} }

// Add makes a data set.
func (s *Service) Add(d DataSet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.PerDay <= 0 {
		d.PerDay = 32
	}
	if d.Takes <= 0 {
		d.Takes = time.Minute
	}
	if d.Name == "" {
		d.Name = d.ID
	}
	s.sets[d.ID] = &set{DataSet: d, created: s.o.Clock.Now(), updated: s.o.Clock.Now(), ingestions: map[string]*ingestion{}}
}

// Ingestions lists the ids of a data set's refreshes, oldest first.
func (s *Service) Ingestions(dataSet string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.sets[dataSet]
	if d == nil {
		return nil
	}
	var out []string
	for _, i := range d.ordered() {
		out = append(out, i.id)
	}
	return out
}

func (d *set) ordered() []*ingestion {
	out := make([]*ingestion, 0, len(d.ingestions))
	for _, i := range d.ingestions {
		out = append(out, i)
	}
	sort.Slice(out, func(a, b int) bool {
		if out[a].created.Equal(out[b].created) {
			return out[a].id < out[b].id
		}
		return out[a].created.Before(out[b].created)
	})
	return out
}

// path is /accounts/{account}/data-sets/{set}/ingestions/{ingestion}, in parts.
type path struct {
	account, set, ingestion string
	ingestions              bool
}

func parse(r *http.Request) path {
	parts := append(strings.Split(strings.Trim(r.URL.Path, "/"), "/"), "", "", "", "", "", "")
	return path{account: parts[1], set: parts[3], ingestions: parts[4] == "ingestions", ingestion: parts[5]}
}

// Route names the operation of a request.
func Route(r *http.Request) string {
	p := parse(r)
	switch {
	case p.set == "":
		return "ListDataSets"
	case !p.ingestions:
		return "DescribeDataSet"
	case p.ingestion == "":
		return "ListIngestions"
	case r.Method == http.MethodPut:
		return "CreateIngestion"
	case r.Method == http.MethodDelete:
		return "CancelIngestion"
	default:
		return "DescribeIngestion"
	}
}

// Operations are the calls that the service answers.
func (s *Service) Operations() map[string]wire.Operation {
	return map[string]wire.Operation{
		"DescribeDataSet":   wire.TypedCall(s.describeSet),
		"CreateIngestion":   wire.TypedCall(s.create),
		"DescribeIngestion": wire.TypedCall(s.describe),
		"ListIngestions":    wire.TypedCall(s.list),
		"CancelIngestion":   wire.TypedCall(s.cancel),
	}
}

// find looks a data set up; the lock is held.
func (s *Service) find(p path) (*set, error) {
	if p.account != s.o.Account {
		return nil, wire.StatusErrorf(http.StatusUnauthorized, "AccessDeniedException", "You are not authorized to access account %s.", p.account)
	}
	d := s.sets[p.set]
	if d == nil {
		return nil, wire.StatusErrorf(http.StatusNotFound, "ResourceNotFoundException", "DataSet %s is not found.", p.set)
	}
	return d, nil
}

type setMember struct {
	Arn             string
	DataSetID       string `json:"DataSetId"`
	Name            string
	CreatedTime     *wire.Seconds
	LastUpdatedTime *wire.Seconds
	ImportMode      string
}

type setOutput struct {
	DataSet   setMember
	RequestID string `json:"RequestId"`
}

func (s *Service) describeSet(_ context.Context, call *wire.Call, _ *wire.Empty) (*setOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.find(parse(call.Request))
	if err != nil {
		return nil, err
	}
	mode := "SPICE"
	if d.DirectQuery {
		mode = "DIRECT_QUERY"
	}
	return &setOutput{RequestID: wire.RequestID, DataSet: setMember{
		Arn: s.arn(d), DataSetID: d.ID, Name: d.Name, CreatedTime: wire.At(d.created), LastUpdatedTime: wire.At(d.updated), ImportMode: mode,
	}}, nil
}

func (s *Service) arn(d *set) string {
	return "arn:aws:quicksight:" + s.o.Region + ":" + s.o.Account + ":dataset/" + d.ID
}

type createInput struct {
	IngestionType string
}

type createOutput struct {
	Arn             string
	IngestionID     string `json:"IngestionId"`
	IngestionStatus string `json:",omitempty"`
	RequestID       string `json:"RequestId"`
}

func (s *Service) create(_ context.Context, call *wire.Call, in *createInput) (*createOutput, error) {
	p := parse(call.Request)
	if ok, err := regexp.MatchString(`^[a-zA-Z0-9\-_]{1,128}$`, p.ingestion); err != nil || !ok {
		return nil, wire.Errorf("InvalidParameterValueException", "%q is no ingestion id.", p.ingestion)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.find(p)
	if err != nil {
		return nil, err
	}
	if d.DirectQuery {
		return nil, wire.Errorf("InvalidParameterValueException", "Data set %s is not in SPICE.", d.ID)
	}
	if d.ingestions[p.ingestion] != nil {
		return nil, wire.StatusErrorf(http.StatusConflict, "ResourceExistsException", "Ingestion %s already exists.", p.ingestion)
	}
	now := s.o.Clock.Now()
	recent := 0
	for _, i := range d.ingestions {
		if now.Sub(i.created) < 24*time.Hour {
			recent++
		}
	}
	if recent >= d.PerDay {
		return nil, wire.StatusErrorf(http.StatusConflict, "LimitExceededException", "Refresh limit of %d in 24 hours reached.", d.PerDay)
	}
	i := &ingestion{id: p.ingestion, kind: in.IngestionType, status: "INITIALIZED", created: now}
	if i.kind == "" {
		i.kind = "FULL_REFRESH"
	}
	d.ingestions[i.id] = i
	s.run(d, i)
	return &createOutput{Arn: s.arn(d) + "/ingestion/" + i.id, IngestionID: i.id, IngestionStatus: i.status, RequestID: wire.RequestID}, nil
}

// run takes an ingestion through its states.
func (s *Service) run(d *set, i *ingestion) {
	const queue, begin = time.Second, 5 * time.Second
	s.o.Clock.After(queue, func() { s.move(i, "QUEUED") })
	s.o.Clock.After(begin, func() { s.move(i, "RUNNING") })
	end := "COMPLETED"
	if d.Fails != "" {
		end = "FAILED"
	}
	s.o.Clock.After(begin+d.Takes, func() { s.move(i, end) })
}

func (s *Service) move(i *ingestion, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !i.ended.IsZero() {
		return
	}
	i.status = status
	if status == "COMPLETED" || status == "FAILED" || status == "CANCELLED" {
		i.ended = s.o.Clock.Now()
	}
}

type errorInfo struct {
	Type, Message string
}

type ingestionMember struct {
	Arn                    string
	IngestionID            string `json:"IngestionId"`
	IngestionStatus        string
	ErrorInfo              *errorInfo `json:",omitempty"`
	CreatedTime            *wire.Seconds
	IngestionTimeInSeconds int64
	RequestSource          string
	RequestType            string
}

func (s *Service) member(d *set, i *ingestion) ingestionMember {
	m := ingestionMember{
		Arn: s.arn(d) + "/ingestion/" + i.id, IngestionID: i.id, IngestionStatus: i.status, CreatedTime: wire.At(i.created),
		RequestSource: "MANUAL", RequestType: i.kind,
	}
	if !i.ended.IsZero() {
		m.IngestionTimeInSeconds = int64(i.ended.Sub(i.created).Seconds())
	}
	if i.status == "FAILED" {
		m.ErrorInfo = &errorInfo{Type: "DATA_SOURCE_CONNECTION_FAILED", Message: d.Fails}
	}
	return m
}

type describeOutput struct {
	Ingestion ingestionMember
	RequestID string `json:"RequestId"`
}

func (s *Service) describe(_ context.Context, call *wire.Call, _ *wire.Empty) (*describeOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, i, err := s.ingestion(parse(call.Request))
	if err != nil {
		return nil, err
	}
	return &describeOutput{Ingestion: s.member(d, i), RequestID: wire.RequestID}, nil
}

func (s *Service) ingestion(p path) (*set, *ingestion, error) {
	d, err := s.find(p)
	if err != nil {
		return nil, nil, err
	}
	i := d.ingestions[p.ingestion]
	if i == nil {
		return nil, nil, wire.StatusErrorf(http.StatusNotFound, "ResourceNotFoundException", "Ingestion %s is not found.", p.ingestion)
	}
	return d, i, nil
}

type listOutput struct {
	Ingestions []ingestionMember
	RequestID  string `json:"RequestId"`
}

// list gives all of them, newest first, in one page.
func (s *Service) list(_ context.Context, call *wire.Call, _ *wire.Empty) (*listOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.find(parse(call.Request))
	if err != nil {
		return nil, err
	}
	out := &listOutput{Ingestions: []ingestionMember{}, RequestID: wire.RequestID}
	all := d.ordered()
	for n := range all {
		out.Ingestions = append(out.Ingestions, s.member(d, all[len(all)-1-n]))
	}
	return out, nil
}

func (s *Service) cancel(_ context.Context, call *wire.Call, _ *wire.Empty) (*createOutput, error) {
	s.mu.Lock()
	d, i, err := s.ingestion(parse(call.Request))
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	s.move(i, "CANCELLED")
	return &createOutput{Arn: s.arn(d) + "/ingestion/" + i.id, IngestionID: i.id, RequestID: wire.RequestID}, nil
}
