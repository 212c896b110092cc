package aws

import (
	"strings"
	"testing"

	"github.com/daybatch/daybatch/aws/internal/deploy"
	"github.com/daybatch/daybatch/forecast"
)

// TestHarmFinding: what no deployment changes is told with what to do about it.
func TestHarmFinding(t *testing.T) {
	t.Parallel()
	tests := map[deploy.Kind]struct {
		severity     forecast.Severity
		kind, advice string
	}{
		deploy.KindSchedule:  {forecast.SeverityWarning, "schedule-disabled", "enable it"},
		deploy.KindLifecycle: {forecast.SeverityError, "lifecycle-rule", "narrow that rule"},
	}
	for kind, want := range tests {
		f := harmFinding(deploy.Change{Kind: kind, Name: "x", Reason: "why", Wrong: true})
		if f.Severity != want.severity || f.Kind != want.kind || !strings.Contains(f.Advice, want.advice) || !strings.Contains(f.Text, "why") {
			t.Errorf("harmFinding(%s) = %+v; want %+v", kind, f, want)
		}
	}
}
