package forecast_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
)

// Records and messages are JSON: a reason neither brings a credential into one, nor out of
// one that is older.
func TestReasonIsRedacted(t *testing.T) {
	t.Parallel()
	reason := forecast.Reason{Class: forecast.ReasonStep, Text: "ValueError: no login\npassword=hunter2"}
	want := forecast.Reason{Class: forecast.ReasonStep, Text: "ValueError: no login\npassword=[redacted]"}
	text, err := json.Marshal(forecast.Step{Name: forecast.Train, Reason: reason})
	if err != nil || strings.Contains(string(text), "hunter2") {
		t.Errorf("Marshal = %s, %v; want it without the credential", text, err)
	}
	var step forecast.Step
	if err := json.Unmarshal([]byte(`{"reason": {"class": "step", "text": "ValueError: no login\npassword=hunter2"}}`), &step); err != nil || step.Reason != want {
		t.Errorf("Unmarshal = %+v, %v; want %+v", step.Reason, err, want)
	}
	step = forecast.Step{}
	if err := json.Unmarshal(text, &step); err != nil || step.Reason != want {
		t.Errorf("%s is read as %+v, %v; want %+v", text, step.Reason, err, want)
	}
	if err := json.Unmarshal([]byte(`{"reason": {"text": 3}}`), &step); err == nil {
		t.Error("Unmarshal of a text that is a number = nil; want an error")
	}
}
