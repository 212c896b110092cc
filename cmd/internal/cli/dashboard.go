package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/daybatch/daybatch/forecast"
)

// dashboard says beside a listing how far the dashboard is, if there is one: to
// people always, to programs if it shows less than is published.
func (s *session) dashboard(ctx context.Context, l *listing) {
	reader, ok := s.engine.(forecast.DashboardReader)
	if !ok {
		return
	}
	state, err := reader.Dashboard(ctx)
	if errors.Is(err, forecast.ErrNotFound) {
		return
	}
	text, good := s.boardText(state)
	if err != nil {
		text, good = "how far the dashboard is can't be told: "+firstLine(err.Error()), false
	}
	if s.app.flags.format == formatTable {
		fmt.Fprintln(s.app.env.Stderr, text)
	} else if !good {
		l.warnings = append(l.warnings, text)
	}
}

// boardText words how far a dashboard is, and says whether it shows all.
func (s *session) boardText(d forecast.Dashboard) (text string, good bool) {
	text = "dashboard " + d.Name + ": "
	if d.Read.IsZero() {
		text += "never refreshed"
	} else {
		text += "refreshed " + d.Read.In(s.dates.zone).Format("2006-01-02 15:04")
	}
	switch {
	case d.Behind == 0:
		return text + ", shows all that is published", true
	case d.Refreshing:
		return text + ", is being refreshed for " + count(d.Behind, "date"), true
	case d.Reason != "":
		return text + fmt.Sprintf(", does not show what was published last of %s: %s", count(d.Behind, "date"), firstLine(d.Reason)), false
	default:
		return text + fmt.Sprintf(", does not show what was published last of %s yet", count(d.Behind, "date")), false
	}
}
