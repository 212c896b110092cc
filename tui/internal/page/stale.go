package page

import (
	"errors"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Stalled is a page whose reads may fail: Stalled returns why the last has, nil if it has
// not, and whether the page tells all of that itself, as it has nothing else to show.
type Stalled interface {
	Stalled() (failed *effects.Failed, told bool)
}

// Stale draws the line that a page shows above data whose refresh has failed: of when
// they are, and why in a word or two. The whole of it is said by [keys.Refresh].
func (e *Env) Stale(c *draw.Canvas, failed *effects.Failed, read string) {
	if failed == nil {
		return
	}
	again := "(r tries again)"
	switch {
	case errors.Is(failed.Err, forecast.ErrLogin):
		again = "(I logs in again)"
	case failed.Again:
		again = "(tried again by itself, r: details)"
	}
	c.Put(theme.Bad, " ! ")
	why := Why(failed.Err)
	text := ""
	for _, text = range []string{"shown as of " + read + ": " + failed.Doing + ": " + why, "shown as of " + read + ": " + why, "as of " + read + ": " + why} {
		if draw.Width(text+" "+again) < c.Left() {
			break
		}
	}
	if room := c.Left() - 1; draw.Width(text+" "+again) > room {
		again = strings.Replace(again, "tried again by itself, ", "", 1)
	}
	c.Ends(theme.Plain, text, min(draw.Width(text), c.Left()-draw.Width(again)-1))
	c.Skip(1)
	c.Put(theme.Accent, again)
	c.End()
}

// AsOf says when what is shown was read: as the page before had it, if the page itself
// has not.
func (e *Env) AsOf(read time.Time) string {
	if read.IsZero() {
		return "before"
	}
	return e.Clock(read)
}

// Why says of which kind a failure is, in a word or two. Of one that is of none it is the
// end of what it says, where the cause is; requests and their numbers are left out.
func Why(err error) string {
	for _, kind := range []error{forecast.ErrLogin, forecast.ErrThrottled, forecast.ErrUnavailable, forecast.ErrUnauthorised, forecast.ErrUnsupported} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	text := draw.First(err.Error())
	if at := strings.LastIndex(text, " ("); at > 0 && strings.HasSuffix(text, ")") {
		text = text[:at]
	}
	if at := strings.LastIndex(text, ": "); at >= 0 {
		text = text[at+len(": "):]
	}
	return text
}
