package job

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Words that stand for no value, since a parameter of a pipeline may not be
// empty.
const (
	none = "none"
	auto = "auto"
	all  = "all"
)

// Config is what the environment of a job asks for.
type Config struct {
	Pipeline string
	Bucket   string
	Prefix   string // empty, or with a slash at its end
	Project  string // hash of the definition
	Run      string // identity of the pipeline's execution
	ARN      string // of the pipeline's execution

	Date      calendar.Date // zero: that of Scheduled
	Attempt   int           // 0: the date's next one, unless this execution has one
	Scheduled time.Time     // zero: the schedule did not start it
	Dates     []naming.Name // attempts of several dates; nil: one date
	Carrier   Carrier       // whose dates they are; zero: their attempts have been begun

	Step   forecast.StepName // empty: all of them
	Start  forecast.StepName // those before it are taken over from Parent
	Parent string            // run; empty: none
	Staged bool              // the partition is built and not published

	Region    string
	Database  string // of Glue and Athena; empty: there is no catalogue
	Workgroup string
}

// Carrier names the execution of a plan that carries several of its dates: which
// comes when, and whether there is a next one, stands in the plan.
type Carrier struct {
	Plan   forecast.PlanID
	Number int
}

// ReadConfig reads the environment of a job. All that is wrong is told at once,
// and wraps forecast.ErrInvalid.
func ReadConfig(environ []string) (Config, error) {
	r := reader{values: make(map[string]string)}
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, prefix) {
			r.values[name] = value
		}
	}
	c := Config{
		Pipeline: r.must("PIPELINE"), Bucket: r.must("BUCKET"), Prefix: r.value("PREFIX"), Project: r.must("PROJECT"),
		Run: r.must("RUN"), ARN: r.must("ARN"), Date: r.date(), Attempt: r.attempt(), Scheduled: r.scheduled(), Dates: r.dates(), Carrier: r.carrier(),
		Step: r.step("STEP", all), Start: r.step("START", string(forecast.Extract)), Parent: r.value("PARENT"), Staged: r.staged(),
		Region: r.value("REGION"), Database: r.value("DATABASE"), Workgroup: r.value("WORKGROUP"),
	}
	if c.Prefix != "" && !strings.HasSuffix(c.Prefix, "/") {
		c.Prefix += "/"
	}
	if c.Start == "" {
		c.Start = forecast.Extract
	}
	if len(c.Dates) == 0 && c.Date.IsZero() && c.Scheduled.IsZero() && len(r.problems) == 0 {
		r.problemf("DATE", "neither a date nor the time of the schedule is given: start the pipeline with the parameter Date")
	}
	if c.Parent == "" && c.Start != forecast.Extract && len(r.problems) == 0 {
		r.problemf("PARENT", "none is given, but the job is to start at %s", c.Start)
	}
	if len(r.problems) > 0 {
		return Config{}, fmt.Errorf("%w: %s", forecast.ErrInvalid, strings.Join(r.problems, "; "))
	}
	return c, nil
}

// prefix begins the names of the variables.
const prefix = "DAYBATCH_"

// reader reads variables and collects what is wrong with them.
type reader struct {
	values   map[string]string
	problems []string
}

func (r *reader) problemf(name, format string, args ...any) {
	r.problems = append(r.problems, prefix+name+": "+fmt.Sprintf(format, args...))
}

// value returns a variable, empty if it stands for no value.
func (r *reader) value(name string) string {
	if value := r.values[prefix+name]; value != none {
		return value
	}
	return ""
}

func (r *reader) must(name string) string {
	value := r.value(name)
	if value == "" {
		r.problemf(name, "it is missing")
	}
	return value
}

func (r *reader) date() calendar.Date {
	value := r.value("DATE")
	if value == "" || value == auto {
		return 0
	}
	date, err := calendar.Parse(value)
	if err != nil {
		r.problemf("DATE", "%s", err.Error())
	}
	return date
}

func (r *reader) attempt() int {
	value := r.value("ATTEMPT")
	if value == "" || value == auto {
		return 0
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		r.problemf("ATTEMPT", "%q is no number of an attempt", value)
	}
	return n
}

func (r *reader) scheduled() time.Time {
	value := r.value("SCHEDULED_TIME")
	if value == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		r.problemf("SCHEDULED_TIME", "%q is no time such as 2026-11-21T21:00:00Z", value)
	}
	return at
}

func (r *reader) dates() []naming.Name {
	value := r.value("DATES")
	if value == "" {
		return nil
	}
	names, wrong := naming.ParseList(value)
	if names == nil {
		r.problemf("DATES", "%q is no attempt such as 2026-11-01-a1, nor several such as 2026-11-01-to-2026-11-07-a1", wrong)
	}
	return names
}

func (r *reader) carrier() Carrier {
	value := r.value("CARRIER")
	if value == "" {
		return Carrier{}
	}
	plan, n, ok := naming.ParseCarrier(value)
	if !ok {
		r.problemf("CARRIER", "%q is no carrier of a plan such as bf-1a2b3c4d-1", value)
	}
	return Carrier{Plan: plan, Number: n}
}

func (r *reader) step(name, otherwise string) forecast.StepName {
	value := forecast.StepName(r.value(name))
	switch {
	case value == "", string(value) == otherwise:
		return ""
	case !slices.Contains(forecast.StepNames(), value):
		r.problemf(name, "step %q is unknown: there are %v", value, forecast.StepNames())
	}
	return value
}

func (r *reader) staged() bool {
	switch value := r.value("PUBLISH"); value {
	case "", "each":
		return false
	case "staged":
		return true
	default:
		r.problemf("PUBLISH", "%q is neither each nor staged", value)
		return false
	}
}
