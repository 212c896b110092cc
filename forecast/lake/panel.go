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
// series, and how many rows a group of extracted rows has.
const groupRows = 1 << 18

// WritePanel writes a panel to a Parquet file.
func (db *DB) WritePanel(ctx context.Context, path string, table PanelTable) error {
	out := db.NewPanelWriter(path, table.Panel.Columns, func(series.Key) func(calendar.Date) string {
		return func(day calendar.Date) string { return table.Special[day] }
	})
	defer out.Discard()
	for i, one := range table.Panel.Series {
		if err := out.Append(ctx, one, table.Outliers[i]); err != nil {
			return err
		}
	}
	return out.Close(ctx)
}

// PanelWriter writes a panel series by series, and holds a row group of it. The file
// has its name once Close has returned; the caller ends with Close or Discard.
type PanelWriter struct {
	out     *ParquetWriter
	path    string
	special func(series.Key) func(calendar.Date) string
	rows    *panelRows
}

// NewPanelWriter begins the file of a panel whose keys have the given columns. special
// returns for a series the class of a day, empty for an ordinary one.
func (db *DB) NewPanelWriter(path string, columns []string, special func(series.Key) func(calendar.Date) string) *PanelWriter {
	return &PanelWriter{out: db.NewParquetWriter(path, OrderedBySeries()), path: path, special: special, rows: newPanelRows(columns)}
}

// Append writes a series and the flags of its outliers.
func (w *PanelWriter) Append(ctx context.Context, s series.Series, outliers []bool) error {
	parts := s.Key.Parts()
	if len(parts) != len(w.rows.keys) {
		return fmt.Errorf("write %s: series %s has %d parts, not %d", w.path, s.Key, len(parts), len(w.rows.keys))
	}
	w.rows.values = append(w.rows.values, s.Values...)
	w.rows.outliers = append(w.rows.outliers, outliers...)
	class := w.special(s.Key)
	for day := s.Start; day <= s.End(); day++ {
		w.rows.dates = append(w.rows.dates, day)
		w.rows.special = append(w.rows.special, class(day))
		for k, part := range parts {
			w.rows.keys[k] = append(w.rows.keys[k], part)
		}
	}
	if len(w.rows.values) < groupRows {
		return nil
	}
	return w.flush(ctx)
}

func (w *PanelWriter) flush(ctx context.Context) error {
	rows := w.rows
	w.rows = newPanelRows(rows.columns)
	return w.out.Append(ctx, rows.frame())
}

// Close writes the end of the file and gives it its name.
func (w *PanelWriter) Close(ctx context.Context) error {
	if err := w.flush(ctx); err != nil {
		return err
	}
	return w.out.Close(ctx, w.rows.frame())
}

// Discard ends a file that is not to be. After Close it does nothing.
func (w *PanelWriter) Discard() { w.out.Discard() }

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
