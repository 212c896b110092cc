package store

import (
	"context"
	"database/sql"
	"iter"

	"github.com/daybatch/daybatch/forecast/local/internal/source"
)

// observe records what the source looks like to an attempt that begins, and
// that its rows stem from this look; or, if it reuses an extract, from the look
// of the attempt that made it.
func (s *Store) observe(ctx context.Context, tx *sql.Tx, a NewAttempt, claim Claim) error {
	if len(a.Steps) > 0 && a.Steps[0].Reuse != nil {
		_, err := exec(ctx, tx, `UPDATE attempt SET source = coalesce((SELECT source FROM attempt WHERE pipeline = ? AND date = ? AND n = ?), 0) WHERE id = ?`,
			s.Pipeline, a.Date.String(), a.Steps[0].Reuse.Attempt, claim.ID)
		return err
	}
	if a.Source == nil {
		return nil
	}
	var then []source.File
	err := each(ctx, tx, func(rows *sql.Rows) error {
		f := source.File{}
		err := rows.Scan(&f.Path, &f.Size, &f.Modified, &f.Mark)
		then = append(then, f)
		return err
	}, `SELECT path, size, modified, mark FROM source_file WHERE pipeline = ? AND until = 0 ORDER BY path`, s.Pipeline)
	if err != nil {
		return err
	}
	if err := s.putVersions(ctx, tx, then, a.Source, claim.ID); err != nil {
		return err
	}
	_, err = exec(ctx, tx, `UPDATE attempt SET source = id WHERE id = ?`, claim.ID)
	return err
}

// putVersions ends the versions of files that are otherwise now, and begins the
// new ones.
func (s *Store) putVersions(ctx context.Context, tx *sql.Tx, then, now []source.File, observation int64) error {
	past := make(map[source.File]bool, len(then))
	for _, f := range then {
		past[f] = true
	}
	var fresh []source.File
	for _, f := range now {
		if past[f] {
			delete(past, f)
		} else {
			fresh = append(fresh, f)
		}
	}
	for f := range past {
		if _, err := exec(ctx, tx, `UPDATE source_file SET until = ? WHERE pipeline = ? AND path = ? AND until = 0`,
			observation, s.Pipeline, f.Path); err != nil {
			return err
		}
	}
	for _, f := range fresh {
		if _, err := exec(ctx, tx, `INSERT INTO source_file (pipeline, path, since, size, modified, mark) VALUES (?, ?, ?, ?, ?, ?)`,
			s.Pipeline, f.Path, observation, f.Size, f.Modified, f.Mark); err != nil {
			return err
		}
	}
	return nil
}

// Sources returns what attempts have seen of the source.
func (s *Store) Sources(ctx context.Context) (Sources, error) {
	var all Sources
	err := s.view(ctx, "read what was seen of the source", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var v version
			err := rows.Scan(&v.Path, &v.Size, &v.Modified, &v.Mark, &v.since, &v.until)
			all.versions = append(all.versions, v)
			return err
		}, `SELECT path, size, modified, mark, since, until FROM source_file WHERE pipeline = ? ORDER BY path, since`, s.Pipeline)
	})
	return all, err
}

// Sources are all versions of the source's files that attempts have seen.
type Sources struct{ versions []version }

type version struct {
	source.File

	since, until int64
}

// At returns the files as an observation found them, ordered by path.
func (s Sources) At(observation int64) iter.Seq[source.File] {
	return func(yield func(source.File) bool) {
		for _, v := range s.versions {
			if v.since <= observation && (v.until == 0 || v.until > observation) && !yield(v.File) {
				return
			}
		}
	}
}
