-- A publication may withdraw a partition: then it leads to no generation.

CREATE TABLE publication_new (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  tbl             TEXT NOT NULL,
  date            TEXT NOT NULL,
  from_generation TEXT NOT NULL,
  to_generation   TEXT REFERENCES generation (id), -- NULL: the partition was withdrawn
  kind            TEXT NOT NULL,            -- publish, repair, staged, rollback
  attempt         INTEGER NOT NULL,
  plan            TEXT NOT NULL,
  actor           TEXT NOT NULL,
  at              INTEGER NOT NULL
) STRICT;

INSERT INTO publication_new SELECT * FROM publication;

CREATE TABLE current_new (
  tbl         TEXT NOT NULL,
  date        TEXT NOT NULL,
  generation  TEXT NOT NULL REFERENCES generation (id),
  publication INTEGER NOT NULL REFERENCES publication_new (id),
  PRIMARY KEY (tbl, date)
) STRICT, WITHOUT ROWID;

INSERT INTO current_new SELECT * FROM current;

DROP TABLE current;
DROP TABLE publication;
ALTER TABLE publication_new RENAME TO publication;
ALTER TABLE current_new RENAME TO current;

CREATE INDEX publication_date ON publication (tbl, date, at);
