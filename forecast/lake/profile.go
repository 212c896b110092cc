package lake

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// ProfileRequest names the columns that make series of a file.
type ProfileRequest struct {
	File   string
	Time   string
	Value  string
	Series []string
}

// SeriesProfile is one series of a file.
type SeriesProfile struct {
	Parts       []string
	Rows        int64
	Dates       int64 // distinct
	First, Last calendar.Date
	Zeros       int64
	Negatives   int64
	// Weekly is the autocorrelation at lag 7 of the daily values less their
	// 7-day means, over consecutive dates; NaN where it is undefined.
	Weekly float64
}

// Profile is what a file holds as series.
type Profile struct {
	Rows   int64
	Series []SeriesProfile // the one with most rows first
	// Duplicates is the number of rows beyond the first of their series and date.
	Duplicates  int64
	First, Last calendar.Date
	// Weekly reports that the series repeat by the week: the mean of their
	// Weekly is at least 0.3.
	Weekly bool
}

// weeklyLeast is the mean autocorrelation from which a season of 7 days is
// assumed. White noise gives -1/6 after the 7-day mean is taken out.
const weeklyLeast = 0.3

// Profile reads which series the columns make, so that a project can be made
// for a file. Rows whose date or value can't be read are left out.
func (db *DB) Profile(ctx context.Context, request ProfileRequest) (Profile, error) {
	conn, err := db.connect(ctx)
	if err != nil {
		return Profile{}, err
	}
	defer func() { _ = conn.Close() }()
	found, err := db.findAny(ctx, conn, request.File)
	if err != nil {
		return Profile{}, err
	}
	rows, err := conn.QueryContext(ctx, profileQuery(found.reader(), request))
	if err != nil {
		return Profile{}, failf(forecast.ReasonConfig, "profile %s: %s", request.File, duckText(err))
	}
	defer func() { _ = rows.Close() }()
	profile := Profile{}
	for rows.Next() {
		one, err := scanProfile(rows)
		if err != nil {
			return Profile{}, fmt.Errorf("profile %s: %w", request.File, err)
		}
		profile.add(one)
	}
	if err := rows.Err(); err != nil {
		return Profile{}, fmt.Errorf("profile %s: %w", request.File, err)
	}
	profile.judgeWeek()
	return profile, nil
}

func profileQuery(reader string, request ProfileRequest) string {
	parts := []string{"''"} // so that there is a key without series columns too
	for _, name := range request.Series {
		parts = append(parts, "coalesce(CAST("+quoteName(name)+" AS VARCHAR), '')")
	}
	return fmt.Sprintf(`WITH cells AS (SELECT concat_ws(chr(31), %s) AS k, TRY_CAST(%s AS DATE) AS ds, TRY_CAST(%s AS DOUBLE) AS value FROM %s),
		days AS (SELECT k, ds, count(*) AS n, sum(value) AS v, count(*) FILTER (value = 0) AS zeros, count(*) FILTER (value < 0) AS negatives
			FROM cells WHERE ds IS NOT NULL AND value IS NOT NULL GROUP BY ALL),
		level AS (SELECT *, v - avg(v) OVER (PARTITION BY k ORDER BY ds ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING) AS rest FROM days),
		pairs AS (SELECT *, lag(rest, 7) OVER w AS before, lag(ds, 7) OVER w AS week FROM level WINDOW w AS (PARTITION BY k ORDER BY ds))
		SELECT k, sum(n)::BIGINT, count(*), min(ds), max(ds), sum(zeros)::BIGINT, sum(negatives)::BIGINT,
			CASE WHEN count(before) > 14 AND sum(rest * rest) > 0 THEN sum(rest * before) FILTER (week = ds - 7) / sum(rest * rest) END
		FROM pairs GROUP BY k ORDER BY 2 DESC, k`, strings.Join(parts, ", "), quoteName(request.Time), quoteName(request.Value), reader)
}

func scanProfile(rows *sql.Rows) (SeriesProfile, error) {
	var one SeriesProfile
	var key string
	var first, last time.Time
	var weekly sql.NullFloat64
	if err := rows.Scan(&key, &one.Rows, &one.Dates, &first, &last, &one.Zeros, &one.Negatives, &weekly); err != nil {
		return SeriesProfile{}, err //nolint:wrapcheck // Profile wraps it
	}
	one.Parts = strings.Split(key, "\x1f")[1:]
	one.First, one.Last = calendar.In(first, time.UTC), calendar.In(last, time.UTC)
	one.Weekly = math.NaN()
	if weekly.Valid {
		one.Weekly = weekly.Float64
	}
	return one, nil
}

func (p *Profile) add(one SeriesProfile) {
	if len(p.Series) == 0 {
		p.First, p.Last = one.First, one.Last
	}
	p.Series = append(p.Series, one)
	p.Rows += one.Rows
	p.Duplicates += one.Rows - one.Dates
	p.First, p.Last = min(p.First, one.First), max(p.Last, one.Last)
}

func (p *Profile) judgeWeek() {
	sum, count := 0.0, 0
	for _, one := range p.Series {
		if !math.IsNaN(one.Weekly) {
			sum += one.Weekly
			count++
		}
	}
	p.Weekly = count > 0 && sum >= weeklyLeast*float64(count)
}
