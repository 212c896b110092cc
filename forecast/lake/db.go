package lake

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
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
	// Keep is how many bytes of text the CSV files of a source may have for their
	// rows to be kept for the next Extract that reads them, until one of the files
	// changes; 0: none are. Then Extracts come one after the other.
	Keep int64
	// Dates is how CSV files write dates, for Describe, Profile and AmbiguousDate;
	// empty: each file is judged by itself. Extract has the project's own.
	Dates calendar.Pattern
}

// DB is DuckDB in memory. It is safe for concurrent use. DuckDB starts with the
// first call that needs it.
type DB struct {
	options Options

	mu     sync.Mutex
	sql    *sql.DB // nil until needed
	closed bool
	kept   map[string]loaded // by how the source is read
	schema bool              // that of loaded sources was made
	// settled are the files in which no date can be read in two ways.
	settled map[judged]fileState

	single sync.Mutex // held while DuckDB is told to use one thread
	tables atomic.Int64
}

// errClosed says that a DB is used after Close.
var errClosed = errors.New("the lake is closed")

// Open returns a DB. The caller closes it.
func Open(ctx context.Context, options Options) (*DB, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open lake: %w", err)
	}
	if options.Threads < 0 {
		return nil, fmt.Errorf("open lake: %w: %d threads", forecast.ErrInvalid, options.Threads)
	}
	return &DB{options: options}, nil
}

// Close ends DuckDB and frees its memory. Closing again does nothing.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.closed = true
	if db.sql == nil {
		return nil
	}
	opened := db.sql
	db.sql = nil
	if err := opened.Close(); err != nil {
		return fmt.Errorf("close lake: %w", err)
	}
	return nil
}

// connect returns a connection of the DB, starting DuckDB if this is the first.
func (db *DB) connect(ctx context.Context) (*sql.Conn, error) {
	opened, err := db.start()
	if err != nil {
		return nil, err
	}
	conn, err := opened.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to DuckDB: %w", err)
	}
	return conn, nil
}

func (db *DB) start() (*sql.DB, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return nil, errClosed
	}
	if db.sql == nil {
		opened, err := db.options.open()
		if err != nil {
			return nil, err
		}
		db.sql = opened
	}
	return db.sql, nil
}

// open starts an instance of DuckDB that loads nothing and knows no secrets.
func (o Options) open() (*sql.DB, error) {
	settings := url.Values{
		"autoinstall_known_extensions": {"false"},
		"autoload_known_extensions":    {"false"},
		"allow_community_extensions":   {"false"},
		"allow_persistent_secrets":     {"false"},
		"temp_directory":               {o.TempDir},
	}
	if o.Keep > 0 {
		// A DuckDB that lives on must not answer from what it remembers of a file.
		settings.Set("enable_external_file_cache", "false")
	}
	if o.Threads > 0 {
		settings.Set("threads", strconv.Itoa(o.Threads))
	}
	if o.MemoryLimit != "" {
		settings.Set("memory_limit", o.MemoryLimit)
	}
	if o.TempDir != "" {
		if err := os.MkdirAll(o.TempDir, 0o750); err != nil {
			return nil, infrastructure("make directory for temporary files", o.TempDir, err)
		}
	}
	connector, err := duckdb.NewConnector("?"+settings.Encode(), func(conn driver.ExecerContext) error {
		// The machine's zone must not decide what date a timestamp has.
		_, err := conn.ExecContext(context.Background(), "SET TimeZone = 'UTC'", nil)
		return err //nolint:wrapcheck // connect wraps it
	})
	if err != nil {
		return nil, fmt.Errorf("start DuckDB: %w", err)
	}
	return sql.OpenDB(connector), nil
}

// quoteName quotes an identifier.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// quoteText quotes a string literal. It is for places that take no parameter:
// options of COPY and the definition of views.
func quoteText(text string) string { return `'` + strings.ReplaceAll(text, `'`, `''`) + `'` }
