// Package athena is Amazon Athena: queries that take their time, whose SQL a
// function of the caller's executes.
//
//	QUEUED --> RUNNING --> SUCCEEDED | FAILED
//	   ^----------'  '---> CANCELLED
//
// An UNLOAD needs an empty prefix, and what a failed one has written stays.
package athena

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/daybatch/daybatch/aws/awssim/internal/clock"
	"github.com/daybatch/daybatch/aws/awssim/internal/s3"
	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
	"github.com/daybatch/daybatch/forecast/lake/sqltext"
)

// Query is a statement to be executed.
type Query struct {
	ID         string
	SQL        string   // of an UNLOAD the SELECT in it
	Parameters []string // for the ? in it, as they came: text bare, DATE '2026-11-21'
	Database   string
	Unload     string            // where an UNLOAD writes to: s3://...
	Options    map[string]string // of an UNLOAD, in lower case: format, compression
	Dir        string            // a directory; the files that an UNLOAD leaves here go to its prefix
}

// Result are the rows of a query; nil is a null.
type Result struct {
	Columns []Column
	Rows    [][]*string
	Scanned int64 // bytes
}

// Column is a column of a result.
type Column struct {
	Name, Type string
}

// Quirks are the bad habits of Athena; the zero value has none.
type Quirks struct {
	Requeue bool // a running query goes back to QUEUED once
}

// Options for [New].
type Options struct {
	Clock *clock.Clock
	Store *s3.Store
	Work  string // where queries have their directories
	Run   func(ctx context.Context, q Query) (Result, error)
	Seed  uint64        // of identifiers
	Took  time.Duration // the shortest simulated time of a query
	// Syntax returns the byte at which a SELECT can't be read, and false if it can; nil:
	// every one can.
	Syntax func(ctx context.Context, sql string) (at int, wrong bool)
	Quirks func() Quirks
	Pages  func() wire.Quirks
}

// Service holds the queries of the account.
type Service struct {
	o     Options
	pager wire.Pager

	mu      sync.Mutex
	queries map[string]*query
	tokens  map[string]*query
	groups  map[string]string // workgroup to output location
	seq     uint64

	running sync.WaitGroup
	live    context.Context //nolint:containedctx // the life of the service, which its queries share
	end     context.CancelFunc
}

// query is one execution.
type query struct {
	id, sql, database, output, group string
	parameters                       []string
	unload                           *unload
	state, reason                    string
	submitted, began, completed      time.Time
	result                           Result
	failure                          *failure
	kill                             context.CancelFunc
}

// failure is what AthenaError says.
type failure struct {
	ErrorCategory int // 1 system, 2 user, 3 other
	ErrorType     int
	Retryable     bool
	ErrorMessage  string
}

// The states of queries.
const (
	queued    = "QUEUED"
	running   = "RUNNING"
	succeeded = "SUCCEEDED"
	failed    = "FAILED"
	cancelled = "CANCELLED"
)

// New makes a service without queries.
func New(o Options) *Service {
	live, end := context.WithCancel(context.Background())
	refuse := func(reason string) *wire.Error { return invalid("Invalid NextToken: %s.", reason) }
	return &Service{
		o: o, pager: wire.Pager{Now: o.Clock.Now, Quirks: o.Pages, Refuse: refuse}, queries: map[string]*query{}, tokens: map[string]*query{},
		groups: map[string]string{"primary": ""}, seq: o.Seed, live: live, end: end,
	}
}

// Close cancels all queries and waits for them.
func (s *Service) Close() {
	s.end()
	s.running.Wait()
}

// Settle waits until no query is being executed.
func (s *Service) Settle() { s.running.Wait() }

// Operations are the calls that the service answers.
func (s *Service) Operations() map[string]wire.Operation {
	return map[string]wire.Operation{
		"StartQueryExecution":    wire.Typed(s.start),
		"GetQueryExecution":      wire.Typed(s.get),
		"BatchGetQueryExecution": wire.Typed(s.batchGet),
		"GetQueryResults":        wire.Typed(s.results),
		"StopQueryExecution":     wire.Typed(s.stop),
		"CreateWorkGroup":        wire.Typed(s.createGroup),
		"GetWorkGroup":           wire.Typed(s.getGroup),
	}
}

func invalid(format string, args ...any) *wire.Error {
	return wire.Errorf("InvalidRequestException", format, args...)
}

// unload is what an UNLOAD statement says.
type unload struct {
	statement, target string
	options           map[string]string
}

// parseUnload reads an UNLOAD; other statements give nil.
func parseUnload(sql string) (*unload, error) {
	if ok, err := regexp.MatchString(`(?is)^\s*UNLOAD\b`, sql); err != nil || !ok {
		return nil, err
	}
	form := regexp.MustCompile(`(?is)^\s*UNLOAD\s*\((.*)\)\s*TO\s*'(s3://[^']+)'\s*(?:WITH\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\))?\s*;?\s*$`)
	found := form.FindStringSubmatch(sql)
	if found == nil {
		return nil, invalid("line 1:1: mismatched input 'UNLOAD'")
	}
	u := &unload{statement: strings.TrimSpace(found[1]), target: found[2], options: map[string]string{}}
	option := regexp.MustCompile(`(?is)(\w+)\s*=\s*'([^']*)'`)
	for _, o := range option.FindAllStringSubmatch(found[3], -1) {
		u.options[strings.ToLower(o[1])] = o[2]
	}
	return u, nil
}

// check refuses a statement that can't be read before a query is made of it, as Athena
// does. What can be read and makes no sense fails later.
func (s *Service) check(ctx context.Context, sql string, u *unload) error {
	inner := sql
	if u != nil {
		inner = u.statement
	}
	at, wrong := firstWord(inner)
	if !wrong && s.o.Syntax != nil {
		at, wrong = s.o.Syntax(ctx, inner)
	}
	if !wrong {
		return nil
	}
	near := regexp.MustCompile(`^(\w+|.)`).FindString(inner[at:])
	if near == "" {
		near = "<EOF>"
	}
	before := sql[:strings.Index(sql, inner)+at]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return invalid("line %d:%d: mismatched input '%s'", strings.Count(before, "\n")+1, utf8.RuneCountInString(line)+1, near)
}

// firstWord returns where a statement begins, and whether there is none that begins so.
func firstWord(sql string) (at int, wrong bool) {
	for _, token := range sqltext.Scan(sql) {
		if token.Kind != sqltext.Space && token.Text != "(" {
			known := regexp.MustCompile(`(?i)^(SELECT|WITH|VALUES|TABLE|SHOW|DESCRIBE|DESC|EXPLAIN|CREATE|DROP|ALTER|MSCK|INSERT|DELETE|UPDATE|MERGE|VACUUM|OPTIMIZE|PREPARE|EXECUTE|DEALLOCATE)$`)
			return token.At, !known.MatchString(token.Text)
		}
	}
	return len(sql), true
}

// marks counts the parameters of a statement: the ? outside of quotes.
func marks(sql string) int {
	n := 0
	quote := rune(0)
	for _, r := range sql {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == '?':
			n++
		}
	}
	return n
}

// identifier is a UUID that was not given out before.
func (s *Service) identifier() string {
	s.seq++
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", s.seq*0x9e3779b1&0xffffffff, s.seq&(1<<48-1))
}
