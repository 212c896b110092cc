// Package storetest makes databases with long histories, for benchmarks.
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
