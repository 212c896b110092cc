// Package store keeps the state of the local engine in SQLite: attempts, steps,
// leases, generations, plans and events of every pipeline of a directory.
//
// # Rules
//
// A change of state is one UPDATE that names the old state and, for writes of
// whoever runs an attempt, the fence of its lease; if no row matches, nothing
// changes and the caller learns why. Its event is written in the same
// transaction. Write transactions are immediate: they hold SQLite's write lock
// from their first statement on, so what they read cannot change under them.
//
// # Published files
//
// The published file of a date and the row in table current change together,
// inside one write transaction, the file first. A crash between the rename and
// the commit leaves a file that leads the records; each transaction that takes
// a lease, publishes or stops a date first writes the records that are missing
// ([Store.mend]).
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // driver "sqlite"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// defaultLockWait is how long a write waits for another process's lock if the
// options say nothing.
const defaultLockWait = 10 * time.Second

// Options open a store.
type Options struct {
	Path     string // of the database file
	Pipeline string // whose rows are read and written
	Table    string // target table of the pipeline
	ReadOnly bool
	Now      func() time.Time
	// LockWait is how long a write waits for the lock of another process before it
	// is ErrBusy; 0: ten seconds.
	LockWait time.Duration
	// Published returns the generation that the published file of a date is,
	// empty if there is no file; recorded is what it should be. It is called
	// inside write transactions. Nil: files are not looked at.
	Published func(ctx context.Context, date calendar.Date, recorded string) (string, error)
	// Changed is called after each commit; nil: nobody is.
	Changed func()
	// Fault is called before each commit, whose error makes the commit fail, and
	// after it; nil: nothing is.
	Fault func(op string) error
	// Wants says whether notices of a kind are told to anybody; nil: none are.
	Wants func(kind alert.Kind) bool
}

// Store is the state of one pipeline. It is safe for concurrent use, also by
// several processes.
type Store struct {
	Options

	// Frozen says why a read-only store shows what was there when it was opened, for
	// people; empty if it follows what others change.
	Frozen string

	write *sql.DB // one connection: writers of a process queue here, not at the file lock
	read  *sql.DB

	latestMu  sync.Mutex
	askLatest *sql.Stmt // guarded by latestMu; nil until somebody asked
}

// Open opens or makes the database and brings it to the newest version. A
// read-only store of a database that is not there is empty.
func Open(ctx context.Context, options Options) (*Store, error) {
	s := &Store{Options: options}
	if s.LockWait <= 0 {
		s.LockWait = defaultLockWait
	}
	if options.ReadOnly {
		return s, s.openReadOnly(ctx)
	}
	var err error
	if s.write, err = sql.Open("sqlite", s.dsn("rwc", "_txlock=immediate")); err != nil {
		return nil, s.fail("open state", err)
	}
	s.write.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		_ = s.write.Close()
		return nil, s.fail("open state", err)
	}
	if s.read, err = sql.Open("sqlite", s.dsn("rw", "_pragma=query_only(1)")); err != nil {
		_ = s.write.Close()
		return nil, s.fail("open state", err)
	}
	return s, nil
}

// openReadOnly opens the file without a change to it. SQLite needs to write its
// shared-memory file even to read a database in WAL mode; where the directory
// forbids that, or the disk has no room for it, and nobody has left a log, the
// file is read as it is. Nobody else has it open then: they would have both.
func (s *Store) openReadOnly(ctx context.Context) error {
	if _, err := os.Stat(s.Path); errors.Is(err, os.ErrNotExist) {
		return s.openEmpty(ctx)
	}
	for _, option := range []string{"_pragma=query_only(1)", "immutable=1"} {
		var err error
		if s.read, err = sql.Open("sqlite", s.dsn("ro", option)); err != nil {
			return s.fail("open state", err)
		}
		err = s.checkVersion(ctx)
		if err == nil {
			return nil
		}
		_ = s.read.Close()
		if wal, statErr := os.Stat(s.Path + "-wal"); !cannotOpen(err) && !noRoom(err) || statErr == nil && wal.Size() > 0 {
			return s.fail("open state", err)
		}
		if noRoom(err) {
			s.Frozen = "the disk of " + s.Path + " is full: this is what was recorded until now, and what others change meanwhile is not seen"
		}
	}
	return s.fail("open state", errors.New("directory and file can't be read"))
}

func (s *Store) openEmpty(ctx context.Context) error {
	var err error
	if s.write, err = sql.Open("sqlite", "file::memory:?_txlock=immediate"); err != nil {
		return s.fail("open state", err)
	}
	s.write.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		_ = s.write.Close()
		return s.fail("open state", err)
	}
	s.read = s.write
	return nil
}

func (s *Store) dsn(mode string, options ...string) string {
	// The pragmas are part of the name because the pool opens connections at
	// any time. FULL syncs the log at each commit: state is durable before it
	// is shown.
	query := fmt.Sprintf("mode=%s&_pragma=busy_timeout(%d)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)&_pragma=cache_size(-16384)",
		mode, s.LockWait.Milliseconds())
	if mode == "rwc" {
		query += "&_pragma=journal_mode(WAL)"
	}
	query = strings.Join(append([]string{query}, options...), "&")
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(s.Path)}).EscapedPath(), RawQuery: query}).String()
}

// Close closes the database.
func (s *Store) Close() error {
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil && s.write != s.read {
		errs = append(errs, s.write.Close())
	}
	return errors.Join(errs...)
}

// update runs change in a write transaction and names the action in errors.
func (s *Store) update(ctx context.Context, action string, change func(tx *sql.Tx) error) error {
	if s.ReadOnly {
		return fmt.Errorf("%s: %w", action, forecast.ErrReadOnly)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.fail(action, err)
	}
	defer tx.Rollback()
	if err := change(tx); err != nil {
		return s.fail(action, err)
	}
	if err := s.fault("commit: " + action); err != nil {
		return s.fail(action, err)
	}
	if err := tx.Commit(); err != nil {
		return s.fail(action, err)
	}
	_ = s.fault("committed: " + action)
	if s.Changed != nil {
		s.Changed()
	}
	return nil
}

func (s *Store) fault(op string) error {
	if s.Fault == nil {
		return nil
	}
	return s.Fault(op)
}

// view runs queries in one read transaction: they see one state.
func (s *Store) view(ctx context.Context, action string, look func(tx *sql.Tx) error) error {
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return s.fail(action, err)
	}
	defer tx.Rollback()
	if err := look(tx); err != nil {
		return s.fail(action, err)
	}
	return nil
}

// exec runs a statement and returns how many rows it changed.
func exec(ctx context.Context, tx *sql.Tx, statement string, args ...any) (int64, error) {
	result, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// each runs a query and calls scan for every row.
func each(ctx context.Context, tx *sql.Tx, scan func(rows *sql.Rows) error, query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// micros is the stored form of an instant: microseconds, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func instant(m int64) time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMicro(m).UTC()
}
