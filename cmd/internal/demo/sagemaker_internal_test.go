package demo

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/cmd/internal/config"
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
	if again, err := Open(dir, last+30, SageMaker); err != nil || again.Last != last {
		t.Errorf("Open again = %s, %v; want the date that it was made with", again.Last, err)
	}
	if _, err := Open(dir, last, Local); err == nil || !strings.Contains(err.Error(), "engine sagemaker, not local") {
		t.Errorf("Open for the other engine = %v; want it refused", err)
	}
}
