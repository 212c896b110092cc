package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Heads returns three letters for each step: of one that is none of the six the
// first three of its name, or others of it where another step has those.
func Heads(steps []forecast.StepName) []string {
	known := map[forecast.StepName]string{
		forecast.Extract: "Ext", forecast.PreProc: "Pre", forecast.Train: "Trn",
		forecast.TrainEvaluation: "Evl", forecast.Predict: "Prd", forecast.PostProc: "Pst",
	}
	heads := make([]string, len(steps))
	for i, step := range steps {
		heads[i] = known[step]
		if heads[i] == "" {
			heads[i] = head(string(step), heads[:i])
		}
	}
	return heads
}

// head returns three letters of a name that are not taken yet: the first three,
// else the first two with a later one. If all are taken it repeats itself.
func head(name string, taken []string) string {
	letters := []rune(name)
	const wide = 3
	if len(letters) <= wide {
		return name
	}
	for _, last := range letters[wide-1:] {
		if text := string(letters[:wide-1]) + string(last); last != '-' && last != '_' && !slices.Contains(taken, text) {
			return text
		}
	}
	return string(letters[:wide])
}

// InOrder returns the steps of an attempt in the columns of a table: one for each
// step of the pipeline as it is now. One that the attempt did not have was never
// reached.
func InOrder(columns []forecast.StepName, steps []forecast.Step) []forecast.Step {
	ordered := make([]forecast.Step, len(columns))
	for i, name := range columns {
		ordered[i] = forecast.Step{Name: name, Status: forecast.StepSkipped}
	}
	for _, step := range steps {
		if i := slices.Index(columns, step.Name); i >= 0 {
			ordered[i] = step
		}
	}
	return ordered
}

// Telling returns the step whose log tells most: the one that failed, else the
// one that runs, else the last that ran.
func Telling(steps []forecast.Step) forecast.StepName {
	var last forecast.StepName
	for _, step := range steps {
		switch step.Status {
		case forecast.StepFailed, forecast.StepStopped, forecast.StepExecuting, forecast.StepStopping, forecast.StepStarting:
			return step.Name
		case forecast.StepSucceeded:
			last = step.Name
		default:
		}
	}
	return last
}

// Cause returns the first cause of what a day is, as a sentence: the step that
// failed and why, else the day's own reason. What the day adds to its step's
// reason, such as files that arrived since, is part of it.
func Cause(day forecast.Day) string {
	text := strings.TrimSpace(day.Reason.Text)
	step, ok := day.FailedStep()
	if !ok {
		return text
	}
	why := strings.TrimSpace(step.Reason.Text)
	if why == "" || strings.Contains(text, why) {
		why = text
	}
	if strings.HasPrefix(why, string(step.Name)) {
		return why
	}
	return fmt.Sprintf("%s: %s", step.Name, why)
}

// StateRole returns how a state's word looks: what is well is quiet.
func StateRole(state forecast.DayState) theme.Role {
	switch state {
	case forecast.DaySucceeded:
		return theme.Plain
	case forecast.DayFailed:
		return theme.Bad
	case forecast.DayGated:
		return theme.Gate
	case forecast.DayRunning:
		return theme.Busy
	case forecast.DayStopping, forecast.DayStopped:
		return theme.Halted
	case forecast.DayMissing:
		return theme.Absent
	case forecast.DayUnknown:
		return theme.Unsure
	default:
		return theme.Idle
	}
}
