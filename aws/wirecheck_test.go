package aws_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// shared finds a file among the project's shared tools; without it the test is
// skipped.
func shared(t *testing.T, name string) string {
	t.Helper()
	var roots []string
	if tool := os.Getenv("WIRECHECK"); tool != "" { //nolint:forbidigo // a tool of the tests alone
		roots = append(roots, filepath.Dir(filepath.Clean(tool)))
	}
	dir, err := os.Getwd()
	must(t, err)
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		roots = append(roots, filepath.Join(dir, "shared"))
	}
	for _, root := range roots {
		if path := filepath.Join(root, name); exists(path) {
			return path
		}
	}
	t.Skipf("there is no shared/%s: set WIRECHECK", name)
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// checked puts wirecheck between an account and everybody: every request and
// every answer must be legal by AWS's own models. Rule "quota" is left out, for
// tests call as fast as they can.
func checked(t *testing.T, endpoint string) string {
	t.Helper()
	return checkedWith(t, endpoint)
}

// checkedWith does so with options of wirecheck.
func checkedWith(t *testing.T, endpoint string, options ...string) string {
	t.Helper()
	script := shared(t, "wirecheck/wirecheck.py")
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	args := slices.Concat([]string{script}, options, []string{"serve", "--listen", "127.0.0.1:0", "--upstream", endpoint})
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), python, args...)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line)
	if address == "" {
		t.Fatalf("wirecheck says %q", line)
	}
	t.Cleanup(func() {
		violations(t, address)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return address
}

// violations fails the test for each error that wirecheck has found.
func violations(t *testing.T, address string) {
	t.Helper()
	type violation struct {
		Rule      string `json:"rule"`
		Direction string `json:"dir"`
		Operation string `json:"op"`
	}
	text := ask(t, address+"/_wirecheck/violations?severity=error")
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		var object struct{ Violations []json.RawMessage }
		must(t, json.Unmarshal(text, &object))
		list = object.Violations
	}
	for _, raw := range list {
		var v violation
		must(t, json.Unmarshal(raw, &v))
		if v.Rule != "quota" {
			t.Errorf("wirecheck: %s", raw)
		}
	}
	var calls map[string]any
	must(t, json.Unmarshal(ask(t, address+"/_wirecheck/calls"), &calls))
	if len(calls) == 0 {
		t.Error("wirecheck saw no calls")
	}
}

func ask(t *testing.T, address string) json.RawMessage {
	t.Helper()
	response, err := http.Get(address)
	must(t, err)
	defer response.Body.Close()
	var text json.RawMessage
	must(t, json.NewDecoder(response.Body).Decode(&text))
	return text
}

// TestWirecheck runs cases of the contract with wirecheck between deployment,
// engine and jobs on one side, and the simulated account on the other. These cases and
// the other tests that are checked make every call which all cases make, each in
// the ways that differ most; -everycall runs all.
func TestWirecheck(t *testing.T) {
	t.Parallel()
	cases := []string{"stop at Train", "staged", "follow a log", "a healthy engine"}
	if *everyCall {
		cases = nil
	}
	exercise(t, accountOptions{front: checked, cases: cases, speed: 10, dataSet: awssim.DataSet{ID: "demand"}})
}

// TestWirecheckDeploy deploys everything that a project can have, changes what can be
// changed, and has the account carry it out: what the schedule starts fails, and the topic
// is told.
func TestWirecheckDeploy(t *testing.T) {
	t.Parallel()
	def := enginetest.Definition()
	def.Schedule = "cron(0 5 * * ? *)"
	a := newAccount(t, def, enginetest.Script{day(10): {forecast.Train: {enginetest.Fails("broken")}}}, accountOptions{
		front: checked, layout: settings.LayoutSteps, steps: machines(2), topic: "alerts",
	})
	a.deploy(t) // it finds everything as it is to be
	a.def.Schedule, a.def.Forecast.Levels, a.settings.RunsDays = "cron(0 6 * * ? *)", []int{50, 80}, 30
	a.deploy(t)
	for _, operation := range []string{
		"events.PutRule", "events.PutTargets", "events.DescribeRule", "events.ListTargetsByRule", "sns.CreateTopic", "sns.GetTopicAttributes",
		"sns.SetTopicAttributes", "scheduler.CreateSchedule", "scheduler.GetSchedule", "scheduler.UpdateSchedule", "sagemaker.UpdatePipeline",
		"glue.UpdateTable", "s3.PutBucketLifecycleConfiguration",
	} {
		if a.sim.Calls()[operation] == 0 {
			t.Errorf("nothing has called %s", operation)
		}
	}
	a.fire(t, time.Date(2026, time.January, 10, 21, 0, 0, 0, time.UTC)) // 6 o'clock of the 11th in Tokyo
	told := func() ([]awssim.Message, error) { return a.sim.Messages(), nil }
	await(t, "the message", told, func(all []awssim.Message) bool { return len(all) > 0 })
	if m := a.sim.Messages()[0]; !strings.Contains(m.Text, "2026-01-10-a1") {
		t.Errorf("the topic was told %q; want the date", m.Text)
	}
}

// TestWirecheckSteps does so with a job for each step, some on several machines.
func TestWirecheckSteps(t *testing.T) {
	t.Parallel()
	exercise(t, accountOptions{
		front: checked, speed: 10, layout: settings.LayoutSteps, steps: machines(2),
		cases: []string{"rerun from the failed step", "stop at Train"},
	})
}
