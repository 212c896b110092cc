package athena

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/s3"
)

// waits is how long a query stays in the queue.
const waits = 200 * time.Millisecond

// begin sends a query on its way. The lock is held.
func (s *Service) begin(q *query) {
	s.o.Clock.After(waits, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if q.over() {
			return
		}
		q.state, q.began = running, s.o.Clock.Now()
		if s.o.Quirks().Requeue {
			s.o.Clock.After(waits, func() { s.set(q, running, queued) })
			s.o.Clock.After(2*waits, func() { s.set(q, queued, running) })
		}
		s.execute(q)
	})
}

// set moves a query from one state to another if it is still there.
func (s *Service) set(q *query, from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.state == from {
		q.state = to
	}
}

// execute runs a query beside everything else; it ends when its function has
// and its time is over. The lock is held.
func (s *Service) execute(q *query) {
	ctx, kill := context.WithCancel(s.live)
	q.kill = kill
	s.running.Go(func() {
		defer kill()
		result, fault := s.carryOut(ctx, q)
		s.mu.Lock()
		defer s.mu.Unlock()
		end := func() { q.end(s.o.Clock.Now(), result, fault) }
		if rest := s.o.Took - s.o.Clock.Now().Sub(q.began); rest > 0 {
			s.o.Clock.After(rest, func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				end()
			})
			return
		}
		end()
	})
}

func (q *query) end(now time.Time, result Result, fault *failure) {
	if q.over() {
		return
	}
	q.completed, q.result, q.failure = now, result, fault
	q.state = succeeded
	if fault != nil {
		q.state, q.reason = failed, fault.ErrorMessage
	}
}

// The categories of failures.
const (
	systemFault = 1
	userFault   = 2
)

// carryOut executes a statement and stores what comes of it.
func (s *Service) carryOut(ctx context.Context, q *query) (Result, *failure) {
	statement := Query{ID: q.id, SQL: q.sql, Parameters: q.parameters, Database: q.database}
	if q.unload != nil {
		statement.SQL, statement.Unload, statement.Options = q.unload.statement, q.unload.target, q.unload.options
		bucket, prefix, _ := s3.SplitURI(q.unload.target)
		there, err := s.o.Store.List(bucket, prefix)
		if err != nil {
			return Result{}, &failure{ErrorCategory: userFault, ErrorType: 1200, ErrorMessage: "Access denied when writing to location: " + q.unload.target}
		}
		if len(there) > 0 {
			return Result{}, &failure{
				ErrorCategory: userFault, ErrorType: 1301, ErrorMessage: "HIVE_PATH_ALREADY_EXISTS: Target directory for table '" + q.unload.target + "' already exists: " + q.unload.target,
			}
		}
	}
	if n := marks(statement.SQL); n != len(q.parameters) {
		return Result{}, &failure{
			ErrorCategory: userFault, ErrorType: 1006,
			ErrorMessage: fmt.Sprintf("INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected %d but found %d", n, len(q.parameters)),
		}
	}
	result, err := s.call(ctx, q, statement)
	if err != nil {
		return Result{}, &failure{ErrorCategory: userFault, ErrorType: 1000, ErrorMessage: err.Error()}
	}
	if err := s.store(q, result); err != nil {
		return Result{}, &failure{ErrorCategory: systemFault, ErrorType: 1, Retryable: true, ErrorMessage: err.Error()}
	}
	return result, nil
}

// call runs the caller's function and uploads what an UNLOAD has written, also
// when it failed.
func (s *Service) call(ctx context.Context, q *query, statement Query) (Result, error) {
	if s.o.Run == nil {
		return Result{}, nil
	}
	statement.Dir = filepath.Join(s.o.Work, q.id)
	if err := os.MkdirAll(statement.Dir, 0o750); err != nil {
		return Result{}, err
	}
	defer func() { _ = os.RemoveAll(statement.Dir) }()
	result, err := s.o.Run(ctx, statement)
	if q.unload == nil || ctx.Err() != nil {
		return result, err
	}
	if uploading := s.o.Store.Upload(statement.Dir, q.unload.target); err == nil {
		err = uploading
	}
	return result, err
}

// location is where the result of a query lies.
func (q *query) location() string {
	base := strings.TrimSuffix(q.output, "/") + "/" + q.id
	switch {
	case q.unload != nil:
		return base
	case isSelect(q.sql):
		return base + ".csv"
	default:
		return base + ".txt"
	}
}

func (q *query) manifest() string {
	return strings.TrimSuffix(q.output, "/") + "/" + q.id + "-manifest.csv"
}

func isSelect(sql string) bool {
	word := strings.ToUpper(strings.TrimSpace(sql))
	return strings.HasPrefix(word, "SELECT") || strings.HasPrefix(word, "WITH")
}

// store writes the result, or an UNLOAD's manifest, to the output location.
func (s *Service) store(q *query, result Result) error {
	at := q.location()
	var lines strings.Builder
	if q.unload != nil {
		at = q.manifest()
		bucket, prefix, _ := s3.SplitURI(q.unload.target)
		files, err := s.o.Store.List(bucket, prefix)
		if err != nil {
			return err
		}
		for _, f := range files {
			lines.WriteString("s3://" + bucket + "/" + f.Key + "\n")
		}
	} else if err := writeCSV(&lines, result); err != nil {
		return err
	}
	bucket, key, ok := s3.SplitURI(at)
	if !ok {
		return fmt.Errorf("%q is not an S3 address", at)
	}
	return s.o.Store.Put(bucket, key, []byte(lines.String()))
}

func writeCSV(w *strings.Builder, result Result) error {
	c := csv.NewWriter(w)
	var header []string
	for _, column := range result.Columns {
		header = append(header, column.Name)
	}
	if err := c.Write(header); err != nil {
		return err
	}
	for _, row := range result.Rows {
		record := make([]string, len(row))
		for i, value := range row {
			if value != nil {
				record[i] = *value
			}
		}
		if err := c.Write(record); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
