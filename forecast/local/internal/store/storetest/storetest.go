// Package storetest makes databases with long histories, for benchmarks, and
// locks and checks those of tests.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	_ "modernc.org/sqlite" // the driver

	"github.com/daybatch/daybatch/forecast/calendar"
)

// History is a past to be made up.
type History struct {
	Pipeline, Table string
	Definition      string // hash of a definition that is stored
	Last            calendar.Date
	Dates           int // up to Last
	Attempts        int // of each date: the last one succeeded and is published, the others were gated
}

// Fill writes a history into a database that Open has made and that holds no
// attempts. Every attempt took a minute and was evaluated.
func Fill(ctx context.Context, path string, h History) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	db.SetMaxOpenConns(1)
	for _, statement := range statements() {
		_, err := db.ExecContext(ctx, statement,
			sql.Named("pipeline", h.Pipeline), sql.Named("tbl", h.Table), sql.Named("definition", h.Definition),
			sql.Named("last", h.Last.String()), sql.Named("dates", h.Dates), sql.Named("attempts", h.Attempts))
		if err != nil {
			return errors.Join(fmt.Errorf("fill: %w", err), db.Close())
		}
	}
	return db.Close() //nolint:wrapcheck // nothing to add
}

func statements() []string {
	return []string{
		`PRAGMA synchronous = OFF`,
		`BEGIN`,
		`WITH RECURSIVE
	 d(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i + 1 < :dates),
	 k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < :attempts)
	 INSERT INTO attempt (id, pipeline, date, n, status, reason_class, reason, cause, actor, host, definition, zone, start_step, generation, metrics, last, created_at, started_at, ended_at)
	 SELECT (:dates - 1 - i) * :attempts + n, :pipeline, date(:last, -i || ' days'), n, iif(n = :attempts, 'Succeeded', 'Failed'),
	 iif(n = :attempts, '', 'gate'), iif(n = :attempts, '', 'wape 0.412 > 0.350'), 'backfill', 'aki', 'forge', :definition, 'UTC', 'Extract',
	 printf('g%d-%d', i, n), '{"wape":0.21,"mase":0.9}', n = :attempts, t, t + 1000000, t + 60000000
	 FROM d, k, (SELECT 1768500000000000 AS t)`,
		`INSERT INTO step (attempt, seq, name, status, tries, created_at, started_at, ended_at)
	 SELECT a.id, s.seq, s.name, CASE WHEN a.status = 'Succeeded' OR s.seq < 3 THEN 'Succeeded' WHEN s.seq = 3 THEN 'Failed' ELSE 'Skipped' END, 1,
	 a.created_at, a.created_at + s.seq * 10000000, a.created_at + (s.seq + 1) * 10000000
	 FROM attempt a, (SELECT 0 AS seq, 'Extract' AS name UNION ALL VALUES (1, 'PreProc'), (2, 'Train'), (3, 'TrainEvaluation'), (4, 'Predict'), (5, 'PostProc')) s
	 ORDER BY a.id, s.seq`,
		`UPDATE attempt SET steps = (SELECT group_concat(concat_ws(char(31), seq, name, status, tries, 0, '', '', '', created_at, started_at, ended_at), char(30))
	 FROM step WHERE attempt = attempt.id)`,
		`INSERT INTO generation (id, tbl, date, attempt, kind, state, path, rows, bytes, series, created_at)
	 SELECT generation, :tbl, date, id, 'own', 'built', 'x', 28, 100, 1, ended_at FROM attempt WHERE status = 'Succeeded' ORDER BY id`,
		`INSERT INTO publication (tbl, date, from_generation, to_generation, kind, attempt, plan, actor, at)
	 SELECT tbl, date, '', id, 'publish', attempt, '', 'aki', created_at FROM generation ORDER BY attempt`,
		`INSERT INTO current SELECT tbl, date, to_generation, id FROM publication`,
		`COMMIT`,
	}
}

