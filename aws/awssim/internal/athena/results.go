package athena

import (
	"context"
	"strconv"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type resultsInput struct {
	QueryExecutionID string `json:"QueryExecutionId"`
	NextToken        *string
	MaxResults       int
}

type datum struct {
	VarCharValue *string `json:",omitempty"`
}

type row struct {
	Data []datum
}

type columnInfo struct {
	Name, Label, Type string
	Nullable          string
}

type resultsOutput struct {
	UpdateCount int64
	ResultSet   struct {
		Rows              []row
		ResultSetMetadata struct {
			ColumnInfo []columnInfo
		}
	}
	NextToken *string `json:",omitempty"`
}

// results gives the rows; the first row of a SELECT are the columns' names.
func (s *Service) results(_ context.Context, in *resultsInput) (*resultsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueryExecutionID)
	if err != nil {
		return nil, err
	}
	if q.state != succeeded {
		return nil, invalid("Query has not yet finished. Current state: %s", q.state)
	}
	const largest = 1000
	if in.MaxResults < 0 || in.MaxResults > largest {
		return nil, invalid("MaxResults must be 1 to %d.", largest)
	}
	type numbered struct {
		row
		n int
	}
	var rows []numbered
	if isSelect(q.sql) {
		rows = append(rows, numbered{row: q.header()})
	}
	for _, values := range q.result.Rows {
		r := numbered{n: len(rows)}
		for _, value := range values {
			r.Data = append(r.Data, datum{VarCharValue: value})
		}
		rows = append(rows, r)
	}
	size := in.MaxResults
	if size == 0 {
		size = largest
	}
	page, err := wire.Paginate(s.pager, rows, func(r numbered) string { return strconv.Itoa(r.n) }, size, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &resultsOutput{NextToken: page.Next}
	out.ResultSet.Rows = []row{}
	for _, r := range page.Items {
		out.ResultSet.Rows = append(out.ResultSet.Rows, r.row)
	}
	out.ResultSet.ResultSetMetadata.ColumnInfo = []columnInfo{}
	for _, c := range q.result.Columns {
		out.ResultSet.ResultSetMetadata.ColumnInfo = append(out.ResultSet.ResultSetMetadata.ColumnInfo,
			columnInfo{Name: c.Name, Label: c.Name, Type: c.Type, Nullable: "UNKNOWN"})
	}
	return out, nil
}

func (q *query) header() row {
	r := row{Data: []datum{}}
	for _, c := range q.result.Columns {
		r.Data = append(r.Data, datum{VarCharValue: &c.Name})
	}
	return r
}
