package lake

import (
	"context"
	"fmt"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// PanelTable is a panel with what is known of its days. Its file, a [PanelFile],
// has a row per series and date, without holes: the series columns, ds, value,
// outlier, special.
type PanelTable struct {
	Panel series.Panel
	// Outliers[i][k] flags the value k of series i as unlike its neighbours. It
	// looks at both sides of the date: nothing that is estimated for an origin in
	// the past may use it.
	Outliers [][]bool
	// Special are the classes of the special days in the panel's range.
	Special map[calendar.Date]string
}

// groupRows is from how many rows on a row group of a panel ends, at the end of a
// series.
const groupRows = 1 << 18

// WritePanel writes a panel to a Parquet file.
func (db *DB) WritePanel(ctx context.Context, path string, table PanelTable) error {
	out := db.NewParquetWriter(path, OrderedBySeries())
	defer out.Discard()
	rows := newPanelRows(table.Panel.Columns)
	for i, one := range table.Panel.Series {
		parts := one.Key.Parts()
		if len(parts) != len(rows.keys) {
			return fmt.Errorf("write %s: series %s has %d parts, not %d", path, one.Key, len(parts), len(rows.keys))
		}
		rows.values = append(rows.values, one.Values...)
		rows.outliers = append(rows.outliers, table.Outliers[i]...)
		for day := one.Start; day <= one.End(); day++ {
			rows.dates = append(rows.dates, day)
			rows.special = append(rows.special, table.Special[day])
			for k, part := range parts {
				rows.keys[k] = append(rows.keys[k], part)
			}
		}
		if len(rows.values) >= groupRows {
			if err := out.Append(ctx, rows.frame()); err != nil {
				return err
			}
			rows = newPanelRows(table.Panel.Columns)
		}
	}
	if err := out.Append(ctx, rows.frame()); err != nil {
		return err
	}
	return out.Close(ctx, newPanelRows(table.Panel.Columns).frame())
}

// panelRows are rows of a panel, column by column.
type panelRows struct {
	columns  []string
	keys     [][]string // by series column
	dates    []calendar.Date
	values   []float64
	outliers []bool
	special  []string
}

func newPanelRows(columns []string) *panelRows {
	return &panelRows{columns: columns, keys: make([][]string, len(columns))}
}

func (r *panelRows) frame() *Frame {
	frame := &Frame{}
	for k, name := range r.columns {
		frame.Strings(name, r.keys[k])
	}
	frame.Dates(DateColumn, r.dates)
	frame.Floats(ValueColumn, r.values)
	frame.Bools(OutlierColumn, r.outliers)
	frame.Strings(SpecialColumn, r.special)
	return frame
}

// KeyColumn returns the series of each row of a frame, from its series columns.
// Rows of one series that follow each other share the key's memory.
func KeyColumn(frame *Frame, columns []string) ([]series.Key, error) {
	texts := make([][]string, len(columns))
	for k, name := range columns {
		var err error
		if texts[k], err = Column[[]string](frame, name); err != nil {
			return nil, err
		}
	}
	keys := make([]series.Key, frame.Rows())
	parts := make([]string, len(columns))
	for i := range keys {
		same := i > 0
		for k := range texts {
			same = same && texts[k][i] == texts[k][i-1]
			parts[k] = texts[k][i]
		}
		if same {
			keys[i] = keys[i-1]
			continue
		}
		keys[i] = series.MakeKey(parts...)
	}
	return keys, nil
}
