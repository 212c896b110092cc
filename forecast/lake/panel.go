package lake

import (
	"context"
	"fmt"
	"math"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// PanelTable is a panel with what is known of its days. Its file has a row per
// series and date, without holes: the series columns, ds, value, outlier,
// special.
type PanelTable struct {
	Panel series.Panel // without Reports when it comes from a file
	// Outliers[i][k] flags the value k of series i as unlike its neighbours. It
	// looks at both sides of the date: nothing that is estimated for an origin in
	// the past may use it.
	Outliers [][]bool
	// Special are the classes of the special days in the panel's range.
	Special map[calendar.Date]string
}

// WritePanel writes a panel to a Parquet file.
func (db *DB) WritePanel(ctx context.Context, path string, table PanelTable) error {
	total := 0
	for _, one := range table.Panel.Series {
		total += len(one.Values)
	}
	keys := make([][]string, len(table.Panel.Columns))
	for k := range keys {
		keys[k] = make([]string, 0, total)
	}
	dates := make([]calendar.Date, 0, total)
	values := make([]float64, 0, total)
	outliers := make([]bool, 0, total)
	special := make([]string, 0, total)
	for i, one := range table.Panel.Series {
		parts := one.Key.Parts()
		if len(parts) != len(keys) {
			return fmt.Errorf("write %s: series %s has %d parts, not %d", path, one.Key, len(parts), len(keys))
		}
		values = append(values, one.Values...)
		outliers = append(outliers, table.Outliers[i]...)
		for day := one.Start; day <= one.End(); day++ {
			dates = append(dates, day)
			special = append(special, table.Special[day])
			for k, part := range parts {
				keys[k] = append(keys[k], part)
			}
		}
	}
	frame := &Frame{}
	for k, name := range table.Panel.Columns {
		frame.Strings(name, keys[k])
	}
	frame.Dates(DateColumn, dates)
	frame.Floats(ValueColumn, values)
	frame.Bools(OutlierColumn, outliers)
	frame.Strings(SpecialColumn, special)
	return db.WriteParquet(ctx, path, frame, ParquetOptions{})
}

// ReadPanel reads a panel from a Parquet file: the columns of a key, ds and
// value, and outlier and special where the file has them. Rows must come by
// series and date without holes, as WritePanel writes them; another row wraps
// series.ErrInvalid.
func (db *DB) ReadPanel(ctx context.Context, path string, columns []string) (PanelTable, error) {
	frame, err := db.ReadParquet(ctx, path)
	if err != nil {
		return PanelTable{}, err
	}
	table, err := panelOf(frame, columns)
	if err != nil {
		return PanelTable{}, fmt.Errorf("read panel %s: %w", path, err)
	}
	return table, nil
}

func panelOf(frame *Frame, columns []string) (PanelTable, error) {
	keys, err := KeyColumn(frame, columns)
	if err != nil {
		return PanelTable{}, err
	}
	dates, err := Column[[]calendar.Date](frame, DateColumn)
	if err != nil {
		return PanelTable{}, err
	}
	values, err := Column[[]float64](frame, ValueColumn)
	if err != nil {
		return PanelTable{}, err
	}
	// A project's own PreProc may leave these out.
	outliers, err := Column[[]bool](frame, OutlierColumn)
	if err != nil {
		outliers = make([]bool, len(dates))
	}
	special, err := Column[[]string](frame, SpecialColumn)
	if err != nil {
		special = make([]string, len(dates))
	}
	table := PanelTable{Panel: series.Panel{Columns: columns}, Special: make(map[calendar.Date]string)}
	seen := make(map[series.Key]bool)
	for from := 0; from < len(dates); {
		to := from + 1
		for to < len(dates) && keys[to] == keys[from] {
			if dates[to] != dates[to-1]+1 {
				return PanelTable{}, fmt.Errorf("%w: series %s has %s after %s: a row per date, in order", series.ErrInvalid, keys[to], dates[to], dates[to-1])
			}
			to++
		}
		if seen[keys[from]] {
			return PanelTable{}, fmt.Errorf("%w: series %s is in two places: rows must be ordered by series", series.ErrInvalid, keys[from])
		}
		seen[keys[from]] = true
		table.Panel.Series = append(table.Panel.Series, series.Series{Key: keys[from], Start: dates[from], Values: values[from:to:to]})
		table.Outliers = append(table.Outliers, outliers[from:to:to])
		from = to
	}
	table.Panel.Range = rangeOf(dates)
	for i, class := range special {
		if class != "" {
			table.Special[dates[i]] = class
		}
	}
	return table, checkValues(table.Panel)
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

func rangeOf(dates []calendar.Date) calendar.Range {
	if len(dates) == 0 {
		return calendar.Range{From: 1}
	}
	r := calendar.Range{From: dates[0], To: dates[0]}
	for _, day := range dates {
		r.From, r.To = min(r.From, day), max(r.To, day)
	}
	return r
}

func checkValues(panel series.Panel) error {
	for _, one := range panel.Series {
		for i, value := range one.Values {
			if math.IsInf(value, 0) {
				return fmt.Errorf("%w: series %s, %s: value %v is not finite", series.ErrInvalid, one.Key, one.Start+calendar.Date(i), value)
			}
		}
	}
	return nil
}
