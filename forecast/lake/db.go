package lake

import (
	"context"
	"database/sql"
	"errors"
)

// Options say what a DB may use of the machine.
type Options struct {
	// TempDir is where DuckDB spills what does not fit in memory; it is made
	// when needed. Empty: nothing spills.
	TempDir string
	// Threads is the number of threads of DuckDB; 0: one per processor.
	Threads int
	// MemoryLimit bounds DuckDB's memory, for example "2GB"; empty: 80 % of the
	// machine's.
	MemoryLimit string
}

// DB is DuckDB in memory. It is safe for concurrent use. DuckDB starts with the
// first call that needs it.
type DB struct {
	options Options
	sql     *sql.DB
}

var errNotBuilt = errors.New("not built yet")

// Open returns a DB. The caller closes it.
func Open(ctx context.Context, options Options) (*DB, error) { return &DB{options: options}, nil }

// Close ends DuckDB and frees its memory.
func (db *DB) Close() error { return nil }