// Lock takes the write lock of a database, as another process does that writes
// for long. The function that it returns gives the lock back.
func Lock(ctx context.Context, path string) (release func() error, err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=rw&_txlock=immediate&_pragma=busy_timeout(10000)")
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock: %w", err), db.Close())
	}
	return func() error { return errors.Join(tx.Rollback(), db.Close()) }, nil
}

// Chain checks what must hold of the publications and attempts of a database,
// whatever was killed: the publications of a date form a chain that ends with its
// current generation, attempts are numbered without holes and one is the last, and
// an open attempt has a lease.
func Chain(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return fmt.Errorf("check chain: %w", err)
	}
	defer func() { _ = db.Close() }()
	var errs []error
	for what, query := range broken() {
		rows, err := texts(ctx, db, query)
		if err != nil {
			return fmt.Errorf("check that %s: %w", what, err)
		}
		if len(rows) > 0 {
			errs = append(errs, fmt.Errorf("not true that %s: %v", what, rows))
		}
	}
	return errors.Join(errs...)
}

// Whole has SQLite check that a database is not corrupt.
func Whole(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	defer func() { _ = db.Close() }()
	problems, err := texts(ctx, db, `PRAGMA integrity_check`)
	if err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	if len(problems) != 1 || problems[0] != "ok" {
		return fmt.Errorf("database is corrupt: %v", problems)
	}
	return nil
}

// texts returns the only column of a query.
func texts(ctx context.Context, db *sql.DB, query string) ([]string, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what for
	}
	defer func() { _ = rows.Close() }()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err //nolint:wrapcheck // as above
		}
		list = append(list, text)
	}
	return list, rows.Err() //nolint:wrapcheck // as above
}

// broken are queries that find nothing, by what they check.
func broken() map[string]string {
	return map[string]string{
		"each publication replaces the one before": `SELECT concat_ws(' ', tbl, date, id, from_generation, before) FROM (
			SELECT *, lag(coalesce(to_generation, ''), 1, '') OVER (PARTITION BY tbl, date ORDER BY id) AS before FROM publication)
			WHERE from_generation <> before`,
		"the last publication is the current generation": `SELECT concat_ws(' ', p.tbl, p.date, p.to_generation, c.generation) FROM publication p
			LEFT JOIN current c ON c.tbl = p.tbl AND c.date = p.date
			WHERE p.id = (SELECT max(id) FROM publication q WHERE q.tbl = p.tbl AND q.date = p.date)
			AND coalesce(p.to_generation, '') <> coalesce(c.generation, '')`,
		"no generation is published twice in a row": `SELECT concat_ws(' ', tbl, date, id) FROM publication WHERE from_generation = to_generation`,
		"attempts are numbered without holes": `SELECT concat_ws(' ', date, n, expected) FROM (
			SELECT date, n, row_number() OVER (PARTITION BY pipeline, date ORDER BY n) AS expected FROM attempt) WHERE n <> expected`,
		"one attempt of a date is the last": `SELECT concat_ws(' ', date, sum(last)) FROM attempt GROUP BY pipeline, date
			HAVING sum(last) <> 1 OR max(n) <> max(iif(last = 1, n, 0))`,
		"open attempts have a lease, ended ones have none": `SELECT concat_ws(' ', a.date, a.n, a.status) FROM attempt a
			LEFT JOIN lease l ON l.attempt = a.id WHERE (a.ended_at = 0) <> (l.attempt IS NOT NULL)`,
		"steps of ended attempts have ended": `SELECT concat_ws(' ', a.date, a.n, s.name, s.status) FROM attempt a JOIN step s ON s.attempt = a.id
			WHERE a.ended_at > 0 AND s.status IN ('Waiting', 'Starting', 'Executing', 'Stopping')`,
		"rows of ended plans have ended": `SELECT concat_ws(' ', r.plan, r.date) FROM plan_row r JOIN plan p ON p.id = r.plan
			WHERE p.ended_at > 0 AND r.state IN ('Running', 'Queued', 'Staged', 'Joined', 'Blocked')`,
	}
}
