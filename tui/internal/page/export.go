package page

import (
	"fmt"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Lister is a page with a list whose rows can be written to a file.
type Lister interface {
	// Rows returns the rows that are shown: filtered and in their order, but all
	// of them and not cut. Their values are read while the page goes on.
	Rows() effects.Rows
}

// Exporter is a page that writes what it shows to a file itself. Without a name it
// chooses one.
type Exporter interface{ Export(name string) tea.Cmd }

// Stored is a page about a partition: Stored returns which generation of it is looked
// at. It is false if there is none.
type Stored interface {
	Stored() (query forecast.ExportQuery, ok bool)
}

// Export writes what the page on top shows to a file; an empty name is chosen by
// the page.
type Export struct{ File string }

// Written says where rows or lines were written.
func Written(done effects.Exported, unit string) tea.Cmd {
	if done.Lines == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	text := fmt.Sprintf("%s %s written to %s", draw.Count(done.Lines), unit, done.Path)
	if filepath.Base(done.Path) != done.Name {
		text += ", as there is a " + done.Name
	}
	return Say(theme.Good, text)
}

// Measured returns the values of measures, nil for those that there are not.
func Measured(measures forecast.Measures, names []string) []any {
	values := make([]any, len(names))
	for i, name := range names {
		if value, ok := measures[name]; ok {
			values[i] = value
		}
	}
	return values
}

// PlanRows returns rows of a plan, with the fields of `daybatch backfill show -o csv`.
func PlanRows(plan forecast.Plan, rows []forecast.PlanRow) effects.Rows {
	name := "plan"
	if plan.State != forecast.PlanDraft {
		name += "-" + string(plan.ID)
	}
	return effects.Rows{
		Name: name, Len: len(rows),
		Fields: []string{"date", "action", "start_step", "state", "execution", "reason", "outcome"},
		At: func(i int) []any {
			row := rows[i]
			return []any{row.Date, row.Action, row.StartStep, row.State, row.Execution, row.Reason, row.Outcome}
		},
	}
}

// ForecastFields are the columns of forecasts, as the target table has them.
func ForecastFields(columns []string, levels []int) []string {
	fields := append([]string{}, columns...)
	fields = append(fields, "ds", "yhat")
	for _, level := range levels {
		fields = append(fields, fmt.Sprintf("lo%d", level), fmt.Sprintf("hi%d", level))
	}
	return fields
}

// ForecastValues returns the values of a point for [ForecastFields].
func ForecastValues(columns []string, f forecast.SeriesForecast, point forecast.Point) []any {
	values := SeriesValues(columns, f.Series.Parts())
	values = append(values, point.Date, point.Mean)
	for i := range f.Levels {
		values = append(values, point.Lower[i], point.Upper[i])
	}
	return values
}

// SeriesValues returns the values of the series columns.
func SeriesValues(columns, parts []string) []any {
	values := make([]any, len(columns))
	for i := range columns {
		if i < len(parts) {
			values[i] = parts[i]
		}
	}
	return values
}
