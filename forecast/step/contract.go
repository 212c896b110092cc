// Package step holds the six steps of a pipeline as functions over a directory,
// and the contract between a step and whatever runs it: the local engine's
// child processes and containers alike.
//
// # The contract
//
// A step runs below a root directory (in a SageMaker Processing job
// /opt/ml/processing, locally the directory of the try):
//
//	<root>/step.json       the Spec: what to do (or the file that DAYBATCH_SPEC names)
//	<root>/input/<name>/   outputs of earlier steps, read-only
//	<root>/output/<name>/  what this step makes; counts only if the step exits with 0
//	<root>/message         on failure: the reason for people, at most 1 KB of UTF-8
//	<root>/exit.json       how it ended (Exit), written last, by rename
//
// | step            | input             | output     | files in it                                |
// |-----------------|-------------------|------------|--------------------------------------------|
// | Extract         |                   | rows       | rows.parquet                               |
// | PreProc         | rows              | panel      | panel.parquet, panel.json                  |
// | Train           | panel             | model      | models.json, backtest.parquet              |
// | TrainEvaluation | panel, model      | evaluation | metrics.json, evaluation.json              |
// | Predict         | panel, model      | forecast   | forecast.parquet                           |
// | PostProc        | forecast          | partition  | part-0.parquet, manifest.json              |
//
// The tables: rows.parquet has the series columns as VARCHAR, ds DATE and value
// DOUBLE; panel.parquet a row per series and day, with outlier BOOLEAN and
// special VARCHAR, the class of a special day of the series, besides; forecast.parquet a row per series and day of the
// horizon, with yhat, lo80, hi80, .. DOUBLE, horizon BIGINT (days ahead, from 1)
// and model VARCHAR; part-0.parquet has made_for DATE, forecast_kind VARCHAR (own),
// forecast_age BIGINT (0) and generation VARCHAR too, ordered by series and ds, in
// one row group. In a partition that is filled with an older forecast made_for is
// that forecast's date, forecast_kind is fallback, and forecast_age how many days
// it is old.
//
// A project's own command for a step gets the same directories. Its working
// directory is the project's; its environment has DAYBATCH_ROOT, DAYBATCH_STEP,
// DAYBATCH_DATE, DAYBATCH_EXECUTION, DAYBATCH_ATTEMPT, DAYBATCH_FENCE,
// DAYBATCH_GENERATION and DAYBATCH_EXE (the daybatch binary, so that a command
// can call the built-in step itself: "$DAYBATCH_EXE" step PreProc). Exit code 0
// is success, provided that the command left the files that later built-in steps
// read; otherwise the reason is the file message, else the last line of
// its output.
//
// What a step writes to standard output and error is its log. The runner stamps
// each line of a command's output with the time; lines of the built-in steps
// carry it themselves: RFC 3339 in UTC with microseconds, a space, the text.
package step

import (
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Names of the files of the contract, relative to the root of a step.
const (
	SpecFile    = "step.json"
	ExitFile    = "exit.json"
	MessageFile = "message"
	LogFile     = "log" // where the local engine keeps what the step prints
	InputDir    = "input"
	OutputDir   = "output"
)

// Spec tells a step what to do.
type Spec struct {
	Step       forecast.StepName    `json:"step"`
	Date       calendar.Date        `json:"date"`
	Execution  forecast.ExecutionID `json:"execution"`
	Attempt    int                  `json:"attempt"`
	Fence      int64                `json:"fence"`
	Generation string               `json:"generation"` // the partition that PostProc builds
	Project    string               `json:"project"`    // directory that relative paths start from
	Definition forecast.Definition  `json:"definition"`
	Command    []string             `json:"command,omitempty"` // replaces the built-in step
}

// Exit says how a step ended. A step without one was killed.
type Exit struct {
	Code    int                  `json:"code"`
	Class   forecast.ReasonClass `json:"class,omitempty"` // empty: success
	Reason  string               `json:"reason,omitempty"`
	Started time.Time            `json:"started"`
	Ended   time.Time            `json:"ended"`
}

// Inputs returns the inputs of a step: the name of each input and the earlier
// step whose output of that name it is.
func Inputs(name forecast.StepName) map[string]forecast.StepName {
	switch name {
	case forecast.PreProc:
		return map[string]forecast.StepName{"rows": forecast.Extract}
	case forecast.Train:
		return map[string]forecast.StepName{"panel": forecast.PreProc}
	case forecast.TrainEvaluation, forecast.Predict:
		return map[string]forecast.StepName{"panel": forecast.PreProc, "model": forecast.Train}
	case forecast.PostProc:
		return map[string]forecast.StepName{"forecast": forecast.Predict}
	default:
		return nil
	}
}

// Output returns the name of a step's output.
func Output(name forecast.StepName) string {
	switch name {
	case forecast.Extract:
		return "rows"
	case forecast.PreProc:
		return "panel"
	case forecast.Train:
		return "model"
	case forecast.TrainEvaluation:
		return "evaluation"
	case forecast.Predict:
		return "forecast"
	default:
		return "partition"
	}
}

// Error is the failure of a step with its class.
type Error struct {
	Class forecast.ReasonClass
	Err   error
}

// Error returns the text of the cause.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
