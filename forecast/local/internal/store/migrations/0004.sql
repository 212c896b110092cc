-- What a server needs to start each date once, and what looks at the source found.

CREATE TABLE served (
  pipeline TEXT PRIMARY KEY,
  since    INTEGER NOT NULL                 -- when the pipeline was served for the first time
) STRICT;

-- A start of a date by the schedule: one for each attempt number, whoever serves.
CREATE TABLE scheduled (
  pipeline TEXT NOT NULL,
  date     TEXT NOT NULL,
  n        INTEGER NOT NULL,
  plan     TEXT NOT NULL REFERENCES plan (id),
  at       INTEGER NOT NULL,
  PRIMARY KEY (pipeline, date, n)
) STRICT, WITHOUT ROWID;

-- The last extract that was made of a date only to look.
CREATE TABLE source_check (
  pipeline   TEXT NOT NULL,
  date       TEXT NOT NULL,
  looked     TEXT NOT NULL,                 -- identifies the files that it read
  lacking    TEXT NOT NULL,                 -- why there are no rows for the date; empty: there are
  generation TEXT NOT NULL,                 -- current then
  stale      TEXT NOT NULL,                 -- how the rows differ from those of that generation; empty: they don't
  checked_at INTEGER NOT NULL,
  PRIMARY KEY (pipeline, date)
) STRICT, WITHOUT ROWID;

CREATE INDEX plan_open ON plan (pipeline) WHERE ended_at = 0;
