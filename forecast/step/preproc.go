package step

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/series"
)

// Output files of PreProc.
const (
	PanelFile       = "panel.parquet"
	PanelReportFile = "panel.json"
)

// PanelReport says what PreProc found in the data; it is panel.json.
type PanelReport struct {
	Date         calendar.Date  `json:"date"`
	First        calendar.Date  `json:"first"` // earliest start of a series
	SeriesCount  int            `json:"series_count"`
	Observations int            `json:"observations"`
	Gaps         int            `json:"gaps"`
	Outliers     int            `json:"outliers"`
	SpecialDays  int            `json:"special_days"`
	Warnings     []string       `json:"warnings,omitempty"`
	Series       []SeriesReport `json:"series"`
}

// SeriesReport says what PreProc found in one series.
type SeriesReport struct {
	series.Report
	Class    series.Class  `json:"class"`
	Start    calendar.Date `json:"start"`
	Outliers []Outlier     `json:"outliers,omitempty"`
}

// Outlier is a value unlike its neighbours. It stays in the data as it is.
type Outlier struct {
	Date  calendar.Date `json:"date"`
	Value float64       `json:"value"`
	Usual float64       `json:"usual"` // median of the same weekday around it
	Z     float64       `json:"z"`     // distance in robust standard deviations
}

// PreProc lays the rows on the calendar: one value per series and day up to the
// date, gaps as NULL, outliers flagged, special days named. Of the rows it holds a
// window, of the panel a row group: series go through one after the other.
func PreProc(ctx context.Context, env Env) error {
	if err := env.makeOutput(); err != nil {
		return err
	}
	db, done, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	special, err := newSpecialDays(env.Spec.Definition)
	if err != nil {
		return err
	}
	report, err := buildPanel(ctx, env, db, special)
	if err != nil {
		return err
	}
	for _, warning := range report.Warnings {
		env.Log.WarnContext(ctx, "panel", slog.String(logkey.Reason, warning))
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", PanelReportFile, err)
	}
	if err := writeWhole(env.Output(PanelReportFile), append(text, '\n')); err != nil {
		return err
	}
	env.Log.InfoContext(ctx, "panel built",
		slog.Int(logkey.Series, report.SeriesCount), slog.Int(keyObservations, report.Observations),
		slog.Int(keyGaps, report.Gaps), slog.Int(keyOutliers, report.Outliers), slog.Int(keySpecialDays, report.SpecialDays))
	return nil
}

// periods returns the seasons in whole days: the shortest of at least two days,
// 1 if there is none, and the longer ones, ascending.
func periods(seasons []float64) (period int, longer []int) {
	var days []int
	for _, season := range seasons {
		if n := int(math.Round(season)); n > 1 {
			days = append(days, n)
		}
	}
	if len(days) == 0 {
		return 1, nil
	}
	slices.Sort(days)
	days = slices.Compact(days)
	return days[0], days[1:]
}
