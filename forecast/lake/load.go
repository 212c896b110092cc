package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
)

// mostText is how many bytes of text the CSV files of a source may have to be
// loaded into a table. A larger source is read by the query itself, which needs
// no room for all of it at once.
const mostText = 256 << 20

// squeezed is how many bytes of text a byte of a compressed file is taken for.
const squeezed = 8

// loadedSchema is where the tables of loaded sources are, so that no name in a
// project's query means one by chance.
const loadedSchema = "daybatch_loaded"

// loaded is the table of a source's rows.
type loaded struct {
	table string
	files []fileState // when it was loaded
}

// fileState is how a file looks from outside: while it is the same, so is what
// is in it. The mark is what the system notes of a change by itself.
type fileState struct {
	size, modified, mark int64
}

// look returns the states of files, and whether all of them are there.
func look(files []string) ([]fileState, bool) {
	states := make([]fileState, len(files))
	for i, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return nil, false
		}
		states[i] = fileState{size: info.Size(), modified: info.ModTime().UnixNano(), mark: markOf(info)}
	}
	return states, true
}

// textSize returns about how many bytes of text files hold.
func textSize(files []string, states []fileState) int64 {
	var total int64
	for i, file := range files {
		size := states[i].size
		if isCompressed(file) {
			size *= squeezed
		}
		total += size
	}
	return total
}

// provide makes a view for each of the sources. One over CSV files is loaded
// first: DuckDB reads all rows of such files to find the types of their columns,
// each time that a statement names them. A table that was kept serves again as
// long as no file of its source has changed.
func (db *DB) provide(ctx context.Context, conn *sql.Conn, sources []source) error {
	for i := range sources {
		s := &sources[i]
		if err := db.loadSource(ctx, conn, s); err != nil {
			return err
		}
		if s.table == "" {
			if err := createView(ctx, conn, *s); err != nil {
				return err
			}
			continue
		}
		if _, err := conn.ExecContext(ctx, "CREATE OR REPLACE TEMP VIEW "+quoteName(s.view)+" AS FROM "+s.table); err != nil {
			return fmt.Errorf("make view %s: %w", s.view, err)
		}
	}
	return nil
}

// loadSource sets the source's table, if it is to have one. A source that can't
// be loaded is left to the query, which may read less of it, or tells what is
// wrong.
func (db *DB) loadSource(ctx context.Context, conn *sql.Conn, s *source) error {
	before, ok := look(s.files)
	if s.format != formatCSV || !ok {
		return nil
	}
	key := s.reader()
	if kept, found := db.take(key); found {
		if slices.Equal(kept.files, before) {
			s.table = kept.table
			db.keep(key, kept)
			return nil
		}
		if err := dropTable(ctx, conn, kept.table); err != nil {
			return err
		}
	}
	text := textSize(s.files, before)
	if text > mostText {
		return nil
	}
	if err := db.makeSchema(ctx, conn); err != nil {
		return fmt.Errorf("make room for the rows of %s: %w", s.view, err)
	}
	table := loadedSchema + ".t" + strconv.FormatInt(db.tables.Add(1), 10)
	if s.create(ctx, conn, "CREATE TABLE "+table) != nil {
		return nil //nolint:nilerr // the query tells
	}
	s.table, s.dropped = table, true
	if after, ok := look(s.files); ok && slices.Equal(before, after) && text <= db.options.Keep {
		s.dropped = false
		db.keep(key, loaded{table: table, files: before})
	}
	return nil
}

// makeSchema makes the schema of loaded sources once: of two transactions that make it
// at the same time one would fail, IF NOT EXISTS or not.
func (db *DB) makeSchema(ctx context.Context, conn *sql.Conn) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.schema {
		return nil
	}
	if _, err := conn.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+loadedSchema); err != nil {
		return err //nolint:wrapcheck // the caller says what for
	}
	db.schema = true
	return nil
}

func dropTable(ctx context.Context, conn *sql.Conn, table string) error {
	if _, err := conn.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS "+table); err != nil {
		return fmt.Errorf("drop what was loaded: %w", err)
	}
	return nil
}

// take takes the table of a source out of those that are kept, and keep puts one
// there.
func (db *DB) take(key string) (loaded, bool) {
	db.mu.Lock()
	defer db.mu.Unlock()
	kept, ok := db.kept[key]
	delete(db.kept, key)
	return kept, ok
}

func (db *DB) keep(key string, kept loaded) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.kept == nil {
		db.kept = make(map[string]loaded)
	}
	db.kept[key] = kept
}

// dropLoaded drops the tables of sources that are not kept.
func dropLoaded(ctx context.Context, conn *sql.Conn, sources []source) error {
	var failed error
	for _, s := range sources {
		if s.dropped {
			failed = errors.Join(failed, dropTable(ctx, conn, s.table))
		}
	}
	return failed
}

// inOrder runs work with a single thread: what a query sums up or takes first
// then depends on the order of the rows alone, not on how many threads there are
// and which of them was faster.
func (db *DB) inOrder(ctx context.Context, conn *sql.Conn, work func() error) error {
	db.single.Lock()
	defer db.single.Unlock()
	if _, err := conn.ExecContext(ctx, "SET threads = 1"); err != nil {
		return fmt.Errorf("use one thread: %w", err)
	}
	again := "RESET threads"
	if db.options.Threads > 0 {
		again = "SET threads = " + strconv.Itoa(db.options.Threads)
	}
	err := work()
	if _, failed := conn.ExecContext(context.WithoutCancel(ctx), again); failed != nil {
		return errors.Join(err, fmt.Errorf("use all threads again: %w", failed))
	}
	return err
}
