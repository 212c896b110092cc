-- When somebody last served, and which attempts' files retention has been through.

ALTER TABLE served ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;

ALTER TABLE attempt ADD COLUMN swept INTEGER NOT NULL DEFAULT 0; -- 1: the outputs of its steps were removed

CREATE INDEX attempt_unswept ON attempt (pipeline, date) WHERE swept = 0;
