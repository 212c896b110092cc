package demo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/cmd/internal/simulation"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// TestSageMakerProject reads what is made for a simulated account: a project
// without a warning, whose query is one for Athena, and which only the same engine
// opens again.
func TestSageMakerProject(t *testing.T) {
	t.Parallel()
	dir, last := filepath.Join(t.TempDir(), "demo"), calendar.Of(2026, 10, 18)
	p, err := Open(dir, last, SageMaker)
	if err == nil {
		err = p.Create()
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Engine != config.EngineSageMaker || c.SageMaker.Simulation == "" || len(c.Warnings) > 0 {
		t.Errorf("engine %s, simulation %q, warnings %v; want sagemaker in a simulation, and none", c.Engine, c.SageMaker.Simulation, c.Warnings)
	}
	if strings.Contains(c.Definition.Source.Query, "GROUP BY ALL") {
		t.Error("the query has words that Athena does not know")
	}
	theirs, err := config.Load(p.Theirs(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := filepath.Join(theirs.Dir, theirs.SageMaker.Simulation); got != filepath.Join(c.Dir, c.SageMaker.Simulation) || len(theirs.Warnings) > 0 {
		t.Errorf("the other team's account is %s, warnings %v; want that of the demo, and none", got, theirs.Warnings)
	}
	if theirs.SageMaker.Foreign.Pipeline != simulation.GuestPipeline || theirs.SageMaker.Bucket != c.SageMaker.Bucket {
		t.Errorf("it has pipeline %s and bucket %s; want what is in the account", theirs.SageMaker.Foreign.Pipeline, theirs.SageMaker.Bucket)
	}
	if !Made(c.Dir) || Made(theirs.Dir) {
		t.Error("the demonstration is not told from the project beside it")
	}
	file := filepath.Join(p.Theirs(), "daybatch.yaml")
	if err := os.WriteFile(file, []byte("changed: by a person\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.Create(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "changed: by a person\n" {
		t.Errorf("Create again made %q of what a person has changed", text)
	}
	if again, err := Open(dir, last+30, SageMaker); err != nil || again.Last != last {
		t.Errorf("Open again = %s, %v; want the date that it was made with", again.Last, err)
	}
	if _, err := Open(dir, last, Local); err == nil || !strings.Contains(err.Error(), "engine sagemaker, not local") {
		t.Errorf("Open for the other engine = %v; want it refused", err)
	}
}
