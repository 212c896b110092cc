package foreign_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/foreign"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// graph is the definition of a pipeline that another team made: Ingest, Train,
// Evaluate, a Condition QualityGate, and Publish or the Fail step QualityFailed.
func graph(t *testing.T) definition.Graph {
	t.Helper()
	g, err := definition.Parse([]byte(definitionText(t)))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func definitionText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "their-pipeline.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func at(minute int) time.Time {
	return time.Date(2026, time.January, 20, 6, minute, 0, 0, time.UTC)
}

func jan(n int) calendar.Date { return calendar.Of(2026, time.January, n) }

// steps reads "Ingest Succeeded, Train Failed".
func steps(text string) []forecast.Step {
	var all []forecast.Step
	for word := range strings.SplitSeq(text, ", ") {
		name, status, _ := strings.Cut(word, " ")
		all = append(all, forecast.Step{Name: forecast.StepName(name), Status: forecast.StepStatus(status)})
	}
	return all
}

func words(all []forecast.Step) string {
	text := make([]string, len(all))
	for i, s := range all {
		text[i] = string(s.Name) + " " + string(s.Status)
	}
	return strings.Join(text, ", ")
}

// execution is one that was started at a minute.
func execution(id string, minute int, status forecast.Status) foreign.Execution {
	return foreign.Execution{Date: jan(19), Run: runs.Run{
		ARN: "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/x/execution/" + id, Name: "execution-" + id, Status: status, Started: at(minute),
	}}
}
