// Package sagemaker is SageMaker Pipelines: it keeps pipelines and their
// versions, and really executes their definitions.
//
// An execution walks the graph of its definition. Everything happens in
// events of the simulated clock:
//
//	step  Starting --1 s--> job created --> Executing ---- job ended --1 s--> Succeeded | Failed
//	                          |   ^                |
//	                          v   | back-off       '--> Stopping --> Stopped
//	                      infrastructure fault
//	job   InProgress, no start time --start-up--> started --container--> Completed | Failed | Stopped
//
// A step whose needs are all Succeeded starts; a Condition lets one branch in.
// After a failure steps that don't need the failed one still run (?), after a
// Fail step nothing new starts, and a stop ends what runs. The execution ends
// when nothing runs and nothing can start.
//
// The container of a job is a function of the caller's ([Options.Container]),
// run over a directory with the inputs, or a script ([Options.Script]).
package sagemaker

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/daybatch/daybatch/aws/awssim/internal/clock"
	"github.com/daybatch/daybatch/aws/awssim/internal/logs"
	"github.com/daybatch/daybatch/aws/awssim/internal/s3"
	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// Options for [New]; all but Container, Script and Kept are needed.
type Options struct {
	Account, Region string
	Clock           *clock.Clock
	Store           *s3.Store
	Logs            *logs.Service
	Work            string        // where containers have their directories
	Kept            string        // where pipelines and executions are for the next service; empty: nowhere
	Seed            uint64        // of identifiers
	StartUp         time.Duration // until a job has its machine
	Overhead        time.Duration // of the pipeline, before a job and after it
	Container       func(ctx context.Context, job Job) Exit
	Script          func(job Job) Play
	Quirks          func() Quirks
	Pages           func() wire.Quirks
	Emit            func(Event)
	Endpoint        func() string
}

// Quirks are the bad habits of SageMaker; the zero value has none.
type Quirks struct {
	EmptyCacheHit      bool // steps carry a CacheHitResult with an empty ARN
	ARNCase            bool // the pipeline's name in ARNs comes back in upper case every other time
	TokenConflict      bool // a token with another body is a ConflictException, not the earlier answer
	NoBranchSelection  bool // selecting a step of a Condition's branch is refused
	NoRetryWhenStopped bool // a stopped execution can't be retried
}

// Event is a change of status, as EventBridge gets it.
type Event struct {
	DetailType string
	Resources  []string
	Detail     map[string]any
}

// Service holds the pipelines of the account.
type Service struct {
	o     Options
	takes overhead
	pager wire.Pager

	mu         sync.Mutex
	pipelines  map[string]*pipeline // by the name in lower case
	executions map[string]*execution
	jobs       map[string]*job // by kind and name
	tokens     map[string]remembered
	tags       map[string][]tag
	seq        uint64
	answers    int

	containers sync.WaitGroup
	live       context.Context //nolint:containedctx // the life of the service, which its containers share
	end        context.CancelFunc
}

// remembered is what an earlier request with a token did.
type remembered struct {
	at   time.Time
	body string
	arn  string
}

// New makes a service with the pipelines that one before it has kept.
func New(o Options) (*Service, error) {
	live, end := context.WithCancel(context.Background())
	s := &Service{
		o: o, takes: overheadOf(o.Overhead), pager: wire.Pager{Now: o.Clock.Now, Quirks: o.Pages},
		pipelines: map[string]*pipeline{}, executions: map[string]*execution{}, jobs: map[string]*job{},
		tokens: map[string]remembered{}, tags: map[string][]tag{}, seq: o.Seed, live: live, end: end,
	}
	if err := s.restore(); err != nil {
		end()
		return nil, err
	}
	return s, nil
}

// Close stops all containers and waits for them.
func (s *Service) Close() {
	s.end()
	s.containers.Wait()
}

// Settle waits until no container runs.
func (s *Service) Settle() { s.containers.Wait() }

