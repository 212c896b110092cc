-- What a screen of days needs of a date, without a look at its other attempts
-- and without a row for every step.

ALTER TABLE attempt ADD COLUMN last INTEGER NOT NULL DEFAULT 0; -- 1: the newest of its date

UPDATE attempt SET last = 1
 WHERE n = (SELECT max(n) FROM attempt AS other WHERE other.pipeline = attempt.pipeline AND other.date = attempt.date);

CREATE UNIQUE INDEX attempt_last ON attempt (pipeline, date) WHERE last = 1;

-- The steps of an attempt that has ended, which change no more: fields apart by
-- unit separators, steps by record separators. Empty: read table step.
ALTER TABLE attempt ADD COLUMN steps TEXT NOT NULL DEFAULT '';

UPDATE attempt SET steps = coalesce((
  SELECT group_concat(concat_ws(char(31), s.seq, s.name, s.status, s.tries, s.reused_from, s.command, s.reason_class,
    replace(replace(s.reason, char(30), ' '), char(31), ' '), s.created_at, s.started_at, s.ended_at), char(30))
  FROM step AS s WHERE s.attempt = attempt.id), '')
 WHERE ended_at > 0;
