-- A database of version 1: one date that succeeded.
-- Dates are TEXT YYYY-MM-DD. Instants are INTEGER microseconds since 1970 UTC,
-- 0 meaning none. A change of state is one UPDATE that checks the old state.

CREATE TABLE definition (
  hash       TEXT PRIMARY KEY,
  pipeline   TEXT NOT NULL,
  config     TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE attempt (
  id            INTEGER PRIMARY KEY,
  pipeline      TEXT NOT NULL,
  date          TEXT NOT NULL,
  n             INTEGER NOT NULL,
  status        TEXT NOT NULL,
  unknown_since INTEGER NOT NULL DEFAULT 0,
  reason_class  TEXT NOT NULL DEFAULT '',
  reason        TEXT NOT NULL DEFAULT '',
  cause         TEXT NOT NULL,
  actor         TEXT NOT NULL,
  host          TEXT NOT NULL,
  definition    TEXT NOT NULL REFERENCES definition (hash),
  zone          TEXT NOT NULL,
  parent        INTEGER NOT NULL DEFAULT 0, -- n of the attempt whose steps it reuses
  start_step    TEXT NOT NULL,
  plan          TEXT NOT NULL DEFAULT '',
  generation    TEXT NOT NULL,              -- id of what it builds, published or not
  metrics       TEXT NOT NULL DEFAULT '',   -- JSON of the measures that the gate saw
  created_at    INTEGER NOT NULL,
  started_at    INTEGER NOT NULL DEFAULT 0,
  ended_at      INTEGER NOT NULL DEFAULT 0,
  UNIQUE (pipeline, date, n)
) STRICT;

CREATE UNIQUE INDEX attempt_generation ON attempt (generation);
CREATE INDEX attempt_open ON attempt (pipeline, date) WHERE ended_at = 0;
CREATE INDEX attempt_evaluated ON attempt (pipeline, date, n) WHERE metrics <> '';

CREATE TABLE step (
  attempt      INTEGER NOT NULL REFERENCES attempt (id),
  seq          INTEGER NOT NULL,
  name         TEXT NOT NULL,
  status       TEXT NOT NULL,
  tries        INTEGER NOT NULL DEFAULT 0,
  reused_from  INTEGER NOT NULL DEFAULT 0,  -- n of the attempt that made the outputs
  command      TEXT NOT NULL DEFAULT '',    -- JSON; empty: built in
  fingerprint  TEXT NOT NULL DEFAULT '',
  dir          TEXT NOT NULL DEFAULT '',    -- of the try that made the outputs, relative to the state
  outputs      TEXT NOT NULL DEFAULT '',    -- JSON list of path, bytes, sha256
  reason_class TEXT NOT NULL DEFAULT '',
  reason       TEXT NOT NULL DEFAULT '',
  created_at   INTEGER NOT NULL DEFAULT 0,
  started_at   INTEGER NOT NULL DEFAULT 0,
  ended_at     INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (attempt, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE step_try (
  attempt      INTEGER NOT NULL REFERENCES attempt (id),
  seq          INTEGER NOT NULL,
  k            INTEGER NOT NULL,
  pid          INTEGER NOT NULL,
  pid_start    TEXT NOT NULL,
  boot_id      TEXT NOT NULL,
  dir          TEXT NOT NULL,
  exit_code    INTEGER NOT NULL DEFAULT -1,
  reason_class TEXT NOT NULL DEFAULT '',
  reason       TEXT NOT NULL DEFAULT '',
  started_at   INTEGER NOT NULL,
  ended_at     INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (attempt, seq, k)
) STRICT, WITHOUT ROWID;

CREATE TABLE fence (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  value INTEGER NOT NULL
) STRICT;

INSERT INTO fence (one, value) VALUES (1, 0);

CREATE TABLE lease (
  pipeline   TEXT NOT NULL,
  date       TEXT NOT NULL,
  attempt    INTEGER NOT NULL REFERENCES attempt (id),
  fence      INTEGER NOT NULL UNIQUE,
  actor      TEXT NOT NULL,
  host       TEXT NOT NULL,
  pid        INTEGER NOT NULL,
  pid_start  TEXT NOT NULL,
  boot_id    TEXT NOT NULL,
  taken_at   INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  stop_at    INTEGER NOT NULL DEFAULT 0,
  stop_by    TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (pipeline, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE generation (
  id          TEXT PRIMARY KEY,
  tbl         TEXT NOT NULL,
  date        TEXT NOT NULL,
  attempt     INTEGER NOT NULL REFERENCES attempt (id),
  kind        TEXT NOT NULL,
  state       TEXT NOT NULL,                -- built, deleted
  path        TEXT NOT NULL,                -- of the immutable file
  rows        INTEGER NOT NULL,
  bytes       INTEGER NOT NULL,
  series      INTEGER NOT NULL,
  fallback_of TEXT NOT NULL DEFAULT '',
  created_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX generation_date ON generation (tbl, date, created_at);

CREATE TABLE publication (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  tbl             TEXT NOT NULL,
  date            TEXT NOT NULL,
  from_generation TEXT NOT NULL,
  to_generation   TEXT NOT NULL REFERENCES generation (id),
  kind            TEXT NOT NULL,            -- publish, repair
  attempt         INTEGER NOT NULL,
  plan            TEXT NOT NULL,
  actor           TEXT NOT NULL,
  at              INTEGER NOT NULL
) STRICT;

CREATE INDEX publication_date ON publication (tbl, date, at);

CREATE TABLE current (
  tbl         TEXT NOT NULL,
  date        TEXT NOT NULL,
  generation  TEXT NOT NULL REFERENCES generation (id),
  publication INTEGER NOT NULL REFERENCES publication (id),
  PRIMARY KEY (tbl, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan (
  id             TEXT PRIMARY KEY,
  pipeline       TEXT NOT NULL,
  body           TEXT NOT NULL,             -- JSON of the plan as it was made, without its rows
  state          TEXT NOT NULL,
  outcome        TEXT NOT NULL DEFAULT '',
  reason         TEXT NOT NULL DEFAULT '',
  driver         TEXT NOT NULL DEFAULT '',  -- user@host
  driver_fence   INTEGER NOT NULL DEFAULT 0,
  driver_pid     INTEGER NOT NULL DEFAULT 0,
  driver_start   TEXT NOT NULL DEFAULT '',
  driver_boot    TEXT NOT NULL DEFAULT '',
  driver_host    TEXT NOT NULL DEFAULT '',
  driver_until   INTEGER NOT NULL DEFAULT 0,
  created_at     INTEGER NOT NULL,
  applied_at     INTEGER NOT NULL DEFAULT 0,
  ended_at       INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX plan_applied ON plan (pipeline, applied_at);

CREATE TABLE plan_row (
  plan       TEXT NOT NULL REFERENCES plan (id),
  seq        INTEGER NOT NULL,
  date       TEXT NOT NULL,
  state      TEXT NOT NULL,
  row        TEXT NOT NULL,                 -- JSON of the row as it is now
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (plan, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX plan_row_date ON plan_row (plan, date);

CREATE TABLE event (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  at       INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  pipeline TEXT NOT NULL,
  date     TEXT NOT NULL DEFAULT '',
  plan     TEXT NOT NULL DEFAULT '',
  body     TEXT NOT NULL DEFAULT ''
) STRICT;

INSERT INTO definition VALUES ('d1', 'demand', '{}', 1768500000000000);
INSERT INTO attempt (id, pipeline, date, n, status, cause, actor, host, definition, zone, start_step, generation, created_at, started_at, ended_at)
  VALUES (1, 'demand', '2026-01-15', 1, 'Succeeded', 'manual', 'aki', 'forge', 'd1', 'UTC', 'Extract', 'g1', 1768500000000000, 1768500000000000, 1768500060000000);
INSERT INTO step (attempt, seq, name, status, tries) VALUES
  (1, 0, 'Extract', 'Succeeded', 1), (1, 1, 'PreProc', 'Succeeded', 1), (1, 2, 'Train', 'Succeeded', 1),
  (1, 3, 'TrainEvaluation', 'Succeeded', 1), (1, 4, 'Predict', 'Succeeded', 1), (1, 5, 'PostProc', 'Succeeded', 1);
INSERT INTO generation (id, tbl, date, attempt, kind, state, path, rows, bytes, series, created_at)
  VALUES ('g1', 'forecast', '2026-01-15', 1, 'own', 'built', 'x', 28, 100, 1, 1768500060000000);
INSERT INTO publication VALUES (1, 'forecast', '2026-01-15', '', 'g1', 'publish', 1, '', 'aki', 1768500060000000);
INSERT INTO current VALUES ('forecast', '2026-01-15', 'g1', 1);
PRAGMA user_version = 1;
