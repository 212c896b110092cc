package aws_test

import (
	"flag"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws/awssim"
)

// Faults and bad habits of the account, under which the contract must hold. The
// whole takes long, so that a part of it is tried unless the flag -everycall is
// given.
var everyCall = flag.Bool("everycall", false, "all cases of the contract under each fault, and a crash at each call that changes something")

// faultCases are the cases that are run under each fault by default: between
// them they start, stop, publish, and read everything.
func faultCases() []string {
	if *everyCall {
		return nil
	}
	return []string{"rerun from the failed step", "two engines run one date", "stop at Train", "staged"}
}

// changing matches the calls on which an attempt and its publication depend.
func changing(r awssim.Request) bool {
	for _, suffix := range []string{"StartPipelineExecution", "StopPipelineExecution", "PutObject", "CreatePartition", "UpdatePartition"} {
		if strings.HasSuffix(r.Operation, "."+suffix) {
			return true
		}
	}
	return false
}

func throttles(chance float64) []awssim.Fault {
	inS3 := func(r awssim.Request) bool { return strings.HasPrefix(r.Operation, "s3.") }
	return []awssim.Fault{
		{
			Operation: "*.*", Of: inS3, When: awssim.Chance(chance, 1),
			Effect: awssim.Effect{Code: "SlowDown", Status: http.StatusServiceUnavailable, Message: "Please reduce your request rate."},
		},
		{
			Operation: "*.*", Of: func(r awssim.Request) bool { return !inS3(r) }, When: awssim.Chance(chance, 2),
			Effect: awssim.Effect{Code: "ThrottlingException", Status: http.StatusBadRequest, Message: "Rate exceeded"},
		},
	}
}

func TestContractUnderFaults(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]accountOptions{
		"pages of one":   {quirks: awssim.Quirks{Lists: awssim.ListQuirks{PageSize: 1}, Logs: awssim.LogQuirks{PageSize: 1}}},
		"lists that lag": {quirks: awssim.Quirks{Lists: awssim.ListQuirks{Lag: 2 * time.Second}}},
		"throttling":     {faults: throttles(0.25), patient: true},
		"lost requests": {
			faults: []awssim.Fault{{Operation: "*.*", Of: changing, When: awssim.Every(3), Effect: awssim.Effect{DropRequest: true}}}, patient: true,
		},
		"lost replies": {
			faults: []awssim.Fault{{Operation: "*.*", Of: changing, When: awssim.Every(3), Effect: awssim.Effect{DropReply: true}}}, patient: true,
		},
		"pages of a gateway": {
			faults: []awssim.Fault{{Operation: "*.*", When: awssim.Chance(0.15, 3), Effect: awssim.Effect{HTML: true}}}, patient: true,
		},
		"habits of SageMaker": {quirks: awssim.Quirks{
			Lists:     awssim.ListQuirks{Lag: time.Second, TokenMemory: time.Nanosecond},
			SageMaker: awssim.SageMakerQuirks{EmptyCacheHit: true, ARNCase: true, TokenConflict: true, NoRetryWhenStopped: true},
		}},
	} {
		o.cases, o.speed = faultCases(), 10
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exercise(t, o)
		})
	}
}
