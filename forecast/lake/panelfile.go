package lake

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// PanelFile is the panel of a file, of which only a part is in memory at a time.
type PanelFile struct {
	// Range goes from the first date of the file to the last.
	Range calendar.Range
	// Special are the classes of the special days in the range.
	Special map[calendar.Date]string

	db      *DB
	path    string
	columns []string
}

// OpenPanel looks at a panel as WritePanel writes it: the columns of a key, ds
// and value, and special where the file has it. It reads no values.
func (db *DB) OpenPanel(ctx context.Context, path string, columns []string) (*PanelFile, error) {
	p := &PanelFile{db: db, path: path, columns: columns, Special: make(map[calendar.Date]string)}
	if err := p.look(ctx); err != nil {
		return nil, infrastructure("read panel", path, err)
	}
	return p, nil
}

func (p *PanelFile) look(ctx context.Context) error {
	if _, err := ReadFooter(p.path); err != nil {
		return err
	}
	conn, err := p.db.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	there, err := describe(ctx, conn, "SELECT * FROM "+window{}.source(p.path))
	if err != nil {
		return err
	}
	if err := lacking(there, append(slices.Clone(p.columns), DateColumn, ValueColumn)); err != nil {
		return err
	}
	if p.Range, err = p.dates(ctx, conn); err != nil {
		return err
	}
	// A project's own PreProc may leave this out.
	if !slices.ContainsFunc(there, func(c FileColumn) bool { return c.Name == SpecialColumn && c.Type == "VARCHAR" }) {
		return nil
	}
	return p.special(ctx, conn)
}

// dayNumber is a date column as the number of its days since 1970.
const dayNumber = "CAST(" + DateColumn + " - DATE '1970-01-01' AS BIGINT)"

func (p *PanelFile) dates(ctx context.Context, conn *sql.Conn) (calendar.Range, error) {
	var from, to sql.NullInt64
	row := conn.QueryRowContext(ctx, "SELECT min("+dayNumber+"), max("+dayNumber+") FROM "+window{}.source(p.path)) //nolint:gosec // the path is quoted
	if err := row.Scan(&from, &to); err != nil {
		return calendar.Range{}, err //nolint:wrapcheck // OpenPanel names the file
	}
	if !from.Valid {
		return calendar.Range{From: 1}, nil // empty
	}
	return calendar.Range{From: epoch() + calendar.Date(from.Int64), To: epoch() + calendar.Date(to.Int64)}, nil
}

// special reads the classes of the days. Where rows differ, the last one counts.
func (p *PanelFile) special(ctx context.Context, conn *sql.Conn) error {
	query := "SELECT " + dayNumber + ", arg_max(" + SpecialColumn + ", file_row_number) FROM " + numberedRows(p.path) + //nolint:gosec // the path is quoted
		" WHERE " + SpecialColumn + " <> '' GROUP BY 1"
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return err //nolint:wrapcheck // OpenPanel names the file
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var day int64
		var class string
		if err := rows.Scan(&day, &class); err != nil {
			return err //nolint:wrapcheck // as above
		}
		p.Special[epoch()+calendar.Date(day)] = class
	}
	return rows.Err() //nolint:wrapcheck // as above
}

// Shards yields the panel part by part: whole series, in the order of the file,
// until they have as many rows. The values of a part are not kept. Rows must come
// by series and date without holes; another row wraps series.ErrInvalid.
func (p *PanelFile) Shards(ctx context.Context, rows int) iter.Seq2[[]series.Series, error] {
	return func(yield func([]series.Series, error) bool) {
		c := cutter{columns: p.columns, seen: make(map[series.Key]bool)}
		for frame, err := range p.db.Windows(ctx, p.path, rows, append(slices.Clone(p.columns), DateColumn, ValueColumn)...) {
			if err == nil {
				err = c.add(frame)
			}
			if err != nil {
				yield(nil, fmt.Errorf("read panel %s: %w", p.path, err))
				return
			}
			if shard := c.take(); len(shard) > 0 && !yield(shard, nil) {
				return
			}
		}
		if c.open != nil {
			yield([]series.Series{*c.open}, nil)
		}
	}
}

// cutter cuts rows into series.
type cutter struct {
	columns []string
	seen    map[series.Key]bool
	whole   []series.Series
	open    *series.Series // may go on in the next rows
}

func (c *cutter) add(frame *Frame) error {
	keys, err := KeyColumn(frame, c.columns)
	if err != nil {
		return err
	}
	dates, err := Column[[]calendar.Date](frame, DateColumn)
	if err != nil {
		return err
	}
	values, err := Column[[]float64](frame, ValueColumn)
	if err != nil {
		return err
	}
	for from := 0; from < len(keys); {
		to := from + 1
		for to < len(keys) && keys[to] == keys[from] {
			to++
		}
		if err := c.run(keys[from], dates[from:to], values[from:to:to]); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// run adds the rows of one series that follow each other.
func (c *cutter) run(key series.Key, dates []calendar.Date, values []float64) error {
	before := dates[0] - 1
	if c.open != nil && c.open.Key == key {
		before = c.open.End()
	} else if err := c.begin(key, dates[0]); err != nil {
		return err
	}
	for i, day := range dates {
		if day != before+1 {
			return fmt.Errorf("%w: series %s has %s after %s: a row per date, in order", series.ErrInvalid, key, day, before)
		}
		if math.IsInf(values[i], 0) {
			return fmt.Errorf("%w: series %s, %s: value %v is not finite", series.ErrInvalid, key, day, values[i])
		}
		before = day
	}
	if len(c.open.Values) == 0 {
		c.open.Values = values
		return nil
	}
	c.open.Values = append(c.open.Values, values...)
	return nil
}

// begin ends the open series and begins another.
func (c *cutter) begin(key series.Key, start calendar.Date) error {
	if c.seen[key] {
		return fmt.Errorf("%w: series %s is in two places: rows must be ordered by series", series.ErrInvalid, key)
	}
	c.seen[key] = true
	if c.open != nil {
		c.whole = append(c.whole, *c.open)
	}
	c.open = &series.Series{Key: key, Start: start}
	return nil
}

// take returns the series that are whole.
func (c *cutter) take() []series.Series {
	whole := c.whole
	c.whole = nil
	return whole
}
