package lake

import (
	"fmt"
	"slices"
)

// Columns of the tables between the steps and of the target table, beside the
// series columns.
const (
	DateColumn       = "ds"            // DATE
	ValueColumn      = "value"         // DOUBLE, of rows and panels
	OutlierColumn    = "outlier"       // BOOLEAN, of panels
	SpecialColumn    = "special"       // VARCHAR, of panels: class of a special day, empty if it is none
	MeanColumn       = "yhat"          // DOUBLE, of forecasts, like the columns below
	HorizonColumn    = "horizon"       // BIGINT, days ahead, from 1
	ModelColumn      = "model"         // VARCHAR
	MadeForColumn    = "made_for"      // DATE, the date of the run; of a fallback the one whose forecast it is
	KindColumn       = "forecast_kind" // VARCHAR, own or fallback; NULL in partitions of older versions
	AgeColumn        = "forecast_age"  // BIGINT, days from made_for to dt: 0, but for a fallback
	GenerationColumn = "generation"    // VARCHAR
	PartitionColumn  = "dt"            // DATE, from the directory's name
)

// Layout says which columns a pipeline's target table has.
type Layout struct {
	Series []string
	Levels []int // in percent, ascending
}

// LowerColumn and UpperColumn return the names of the bounds of a level.
func LowerColumn(level int) string { return fmt.Sprintf("lo%d", level) }

// UpperColumn returns the name of the upper bound of a level.
func UpperColumn(level int) string { return fmt.Sprintf("hi%d", level) }

// Forecast returns the names of the columns that a forecast has before it is a
// partition.
func (l Layout) Forecast() []string {
	columns := l.Columns()
	return columns[:slices.Index(columns, MadeForColumn)]
}

// Columns returns the names of the table's columns in order.
func (l Layout) Columns() []string {
	columns := append(slices.Clone(l.Series), DateColumn, MeanColumn)
	for _, level := range l.Levels {
		columns = append(columns, LowerColumn(level), UpperColumn(level))
	}
	return append(columns, HorizonColumn, ModelColumn, MadeForColumn, KindColumn, AgeColumn, GenerationColumn)
}
