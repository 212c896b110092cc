-- What people and dashboards are to be told. A notice is written in the
-- transaction of the change that it is about; it is worded when it is sent.

CREATE TABLE notice (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  pipeline TEXT NOT NULL,
  kind     TEXT NOT NULL,                   -- of a message, or refresh
  date     TEXT NOT NULL,
  n        INTEGER NOT NULL,                -- of the attempt; 0: none
  plan     TEXT NOT NULL,
  dedup    TEXT NOT NULL UNIQUE,
  at       INTEGER NOT NULL,
  done_at  INTEGER NOT NULL DEFAULT 0       -- nothing is left to be sent
) STRICT;

CREATE INDEX notice_open ON notice (pipeline, id) WHERE done_at = 0;
CREATE INDEX notice_date ON notice (pipeline, date, id);

CREATE TABLE delivery (
  notice        INTEGER NOT NULL REFERENCES notice (id),
  channel       TEXT NOT NULL,              -- its name, without secrets
  tries         INTEGER NOT NULL DEFAULT 0,
  not_before    INTEGER NOT NULL DEFAULT 0,
  claimed_until INTEGER NOT NULL DEFAULT 0, -- a process is sending it
  sent_at       INTEGER NOT NULL DEFAULT 0,
  error         TEXT NOT NULL DEFAULT '',   -- of the last try
  PRIMARY KEY (notice, channel)
) STRICT, WITHOUT ROWID;
