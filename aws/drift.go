package aws

import (
	"context"
	"fmt"
	"strings"

	"github.com/daybatch/daybatch/aws/internal/deploy"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// differs is how many fields of a thing a finding names.
	differs = 2
	// differWidth is how many characters of a value it shows.
	differWidth = 48
)

// examineDeployment finds what is deployed otherwise than the project says, by the
// plan of a deployment: a call or two for each thing. The jobs and the schedule go
// by what is deployed, whatever the project file says since.
func (e *Engine) examineDeployment(ctx context.Context, _ map[calendar.Date]record.Date) ([]finding, error) {
	d, err := deploy.New(deploy.Options{Settings: e.options.Settings, Definition: e.definition}, e.deployed)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what is wrong
	}
	plan, unseen, err := d.Compare(ctx)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what was looked at
	}
	var found []finding
	for _, c := range plan.Changes {
		if c.Action != deploy.ActionKeep && !comesAlong(c, plan) {
			found = append(found, finding{driftFinding(c), nil})
		}
		if c.Wrong {
			found = append(found, finding{harmFinding(c), nil})
		}
	}
	for _, err := range unseen {
		found = append(found, finding{forecast.Finding{
			Severity: forecast.SeverityNote, Kind: "unseen-deployment",
			Text:   "it is not known whether this is deployed as the project says: " + err.Error(),
			Advice: "somebody has to allow it: `daybatch deploy --print` writes the rights of those who look",
		}, nil})
	}
	return found, nil
}

// comesAlong reports whether a change is no news beside another: a definition that
// was never deployed is not in the bucket either.
func comesAlong(c deploy.Change, plan deploy.Plan) bool {
	if c.Kind != deploy.KindProject {
		return false
	}
	for _, other := range plan.Changes {
		if other.Kind == deploy.KindPipeline && other.Action != deploy.ActionKeep {
			return true
		}
	}
	return false
}

// harmFinding is about what somebody has set in the account and what no deployment
// changes.
func harmFinding(c deploy.Change) forecast.Finding {
	f := forecast.Finding{
		Severity: forecast.SeverityWarning, Kind: "schedule-disabled", Text: fmt.Sprintf("%s %s: %s", c.Kind, c.Name, c.Reason),
		Advice: "enable it in EventBridge Scheduler; until then `daybatch run` or `daybatch serve` starts the dates",
	}
	if c.Kind == deploy.KindLifecycle {
		f.Severity, f.Kind = forecast.SeverityError, "lifecycle-rule"
		f.Text = "bucket lifecycle: " + c.Reason
		f.Advice = "let the bucket's owner narrow that rule to another prefix, or disable it: the current generations have to stay"
	}
	return f
}

func driftFinding(c deploy.Change) forecast.Finding {
	f := forecast.Finding{
		Severity: forecast.SeverityWarning, Kind: "deployment-drift",
		Advice: "`daybatch deploy` brings it up to daybatch.yaml, --dry-run shows all fields; or is there a newer daybatch.yaml than this one?",
	}
	switch c.Action {
	case deploy.ActionCreate:
		f.Text = fmt.Sprintf("%s %s is not deployed", c.Kind, c.Name)
		f.Advice = "`daybatch deploy` makes it"
		if needed(c.Kind) {
			f.Severity = forecast.SeverityError
		}
	case deploy.ActionUpdate:
		f.Text = fmt.Sprintf("%s %s is deployed otherwise than daybatch.yaml says: %s", c.Kind, c.Name, fieldsText(c.Fields))
	default:
		f.Text = fmt.Sprintf("%s %s: %s", c.Kind, c.Name, c.Reason)
		f.Advice = "until then `daybatch deploy` changes nothing"
	}
	return f
}

// needed reports whether no date can be made, or shown to readers, without a thing.
func needed(kind deploy.Kind) bool {
	switch kind {
	case deploy.KindBucket, deploy.KindProject, deploy.KindDatabase, deploy.KindTable, deploy.KindPipeline:
		return true
	default:
		return false
	}
}

// fieldsText names the first fields that differ, deployed first.
func fieldsText(fields []deploy.Field) string {
	var parts []string
	for i, field := range fields {
		if i == differs {
			parts = append(parts, fmt.Sprintf("%d more", len(fields)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %s -> %s", field.Name, brief(field.From), brief(field.To)))
	}
	return strings.Join(parts, ", ")
}

// brief is a value for a line: without breaks, and not long.
func brief(value string) string {
	value = strings.Join(strings.Fields(value), " ")
	if value == "" {
		return "nothing"
	}
	if runes := []rune(value); len(runes) > differWidth {
		return string(runes[:differWidth-3]) + "..."
	}
	return value
}
