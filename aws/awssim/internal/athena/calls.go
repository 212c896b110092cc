package athena

import (
	"context"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type queryContext struct {
	Database string `json:",omitempty"`
	Catalog  string `json:",omitempty"`
}

type resultConfiguration struct {
	OutputLocation string `json:",omitempty"`
}

type startInput struct {
	QueryString           string
	ClientRequestToken    string
	QueryExecutionContext queryContext
	ResultConfiguration   resultConfiguration
	WorkGroup             string
	ExecutionParameters   []string
}

type idMember struct {
	QueryExecutionID string `json:"QueryExecutionId"`
}

func (s *Service) start(ctx context.Context, in *startInput) (*idMember, error) {
	const longest, shortToken, longToken = 262144, 32, 128
	if n := len(in.QueryString); n < 1 || n > longest {
		return nil, invalid("QueryString must have 1 to %d characters.", longest)
	}
	if n := len(in.ClientRequestToken); in.ClientRequestToken != "" && (n < shortToken || n > longToken) {
		return nil, invalid("ClientRequestToken must have %d to %d characters.", shortToken, longToken)
	}
	u, err := parseUnload(in.QueryString)
	if err == nil {
		err = s.check(ctx, in.QueryString, u)
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.WorkGroup == "" {
		in.WorkGroup = "primary"
	}
	output, ok := s.groups[in.WorkGroup]
	if !ok {
		return nil, invalid("WorkGroup %s is not found.", in.WorkGroup)
	}
	if output == "" {
		output = in.ResultConfiguration.OutputLocation
	}
	if output == "" {
		return nil, invalid("No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.")
	}
	if old := s.tokens[in.ClientRequestToken]; in.ClientRequestToken != "" && old != nil {
		if old.sql != in.QueryString {
			return nil, invalid("Idempotent parameters do not match")
		}
		return &idMember{QueryExecutionID: old.id}, nil
	}
	q := &query{
		id: s.identifier(), sql: in.QueryString, database: in.QueryExecutionContext.Database, output: output, group: in.WorkGroup,
		parameters: in.ExecutionParameters, unload: u, state: queued, submitted: s.o.Clock.Now(),
	}
	s.queries[q.id] = q
	if in.ClientRequestToken != "" {
		s.tokens[in.ClientRequestToken] = q
	}
	s.begin(q) //nolint:contextcheck // a query outlives the request
	return &idMember{QueryExecutionID: q.id}, nil
}

type statusMember struct {
	State              string
	StateChangeReason  string `json:",omitempty"`
	SubmissionDateTime *wire.Seconds
	CompletionDateTime *wire.Seconds `json:",omitempty"`
	AthenaError        *failure      `json:",omitempty"`
}

type statistics struct {
	EngineExecutionTimeInMillis int64
	DataScannedInBytes          int64
	TotalExecutionTimeInMillis  int64
	QueryQueueTimeInMillis      int64
	DataManifestLocation        string `json:",omitempty"`
}

type execution struct {
	QueryExecutionID      string `json:"QueryExecutionId"`
	Query                 string
	StatementType         string
	ResultConfiguration   resultConfiguration
	QueryExecutionContext queryContext
	Status                statusMember
	Statistics            statistics
	WorkGroup             string
	ExecutionParameters   []string `json:",omitempty"`
}

type getOutput struct {
	QueryExecution execution
}

func (s *Service) get(_ context.Context, in *idMember) (*getOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueryExecutionID)
	if err != nil {
		return nil, err
	}
	return &getOutput{QueryExecution: s.describe(q)}, nil
}

type batchInput struct {
	QueryExecutionIDs []string `json:"QueryExecutionIds"`
}

type unprocessed struct {
	QueryExecutionID string `json:"QueryExecutionId"`
	ErrorCode        string
	ErrorMessage     string
}

type batchOutput struct {
	QueryExecutions             []execution
	UnprocessedQueryExecutionID []unprocessed `json:"UnprocessedQueryExecutionIds"`
}

func (s *Service) batchGet(_ context.Context, in *batchInput) (*batchOutput, error) {
	const most = 50
	if n := len(in.QueryExecutionIDs); n < 1 || n > most {
		return nil, invalid("QueryExecutionIds must have 1 to %d members.", most)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &batchOutput{QueryExecutions: []execution{}, UnprocessedQueryExecutionID: []unprocessed{}}
	for _, id := range in.QueryExecutionIDs {
		if q := s.queries[id]; q != nil {
			out.QueryExecutions = append(out.QueryExecutions, s.describe(q))
			continue
		}
		out.UnprocessedQueryExecutionID = append(out.UnprocessedQueryExecutionID, unprocessed{
			QueryExecutionID: id, ErrorCode: "INVALID_QUERY_EXECUTION_ID", ErrorMessage: "QueryExecution " + id + " was not found",
		})
	}
	return out, nil
}

// find looks a query up; the lock is held.
func (s *Service) find(id string) (*query, error) {
	q := s.queries[id]
	if q == nil {
		return nil, invalid("QueryExecution %s was not found", id)
	}
	return q, nil
}

func (s *Service) describe(q *query) execution {
	kind := "DML"
	if q.unload == nil && !isSelect(q.sql) {
		kind = "DDL"
	}
	out := execution{
		QueryExecutionID: q.id, Query: q.sql, StatementType: kind, ResultConfiguration: resultConfiguration{OutputLocation: q.location()},
		QueryExecutionContext: queryContext{Database: q.database}, WorkGroup: q.group, ExecutionParameters: q.parameters,
		Status: statusMember{
			State: q.state, StateChangeReason: q.reason, SubmissionDateTime: wire.At(q.submitted), CompletionDateTime: wire.At(q.completed), AthenaError: q.failure,
		},
		Statistics: statistics{DataScannedInBytes: q.result.Scanned},
	}
	if q.unload != nil && q.state == succeeded {
		out.Statistics.DataManifestLocation = q.manifest()
	}
	if !q.completed.IsZero() {
		out.Statistics.TotalExecutionTimeInMillis = q.completed.Sub(q.submitted).Milliseconds()
		if !q.began.IsZero() {
			out.Statistics.QueryQueueTimeInMillis = q.began.Sub(q.submitted).Milliseconds()
			out.Statistics.EngineExecutionTimeInMillis = q.completed.Sub(q.began).Milliseconds()
		}
	}
	return out
}

func (s *Service) stop(_ context.Context, in *idMember) (*wire.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueryExecutionID)
	if err != nil {
		return nil, err
	}
	if q.over() {
		return &wire.Empty{}, nil
	}
	q.state, q.completed = cancelled, s.o.Clock.Now()
	q.reason = "Query cancelled by user"
	if q.kill != nil {
		q.kill()
	}
	return &wire.Empty{}, nil
}

func (q *query) over() bool { return q.state == succeeded || q.state == failed || q.state == cancelled }

type groupInput struct {
	Name          string
	WorkGroup     string
	Configuration groupConfiguration
}

type groupConfiguration struct {
	ResultConfiguration resultConfiguration
}

func (s *Service) createGroup(_ context.Context, in *groupInput) (*wire.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.groups[in.Name]; ok {
		return nil, invalid("WorkGroup is already created")
	}
	s.groups[in.Name] = in.Configuration.ResultConfiguration.OutputLocation
	return &wire.Empty{}, nil
}

type groupMember struct {
	Name          string
	State         string
	Configuration groupConfiguration
}

type groupOutput struct {
	WorkGroup groupMember
}

func (s *Service) getGroup(_ context.Context, in *groupInput) (*groupOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	output, ok := s.groups[in.WorkGroup]
	if !ok {
		return nil, invalid("WorkGroup %s is not found.", in.WorkGroup)
	}
	return &groupOutput{WorkGroup: groupMember{
		Name: in.WorkGroup, State: "ENABLED", Configuration: groupConfiguration{ResultConfiguration: resultConfiguration{OutputLocation: output}},
	}}, nil
}