// Operations are the calls that the service answers.
func (s *Service) Operations() map[string]wire.Operation {
	return map[string]wire.Operation{
		"CreatePipeline":                         wire.TypedCall(s.createPipeline),
		"UpdatePipeline":                         wire.TypedCall(s.updatePipeline),
		"DeletePipeline":                         wire.Typed(s.deletePipeline),
		"DescribePipeline":                       wire.Typed(s.describePipeline),
		"ListPipelines":                          wire.Typed(s.listPipelines),
		"ListPipelineVersions":                   wire.Typed(s.listVersions),
		"AddTags":                                wire.Typed(s.addTags),
		"ListTags":                               wire.Typed(s.listTags),
		"StartPipelineExecution":                 wire.TypedCall(s.start),
		"ListPipelineExecutions":                 wire.Typed(s.listExecutions),
		"DescribePipelineExecution":              wire.Typed(s.describeExecution),
		"UpdatePipelineExecution":                wire.TypedCall(s.updateExecution),
		"ListPipelineParametersForExecution":     wire.Typed(s.listParameters),
		"DescribePipelineDefinitionForExecution": wire.Typed(s.describeDefinition),
		"ListPipelineExecutionSteps":             wire.Typed(s.listSteps),
		"RetryPipelineExecution":                 wire.TypedCall(s.retry),
		"StopPipelineExecution":                  wire.TypedCall(s.stop),
		"DescribeProcessingJob":                  wire.Typed(s.describeProcessing),
		"DescribeTrainingJob":                    wire.Typed(s.describeTraining),
		"DescribeTransformJob":                   wire.Typed(s.describeTransform),

		"DescribeHyperParameterTuningJob":            wire.Typed(s.describeTuning),
		"ListTrainingJobsForHyperParameterTuningJob": wire.Typed(s.listTrials),
	}
}

func (s *Service) now() time.Time { return s.o.Clock.Now() }

// after runs f under the lock when d has passed, and gives what cancels it.
func (s *Service) after(d time.Duration, f func()) func() {
	return s.o.Clock.After(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		f()
	})
}

// identifier is n letters and digits that were not given out before.
func (s *Service) identifier(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, 0, n)
	for len(out) < n {
		s.seq++
		x := s.seq * 0x9e3779b97f4a7c15 // splitmix64
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
		for ; x > 0 && len(out) < n; x /= 36 {
			out = append(out, letters[x%36])
		}
	}
	return string(out)
}

// arn is the ARN of a resource: "pipeline/demand-daily".
func (s *Service) arn(resource string) string {
	return fmt.Sprintf("arn:aws:sagemaker:%s:%s:%s", s.o.Region, s.o.Account, resource)
}

// pipelineARN is a pipeline's ARN as an answer shows it.
func (s *Service) pipelineARN(p *pipeline) string { return s.arn("pipeline/" + s.shown(p)) }

func (s *Service) executionARN(e *execution) string {
	return s.arn("pipeline/" + s.shown(e.pipeline) + "/execution/" + e.id)
}

func (s *Service) shown(p *pipeline) string {
	s.answers++
	if s.o.Quirks().ARNCase && s.answers%2 == 0 {
		return strings.ToUpper(p.name)
	}
	return p.name
}

// findPipeline finds a pipeline by its name or ARN. The lock is held.
func (s *Service) findPipeline(nameOrARN string) (*pipeline, error) {
	name := nameOrARN
	if i := strings.LastIndex(name, ":pipeline/"); i >= 0 {
		name = name[i+len(":pipeline/"):]
	}
	p := s.pipelines[strings.ToLower(name)]
	if p == nil {
		return nil, notFoundf("Pipeline '%s' does not exist.", s.arn("pipeline/"+strings.ToLower(name)))
	}
	return p, nil
}

// findExecution finds an execution by its ARN, of which only the id counts.
// The lock is held.
func (s *Service) findExecution(arn string) (*execution, error) {
	_, id, _ := strings.Cut(arn, "/execution/")
	e := s.executions[id]
	if e == nil {
		return nil, notFoundf("Pipeline execution '%s' does not exist.", arn)
	}
	return e, nil
}

