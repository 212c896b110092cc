package step

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/daybatch/daybatch/forecast"
)

// settings returns the part of the definition that a step reads: a change of
// anything else leaves the step's outputs good.
func settings(d forecast.Definition, name forecast.StepName) any {
	switch name {
	case forecast.Extract:
		return []any{d.Source, d.Timezone}
	case forecast.PreProc:
		return []any{d.Source.Series, d.Source.Time, d.Source.Value, d.Forecast.Season, d.Forecast.Holidays, d.Forecast.Days, d.Forecast.SeriesDays}
	case forecast.TrainEvaluation:
		return []any{d.Gate, d.Forecast}
	case forecast.PostProc:
		return []any{d.Target.Table, d.Source.Series, d.Forecast.Levels}
	default:
		return d.Forecast
	}
}

// Fingerprint identifies what a step does: its name, its command or the
// program's version, the settings that it reads, and the fingerprints of its
// inputs, by step. Outputs of a step with the same fingerprint can be used in
// place of running it, but for Extract, whose source may have changed.
func Fingerprint(d forecast.Definition, version string, name forecast.StepName, of map[forecast.StepName]string) (string, error) {
	program := d.Steps[name].Command
	if len(program) == 0 {
		program = []string{"daybatch", version}
	}
	inputs := make(map[string]string) // marshalled in the order of its keys
	for input, maker := range Inputs(name) {
		inputs[input] = of[maker]
	}
	text, err := json.Marshal([]any{name, program, settings(d, name), inputs})
	if err != nil {
		return "", fmt.Errorf("fingerprint step %s: %w", name, err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}
