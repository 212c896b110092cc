// Package naming says what things of a pipeline are called in an AWS account:
// executions, the tokens that make their starts idempotent, and objects in S3.
// Everything in it is a pure function, because the engine, the jobs and another
// operator's engine have to come to the same names on their own.
package naming

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Attempt names an attempt of a date, as its display name and as its
// [forecast.ExecutionID]: 2026-01-15-a2.
func Attempt(d calendar.Date, n int) string { return d.String() + "-a" + strconv.Itoa(n) }

// ExecutionID returns the id of an attempt in the contract.
func ExecutionID(d calendar.Date, n int) forecast.ExecutionID {
	return forecast.ExecutionID(Attempt(d, n))
}

// Range names an execution that carries several dates: those from the first to
// the last, though there may be holes: 2026-11-01-to-2026-11-07-a1. The number is
// the attempt of its first date.
func Range(first, last calendar.Date, n int) string {
	return first.String() + "-to-" + last.String() + "-a" + strconv.Itoa(n)
}

// Name is what a display name says.
type Name struct {
	First, Last calendar.Date
	Attempt     int
}

var displayName = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)(?:-to-(\d{4}-\d\d-\d\d))?-a([1-9]\d{0,8})$`)

// ParseName reads a display name. It reports false for names that are not
// daybatch's.
func ParseName(name string) (Name, bool) {
	parts := displayName.FindStringSubmatch(name)
	if parts == nil {
		return Name{}, false
	}
	first, err := calendar.Parse(parts[1])
	if err != nil {
		return Name{}, false
	}
	last := first
	if parts[2] != "" {
		if last, err = calendar.Parse(parts[2]); err != nil || last < first {
			return Name{}, false
		}
	}
	n, err := strconv.Atoi(parts[3])
	return Name{First: first, Last: last, Attempt: n}, err == nil
}

// ParseExecutionID reads the id of an attempt. Others wrap forecast.ErrNotFound.
func ParseExecutionID(id forecast.ExecutionID) (calendar.Date, int, error) {
	name, ok := ParseName(string(id))
	if !ok || name.First != name.Last || string(id) != Attempt(name.First, name.Attempt) {
		return 0, 0, fmt.Errorf("execution %q: %w", id, forecast.ErrNotFound)
	}
	return name.First, name.Attempt, nil
}

// Starts is where the document of starts that are being made is, and Slots its name.
const (
	Starts = "state/starts/"
	Slots  = "slots"
)

// Outbox is the name of the document of messages.
const Outbox = "outbox"

// Token returns the client token with which an attempt of a date is started:
// whoever starts the same attempt gets the same execution. It has 55 characters.
func Token(pipeline string, d calendar.Date, n int) string {
	return "daybatch-" + d.String() + "-a" + strconv.Itoa(n) + "-" + digest(pipeline, d.String(), strconv.Itoa(n))
}

// RangeToken returns the client token of an execution that carries dates with
// these display names of attempts. The carrier's own name is part of it: the same
// dates may have to be carried again, when the first machine never came.
func RangeToken(pipeline, carrier string, attempts []string) string {
	return rangeToken + digest(append([]string{pipeline, carrier}, attempts...)...)
}

// rangeToken begins the tokens of executions that carry several dates.
const rangeToken = "daybatch-range-"

// IsRangeToken reports whether a token is one that RangeToken returns.
func IsRangeToken(token string) bool { return strings.HasPrefix(token, rangeToken) }

// ScheduleToken returns the client token with which the schedule starts an
// execution at an instant.
func ScheduleToken(pipeline string, at time.Time) string {
	return "daybatch/" + pipeline + "/" + at.UTC().Format("2006-01-02T15:04:05Z")
}

// ActionToken returns the client token of a stop or a retry: two operators who
// saw the same state cause one.
func ActionToken(verb, executionID string, seen time.Time) string {
	return "daybatch-" + verb + "-" + digest(executionID, verb, seen.UTC().Format(time.RFC3339Nano))
}

// digest returns 32 hexadecimal digits of a hash over parts.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// RunID returns the last part of an execution's ARN, which is its identity: the
// pipeline's name in it comes back in either case.
func RunID(arn string) string {
	return arn[strings.LastIndexByte(arn, '/')+1:]
}

// Keys of objects, relative to the project's prefix.
const (
	Dates    = "state/dates/"
	Plans    = "state/plans/"
	Messages = "state/messages/"
	Realised = "state/realised/" // what published forecasts came to
	Projects = "projects/"
	Runs     = "runs/"
	Built    = "generations/"
	Tables   = "tables/"
	Queries  = "athena/"
)

// DateKey returns the key of a date's record.
func DateKey(d calendar.Date) string { return Dates + d.String() + ".json" }

// PlanKey returns the key of a plan.
func PlanKey(id forecast.PlanID) string { return Plans + string(id) + ".json" }

// ProjectKey returns the key of a definition.
func ProjectKey(hash string) string { return Projects + hash + ".json" }

// RunPrefix returns the prefix of what a run makes for a date.
func RunPrefix(run string, d calendar.Date) string { return Runs + run + "/" + d.String() + "/" }

// ProgressKey returns the key of a run's progress with a date.
func ProgressKey(run string, d calendar.Date) string { return RunPrefix(run, d) + "progress.json" }

// OutputPrefix returns the prefix of an output of a step in a job with others.
// Which of the two a run has used stands in its progress.
func OutputPrefix(run string, d calendar.Date, step forecast.StepName, output string) string {
	return RunPrefix(run, d) + string(step) + "/" + output + "/"
}

// OwnOutputPrefix returns the prefix of an output of a step that has a job of its
// own. There is no date in it: the pipeline's definition says where it is, which
// does not know the date of an execution that the schedule starts.
func OwnOutputPrefix(run string, step forecast.StepName, output string) string {
	return Runs + run + "/" + string(step) + "/" + output + "/"
}

// SharePrefix returns the prefix of what the machines of a job exchange about its
// step.
func SharePrefix(run string, step forecast.StepName, job string) string {
	return Runs + run + "/" + string(step) + "/machines/" + job + "/"
}

// GenerationPrefix returns the prefix of a generation of a table's date.
func GenerationPrefix(table string, d calendar.Date, generation string) string {
	return Built + table + "/dt=" + d.String() + "/" + generation + "/"
}

// URI returns the address of a key in a bucket.
func URI(bucket string, parts ...string) string {
	key := path.Join(parts...)
	if len(parts) > 0 && strings.HasSuffix(parts[len(parts)-1], "/") {
		key += "/"
	}
	return "s3://" + bucket + "/" + key
}
