-- What fills a date that has no forecast of its own. Its attempt is the one that
-- made the forecast, or, of a naive one, whose extract it is made of: of another
-- date, or of one that made nothing.

ALTER TABLE generation ADD COLUMN fallback_model TEXT NOT NULL DEFAULT ''; -- empty: those of the forecast
