package request

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// opening says that a saved plan is read, or why it can't be.
func (p *Page) opening(c *draw.Canvas) {
	switch {
	case p.failed == nil:
		page.Blank(c, p.Height, "Reading plan "+string(p.opens)+" ...", "", p.key(keys.Back)+" goes back")
	case errors.Is(p.failed.Err, forecast.ErrNotFound):
		page.Blank(c, p.Height, "There is no plan "+string(p.opens), "Plans are kept where the pipeline keeps its state; :plan offers those that were saved from here.", p.key(keys.Back)+" goes back")
	default:
		page.Blank(c, p.Height, "Plan "+string(p.opens)+" can't be read", p.failed.Err.Error(), p.key(keys.Back)+" goes back")
	}
	c.Fill(p.Height)
}

func (p *Page) title(c *draw.Canvas) {
	c.Put(theme.Strong, " "+strings.ToUpper(string(p.request.Kind)))
	c.Put(theme.Strong, "  "+p.env.Pipeline.Name)
	if p.request.Kind != forecast.PlanBackfill {
		dates := p.request.Dates
		switch {
		case len(dates) == 1:
			c.Put(theme.Plain, "  "+page.Weekday(dates[0]))
		case len(dates) > 1:
			oldest, newest := slices.Min(dates), slices.Max(dates)
			c.Put(theme.Plain, fmt.Sprintf("  %d dates, %s to %s", len(dates), oldest, newest))
		}
	} else if n := p.request.Range.Len(); p.wrong == nil && n > 0 {
		c.Put(theme.Faint, "  "+p.counted(n))
	}
	if p.saved {
		c.Put(theme.Gate, "  saved "+p.env.Clock(p.plan.Created)+" by "+p.plan.Request.Actor)
	}
	c.End()
}
