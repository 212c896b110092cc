package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"path"
	"time"

	lib "modernc.org/sqlite/lib"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the database to the newest version, one transaction for each
// step, so that a crash leaves a whole version. Several processes may do it at
// once: each step looks at the version under the write lock.
func (s *Store) migrate(ctx context.Context) error {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	for i, file := range files {
		text, err := migrations.ReadFile(path.Join("migrations", file.Name()))
		if err != nil {
			return err
		}
		if err := s.step(ctx, i+1, string(text)); err != nil {
			return fmt.Errorf("migrate to version %d: %w", i+1, err)
		}
	}
	return s.versionIs(ctx, s.write, len(files))
}

// ready makes the first connection. Two processes that turn a new file to WAL
// mode at once can be refused without the busy timeout being honoured.
func (s *Store) ready(ctx context.Context) error {
	for range 50 {
		err := s.write.PingContext(ctx)
		if code := sqliteCode(err); code != lib.SQLITE_BUSY && code != lib.SQLITE_LOCKED {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return s.write.PingContext(ctx)
}

func (s *Store) step(ctx context.Context, version int, text string) error {
	if have, err := userVersion(ctx, s.write); err != nil || have >= version {
		return err
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	have := 0
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil || have >= version {
		return err
	}
	if _, err := tx.ExecContext(ctx, text); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return err
	}
	return tx.Commit()
}

// checkVersion refuses a database that this program can't read as it is. One that
// another process is making or migrating is waited for a little.
func (s *Store) checkVersion(ctx context.Context) error {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	for range 50 {
		if have, err := userVersion(ctx, s.read); err != nil || have >= len(files) {
			break
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return s.versionIs(ctx, s.read, len(files))
}

func (s *Store) versionIs(ctx context.Context, db *sql.DB, want int) error {
	have, err := userVersion(ctx, db)
	switch {
	case err != nil:
		return err
	case have > want:
		return fmt.Errorf("%w: %s has version %d, this daybatch knows up to %d: update daybatch", ErrNewer, s.Path, have, want)
	case have == 0:
		return fmt.Errorf("%s is empty: `daybatch doctor --mend` makes the records again from what is published", s.Path)
	case have < want:
		return fmt.Errorf("%s has the older version %d: open the project once for writing, as `daybatch doctor --mend` does, which brings it to %d", s.Path, have, want)
	default:
		return nil
	}
}

func userVersion(ctx context.Context, db *sql.DB) (int, error) {
	version := 0
	err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	return version, err
}
