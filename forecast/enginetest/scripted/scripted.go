// Package scripted makes what the steps of a script leave behind, for engines
// whose steps are real programs or jobs: small files that their later steps, their
// catalogue and their readers take for real ones.
package scripted

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/step"
)

// Files are the Parquet files of all dates: what each Extract finds, two regions
// with a row for each day of January 2026, and what each PostProc makes, forecasts
// of seven days. Corrected is Rows with another value for a day.
type Files struct{ Rows, Corrected, Part []byte }

// MakeFiles writes the files by DuckDB, below a temporary directory.
func MakeFiles(ctx context.Context) (files Files, err error) {
	dir, err := os.MkdirTemp("", "scripted-")
	if err != nil {
		return Files{}, fmt.Errorf("make files of scripted steps: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, err := lake.Open(ctx, lake.Options{})
	if err != nil {
		return Files{}, fmt.Errorf("make files of scripted steps: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	write := func(name string, frame *lake.Frame) ([]byte, error) {
		path := filepath.Join(dir, name)
		if err := db.WriteParquet(ctx, path, frame, lake.ParquetOptions{}); err != nil {
			return nil, err //nolint:wrapcheck // it names the file
		}
		return os.ReadFile(path) //nolint:gosec,wrapcheck // the file just written
	}
	if files.Rows, err = write("rows", rowsFrame(nil)); err != nil {
		return Files{}, err
	}
	correction := map[calendar.Date]float64{calendar.Of(2026, time.January, 9): 100}
	if files.Corrected, err = write("corrected", rowsFrame(correction)); err != nil {
		return Files{}, err
	}
	files.Part, err = write("part", partFrame())
	return files, err
}

// Exit is how a step ends that does what a script says.
func Exit(b enginetest.Behaviour, started time.Time) step.Exit {
	exit := step.Exit{Started: started}
	if b.End == enginetest.Fail {
		exit.Code, exit.Class, exit.Reason = 1, b.Class, b.Text
		if exit.Class == forecast.ReasonNone {
			exit.Class = forecast.ReasonStep
		}
	}
	return exit
}

// refused is an error that no gate lets through.
const refused = 99

// Output writes the output of the step in a root directory.
func Output(root string, spec step.Spec, b enginetest.Behaviour, files Files) error {
	dir := filepath.Join(root, step.OutputDir, step.Output(spec.Step))
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // as a step's own
		return fmt.Errorf("make output: %w", err)
	}
	switch spec.Step {
	case forecast.TrainEvaluation:
		measures := b.Measures
		if measures == nil {
			measures = forecast.Measures{"wape": 0.2, "mase": 0.8}
		}
		verdict, gate := forecast.VerdictPassed, step.GateNumbers{WAPE: measures["wape"], MASE: measures["mase"]}
		if b.Class == forecast.ReasonGate {
			verdict, gate.WAPE = forecast.VerdictFailed, refused
		}
		return WriteJSON(filepath.Join(dir, step.MetricsFile), step.Metrics{
			Evaluation: forecast.Evaluation{Date: spec.Date, Measures: measures, Verdict: verdict, Expected: b.Expected}, Gate: gate,
		})
	case forecast.Extract:
		return write(filepath.Join(dir, step.RowsFile), files.Rows)
	case forecast.PostProc:
		return partition(dir, spec, files.Part)
	default:
		return write(filepath.Join(dir, "data"), []byte(string(spec.Step)+spec.Date.String()))
	}
}

func partition(dir string, spec step.Spec, part []byte) error {
	if err := write(filepath.Join(dir, lake.PartFile), part); err != nil {
		return err
	}
	sum := sha256.Sum256(part)
	return WriteJSON(filepath.Join(dir, lake.ManifestFile), step.Manifest{
		Generation: spec.Generation, Date: spec.Date, Execution: string(spec.Execution), Attempt: spec.Attempt, Rows: 14, Series: 2,
		Files: []step.File{{Path: lake.PartFile, Bytes: int64(len(part)), SHA256: hex.EncodeToString(sum[:])}},
	})
}

// WriteJSON writes a value to a file.
func WriteJSON(path string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return write(path, text)
}

func write(path string, text []byte) error {
	if err := os.WriteFile(path, text, 0o644); err != nil { //nolint:gosec // as a step's own
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// rowsFrame returns what Extracts find, with values of days that are not the usual.
func rowsFrame(unusual map[calendar.Date]float64) *lake.Frame {
	var regions []string
	var dates []calendar.Date
	var values []float64
	for _, region := range []string{"east", "west"} {
		for d := calendar.Of(2026, time.January, 1); d <= calendar.Of(2026, time.January, 31); d++ {
			value, ok := unusual[d]
			if !ok {
				value = float64(d.Weekday())
			}
			regions, dates, values = append(regions, region), append(dates, d), append(values, value)
		}
	}
	frame := &lake.Frame{}
	frame.Strings("region", regions)
	frame.Dates(lake.DateColumn, dates)
	frame.Floats(lake.ValueColumn, values)
	return frame
}

func partFrame() *lake.Frame {
	var regions, models []string
	var dates []calendar.Date
	var means, lower, upper []float64
	for _, region := range []string{"east", "west"} {
		for d := calendar.Of(2026, time.January, 11); d <= calendar.Of(2026, time.January, 17); d++ {
			regions, models, dates = append(regions, region), append(models, "snaive"), append(dates, d)
			means, lower, upper = append(means, 3), append(lower, 2), append(upper, 4)
		}
	}
	frame := &lake.Frame{}
	frame.Strings("region", regions)
	frame.Dates(lake.DateColumn, dates)
	frame.Floats(lake.MeanColumn, means)
	for _, level := range []int{80, 95} {
		frame.Floats(lake.LowerColumn(level), lower)
		frame.Floats(lake.UpperColumn(level), upper)
	}
	frame.Strings(lake.ModelColumn, models)
	return frame
}
