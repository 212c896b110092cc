package step

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
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
// date, gaps as NULL, outliers flagged, special days named.
func PreProc(ctx context.Context, env Env) error {
	if err := env.makeOutput(); err != nil {
		return err
	}
	db, done, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	panel, err := buildPanel(ctx, env, db)
	if err != nil {
		return err
	}
	holidays, err := holidaysOf(env.Spec.Definition)
	if err != nil {
		return err
	}
	table := lake.PanelTable{Panel: panel, Special: specialDays(panel.Range, holidays)}
	report := describePanel(env.Spec, &table)
	for _, warning := range report.Warnings {
		env.Log.WarnContext(ctx, "panel", slog.String(logkey.Reason, warning))
	}
	if err := db.WritePanel(ctx, env.Output(PanelFile), table); err != nil {
		return err //nolint:wrapcheck // it names the file and what to do
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

// holidaysOf returns the special days of a definition.
func holidaysOf(definition forecast.Definition) (calendar.Holidays, error) {
	holidays, err := calendar.HolidaysFor(definition.Forecast.Holidays)
	if err != nil {
		return calendar.Holidays{}, failf(forecast.ReasonConfig, "forecast.holidays: %w", err)
	}
	return holidays.WithDays(definition.Forecast.Days), nil
}

// buildPanel reads the rows. A NULL value is a date without an observation.
func buildPanel(ctx context.Context, env Env, db *lake.DB) (series.Panel, error) {
	columns := env.Spec.Definition.Source.Series
	path := env.Input("rows", RowsFile)
	frame, err := db.ReadParquet(ctx, path, append(slices.Clone(columns), lake.DateColumn, lake.ValueColumn)...)
	if err != nil {
		return series.Panel{}, err //nolint:wrapcheck // it names the file and column
	}
	dates, err := lake.Column[[]calendar.Date](frame, lake.DateColumn)
	if err != nil {
		return series.Panel{}, fmt.Errorf("read %s: %w", path, err)
	}
	values, err := lake.Column[[]float64](frame, lake.ValueColumn)
	if err != nil {
		return series.Panel{}, fmt.Errorf("read %s: %w", path, err)
	}
	keys := make([][]string, len(columns))
	for k, name := range columns {
		if keys[k], err = lake.Column[[]string](frame, name); err != nil {
			return series.Panel{}, fmt.Errorf("read %s: %w", path, err)
		}
	}
	builder := series.NewBuilder(series.Options{Columns: columns, Origin: env.Spec.Date})
	parts := make([]string, len(columns))
	for i := range dates {
		if math.IsNaN(values[i]) {
			continue
		}
		for k := range parts {
			parts[k] = keys[k][i]
		}
		builder.Add(series.Observation{Parts: parts, Date: dates[i], Value: values[i], Row: i + 1})
	}
	panel, err := builder.Build()
	if err != nil {
		return series.Panel{}, fmt.Errorf("build panel of %s: %w", RowsFile, err)
	}
	if len(panel.Series) == 0 {
		return series.Panel{}, failf(forecast.ReasonData, "no row has a value: look at column %s of the query", env.Spec.Definition.Source.Value)
	}
	return panel, nil
}

func specialDays(dates calendar.Range, holidays calendar.Holidays) map[calendar.Date]string {
	special := make(map[calendar.Date]string)
	for day := range dates.Dates() {
		if class := holidays.Class(day); class != calendar.ClassNone {
			special[day] = string(class)
		}
	}
	return special
}

// describePanel flags the outliers of the table and counts what it holds.
func describePanel(spec Spec, table *lake.PanelTable) PanelReport {
	report := PanelReport{
		Date: spec.Date, First: table.Panel.Range.From,
		SeriesCount: len(table.Panel.Series), SpecialDays: len(table.Special),
		Series: make([]SeriesReport, len(table.Panel.Series)),
	}
	period, _ := periods(spec.Definition.Forecast.Season)
	special := func(day calendar.Date) bool { return table.Special[day] != "" }
	for i, one := range table.Panel.Series {
		flags, outliers := findOutliers(one, special)
		table.Outliers = append(table.Outliers, flags)
		report.Series[i] = SeriesReport{
			Report: table.Panel.Reports[i], Class: series.Classify(one, period), Start: one.Start, Outliers: outliers,
		}
		report.Observations += table.Panel.Reports[i].Observations
		report.Gaps += table.Panel.Reports[i].Gaps
		report.Outliers += len(outliers)
	}
	report.Warnings = panelWarnings(report)
	return report
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
