// Package settings holds what a project says about the account that it runs in:
// the section sagemaker of its file, read and checked. It stands on no SDK, so
// that reading a project costs nothing.
//
// The names of what daybatch makes in the account follow from it; they are here
// because those who deploy, those who print rights, and those who look have to
// come to the same ones.
package settings

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// Layout says how the steps of a date are spread over jobs.
type Layout string

// Layouts.
const (
	// LayoutFused runs the six steps in one job: one machine start.
	LayoutFused Layout = "fused"
	// LayoutSteps runs each step in a job of its own.
	LayoutSteps Layout = "steps"
)

// TrainAs says what kind of job Train is, where it has one of its own.
type TrainAs string

// Kinds of jobs of Train.
const (
	// TrainAsTraining is a Training job: Studio shows its metrics and its model, and
	// SageMaker tells what it billed.
	TrainAsTraining TrainAs = "training"
	// TrainAsProcessing is a Processing job, as those of the other steps are.
	TrainAsProcessing TrainAs = "processing"
)

// Settings are the values of the section sagemaker, defaults filled in.
type Settings struct {
	Region        string
	Profile       string // of the shared configuration; empty: the default one
	Endpoint      string // in the place of AWS, for tests; empty: AWS
	Simulation    string // directory of a simulated account, in the place of AWS; empty: there is none
	Bucket        string
	Prefix        string // of all objects, without slashes at its ends
	Role          string // ARN of the role that jobs run with
	SchedulerRole string // ARN of the role that the schedule starts executions with; empty: there is no schedule
	Image         string // with daybatch in it
	Layout        Layout
	TrainAs       TrainAs                       // under LayoutSteps; empty: as TrainAsTraining
	Machine       Machine                       // of all steps
	Steps         map[forecast.StepName]Machine // what differs for a step, under LayoutSteps; zero fields: as Machine
	Database      string                        // of the Glue catalogue
	Workgroup     string                        // of Athena
	LiveTail      bool                          // logs that are followed are read when a live tail says so, which is billed
	RunsDays      int                           // for how many days what runs have left is kept; 0: as the bucket says
	SourceQueries int                           // most queries for rows of a date that waits for them, between two of its attempts
	Topic         string                        // ARN or name of an SNS topic; empty: nobody is told
	Dashboard     Dashboard                     // zero: there is none
	Prices        map[string]float64            // of an hour of an instance, in USD
	Foreign       Foreign                       // zero: the pipeline is daybatch's own
}

// Machine is what a job runs on.
type Machine struct {
	Instance   string // for example ml.m5.xlarge
	VolumeGB   int
	Instances  int
	MaxRuntime time.Duration
}

// Dashboard is a QuickSight data set that is refreshed after a publish.
type Dashboard struct {
	Account string // 12 digits
	DataSet string // id
}

// MachineOf returns what a step's job runs on.
func (s Settings) MachineOf(step forecast.StepName) Machine {
	own := s.Steps[step]
	return Machine{
		Instance:   cmp.Or(own.Instance, s.Machine.Instance),
		VolumeGB:   cmp.Or(own.VolumeGB, s.Machine.VolumeGB),
		Instances:  cmp.Or(own.Instances, s.Machine.Instances, 1),
		MaxRuntime: cmp.Or(own.MaxRuntime, s.Machine.MaxRuntime),
	}
}

// SharedMachine returns what a job runs on that runs all steps. Under LayoutSteps it
// is enough for each of them: the instance type with the highest price, and the most
// volume and time that one of them may have.
func (s Settings) SharedMachine() Machine {
	largest := s.MachineOf("")
	if s.Layout != LayoutSteps {
		return largest
	}
	price := s.Prices[largest.Instance]
	for _, name := range forecast.StepNames() {
		m := s.MachineOf(name)
		if p := s.Prices[m.Instance]; p > price {
			largest.Instance, price = m.Instance, p
		}
		largest.VolumeGB = max(largest.VolumeGB, m.VolumeGB)
		largest.MaxRuntime = max(largest.MaxRuntime, m.MaxRuntime)
	}
	return largest
}

// Trains reports whether Train is a Training job.
func (s Settings) Trains() bool { return s.Layout == LayoutSteps && s.TrainAs != TrainAsProcessing }

// Account returns the account that the jobs' role is in, which is the one that
// everything is in: a role can be passed only inside its account. It is empty if
// there is no role.
func (s Settings) Account() string { return RoleAccount(s.Role) }

// RoleAccount returns the account of a role's ARN, empty if it is none.
func RoleAccount(role string) string { return part(role, accountPart) }

// Partition returns the partition of AWS that the jobs' role is in: aws, aws-cn.
func (s Settings) Partition() string { return cmp.Or(part(s.Role, partitionPart), "aws") }

// Parts of an ARN: arn:aws:iam::123456789012:role/name.
const (
	partitionPart = 1
	accountPart   = 4
)

func part(arn string, n int) string {
	parts := strings.Split(arn, ":")
	if n >= len(parts) {
		return ""
	}
	return parts[n]
}

// ARN returns the ARN of something of the account in the region.
func (s Settings) ARN(service, resource string) string {
	return strings.Join([]string{"arn", s.Partition(), service, s.Region, s.Account(), resource}, ":")
}

// TopicARN returns the ARN of the topic, empty if there is none.
func (s Settings) TopicARN() string {
	if s.Topic == "" || strings.HasPrefix(s.Topic, "arn:") {
		return s.Topic
	}
	return s.ARN("sns", s.Topic)
}

// longestName is the longest name of a schedule and of a rule.
const longestName = 64

// ScheduleName returns the name of a pipeline's schedule.
func ScheduleName(pipeline string) string { return shorten("daybatch-" + pipeline) }

// RuleName returns the name of the rule that tells of a pipeline's failures.
func RuleName(pipeline string) string { return shorten("daybatch-" + pipeline + "-failed") }

// RangePipeline returns the name of the pipeline that runs several dates in one
// job, where that is another than the pipeline of single dates.
func (s Settings) RangePipeline(pipeline string) string {
	if s.Layout == LayoutSteps {
		return pipeline + "-range"
	}
	return pipeline
}

// shorten cuts a name that is too long, and keeps it apart from others that
// begin alike.
func shorten(name string) string {
	const digits = 8
	if len(name) <= longestName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return name[:longestName-digits-1] + "-" + hex.EncodeToString(sum[:])[:digits]
}

// Prices returns what an hour of a machine costs in us-east-1, in USD, the same
// for Processing and Training. The first three are those of the Pricing API on
// 2026-07-30, the others are from public price tables; other regions differ.
func Prices() map[string]float64 {
	return map[string]float64{
		"ml.t3.medium":   0.05,
		"ml.m5.large":    0.115,
		"ml.m5.xlarge":   0.23,
		"ml.m5.2xlarge":  0.461,
		"ml.m5.4xlarge":  0.922,
		"ml.c5.xlarge":   0.204,
		"ml.g4dn.xlarge": 0.736,
	}
}

// WithPrices returns the table of prices with those of a project over it.
func WithPrices(own map[string]float64) map[string]float64 {
	all := Prices()
	maps.Copy(all, own)
	return all
}
