package store

import (
	"context"
	"database/sql"
	"errors"
)

// Script runs SQL on a database file of its own.
func Script(ctx context.Context, path, text string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, text)
	return errors.Join(err, db.Close())
}

// DropEvents forgets all events.
func (s *Store) DropEvents(ctx context.Context) error {
	return s.update(ctx, "drop events", func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, `DELETE FROM event`)
		return err
	})
}