func notFoundf(format string, args ...any) error {
	return wire.Errorf("ResourceNotFound", format, args...)
}

// constraint refuses a value that breaks a member's pattern.
func constraint(member, value string, pattern *regexp.Regexp) error {
	if pattern.MatchString(value) {
		return nil
	}
	return invalid(member, value, strings.TrimSuffix(strings.TrimPrefix(pattern.String(), "^(?:"), ")$"))
}

// Patterns that count characters are large, and each command of the program would
// wait at its start until they are compiled: the following count by themselves.

// named refuses a value that is no name of at most so many letters and digits, in
// which hyphens stand between them.
func named(member, value string, most int) error {
	if namePattern.MatchString(value) && len(value)-strings.Count(value, "-") <= most {
		return nil
	}
	return invalid(member, value, fmt.Sprintf("[a-zA-Z0-9](-*[a-zA-Z0-9]){0,%d}", most-1))
}

// token refuses a value that is no token of a request.
func token(value string) error {
	if n := utf8.RuneCountInString(value); n >= 32 && n <= 128 {
		return nil
	}
	return invalid("clientRequestToken", value, "(?s).{32,128}")
}

// plain refuses a value that is no name of a parameter.
func plain(member, value string) error {
	if plainPattern.MatchString(value) && len(value) <= 256 {
		return nil
	}
	return invalid(member, value, `[A-Za-z0-9\-_]{1,256}`)
}

func invalid(member, value, pattern string) error {
	return wire.Invalidf("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: "+
		"Member must satisfy regular expression pattern: %s", value, member, pattern)
}

// length refuses a value that is too long, counted in characters.
func length(member, value string, most int) error {
	if utf8.RuneCountInString(value) <= most {
		return nil
	}
	return wire.Invalidf("1 validation error detected: Value at '%s' failed to satisfy constraint: "+
		"Member must have length less than or equal to %d", member, most)
}

// Names have so many letters and digits.
const (
	longestName    = 256
	longestDisplay = 82
)

// The patterns of names.
var (
	namePattern  = regexp.MustCompile(`^(?:[a-zA-Z0-9](-*[a-zA-Z0-9])*)$`)
	plainPattern = regexp.MustCompile(`^(?:[A-Za-z0-9\-_]+)$`)
	rolePattern  = regexp.MustCompile(`^(?:arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)$`)
)

// ascending is the one SortOrder that is not the default.
const ascending = "Ascending"

// arrange sorts what a call lists by an order that leaves nothing equal, from its end
// unless the caller asked otherwise.
func arrange[T any](found []T, order string, by func(a, b T) int) {
	slices.SortFunc(found, by)
	if order != ascending {
		slices.Reverse(found)
	}
}

func pageSize(asked *int) (int, error) {
	const largest = 100
	if asked == nil {
		return largest, nil
	}
	if *asked < 1 || *asked > largest {
		return 0, wire.Invalidf("1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: "+
			"Member must have value between 1 and %d", *asked, largest)
	}
	return *asked, nil
}

// recall answers what a request with this token did before, if it is known.
func (s *Service) recall(operation, token, body string) (arn string, err error) {
	key := operation + "\x00" + token
	before, ok := s.tokens[key]
	if !ok {
		return "", nil
	}
	if memory := s.o.Pages().TokenMemory; memory > 0 && s.now().Sub(before.at) > memory {
		delete(s.tokens, key)
		return "", nil
	}
	if before.body != body && s.o.Quirks().TokenConflict {
		return "", wire.Errorf("ConflictException", "The request token was used with different parameters.")
	}
	return before.arn, nil
}

func (s *Service) remember(operation, token, body, arn string) {
	s.tokens[operation+"\x00"+token] = remembered{at: s.now(), body: body, arn: arn}
}
