//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/daybatch/daybatch/forecast"
)

// skewed is how far behind the records the clock may be: hosts that share a project
// agree no better than this.
const skewed = time.Minute

var _ forecast.VitalsReader = (*Engine)(nil)

// Vitals implements [forecast.VitalsReader]: the clock by which dates are late and due, and
// whether there is where to write.
func (e *Engine) Vitals(ctx context.Context) ([]forecast.Vital, error) {
	_, at, err := e.newestRecord(ctx)
	if err != nil {
		return nil, fmt.Errorf("compare the clock with the records: %w", err)
	}
	var well []forecast.Vital
	if now := e.options.Now(); at.Sub(now) < skewed {
		text := now.In(e.calendar.Zone()).Format("2006-01-02 15:04:05 MST") + ", which no record is ahead of"
		well = append(well, forecast.Vital{Kind: "clock", Text: text, Advice: "what is late or due goes by it"})
	}
	if len(e.barred()) == 0 {
		well = append(well, forecast.Vital{Kind: "files", Text: e.options.Actor + " can write in " + StateDir + " and in the lake"})
	}
	return well, nil
}

// newestRecord returns the attempt of which the newest time is recorded, of the last
// days, and that time.
func (e *Engine) newestRecord(ctx context.Context) (newest forecast.Execution, at time.Time, err error) {
	const lately = 30
	days, err := e.Days(ctx, forecast.DayQuery{Last: lately})
	if err != nil {
		return newest, at, err
	}
	for _, day := range days {
		for _, one := range []time.Time{day.Last.Created, day.Last.Started, day.Last.Ended} {
			if one.After(at) && day.Last.Cause != forecast.CauseAdopted { // whose times are those of files
				newest, at = day.Last, one
			}
		}
	}
	return newest, at, nil
}

// clock finds records of a time that has not come yet: this machine's clock is behind
// that of whoever wrote them, or was set back.
func (x *examiner) clock(ctx context.Context) error {
	newest, at, err := x.engine.newestRecord(ctx)
	if err != nil {
		return err
	}
	ahead := at.Sub(x.now)
	if ahead < skewed {
		return nil
	}
	x.add(forecast.Finding{
		Severity: forecast.SeverityWarning, Kind: "clock-skew", Date: newest.Date,
		Text: fmt.Sprintf("attempt %d, on %s, has a record of %s, which is %s from now by the clock of this machine",
			newest.Attempt, newest.Host, at.In(x.engine.calendar.Zone()).Format("2006-01-02 15:04:05 MST"), ahead.Round(time.Second)),
		Advice: "set the clock by the network's (timedatectl set-ntp true): ages, and what is late or due, are wrong by as much",
	}, nil)
	return nil
}

// rights finds directories in which nothing can be written. Who only looks is told
// too, as a warning: the next run of theirs would fail.
func (x *examiner) rights(context.Context) error {
	severity := forecast.SeverityError
	if x.engine.options.ReadOnly {
		severity = forecast.SeverityWarning
	}
	for _, f := range x.engine.barred() {
		f.Severity = severity
		x.add(f, nil)
	}
	return nil
}

// barred returns a finding for each of the engine's directories in which nothing can be
// written.
func (e *Engine) barred() []forecast.Finding {
	access := func(dir string) error { return unix.Access(dir, unix.W_OK|unix.X_OK) }
	return barred([]string{filepath.Join(e.dir, StateDir), e.lake.Path}, e.options.Actor, access)
}

// barred returns a finding for each directory that access refuses. One that is not
// there is made when it is needed.
func barred(dirs []string, actor string, access func(dir string) error) []forecast.Finding {
	var found []forecast.Finding
	for _, dir := range dirs {
		err := access(dir)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		found = append(found, forecast.Finding{
			Kind:   "permission",
			Text:   fmt.Sprintf("%s can write nothing in %s: %s; no date can be run, and nothing published", actor, dir, err.Error()),
			Advice: "give the directory to whoever runs daybatch, or run it as its owner; --read-only looks without writing",
		})
	}
	return found
}
