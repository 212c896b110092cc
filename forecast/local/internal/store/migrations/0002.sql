-- What the source looked like when an attempt began. An observation is named by
-- the id of its attempt. A row is one version of a file, from the observation
-- that first found it until the one that found it otherwise: so the record grows
-- with what changes, not with attempts times files.

CREATE TABLE source_file (
  pipeline TEXT NOT NULL,
  path     TEXT NOT NULL,                   -- relative to the project
  since    INTEGER NOT NULL,                -- observation
  until    INTEGER NOT NULL DEFAULT 0,      -- observation; 0: it is there
  size     INTEGER NOT NULL,
  modified INTEGER NOT NULL,                -- nanoseconds since 1970 UTC
  mark     INTEGER NOT NULL,
  PRIMARY KEY (pipeline, path, since)
) STRICT, WITHOUT ROWID;

CREATE INDEX source_file_now ON source_file (pipeline, path) WHERE until = 0;

-- The observation that the attempt's rows stem from: its own, or that of the
-- attempt whose extract it reuses; 0: nobody looked.
ALTER TABLE attempt ADD COLUMN source INTEGER NOT NULL DEFAULT 0;
