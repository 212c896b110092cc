package doctor

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Words in the place of a severity: of what is well, and of what nobody could tell.
const (
	well    forecast.Severity = "ok"
	unknown                   = forecast.Severity(forecast.RightUnknown)
)

// listed is what is listed: findings, below them what was looked at and is well, and
// what may be done with the account, where that can be told.
func (p *Page) listed() []forecast.Finding {
	if !p.read {
		return nil
	}
	all := slices.Clone(p.findings)
	if len(all) == 0 {
		all = append(all, forecast.Finding{
			Severity: well, Kind: "records", Text: "all is as the records say: files and processes agree with them",
			Advice: "nothing was left behind, nothing is missing; r examines again",
		})
	}
	all = append(append(all, p.vitals...), p.terminal())
	for _, r := range p.rights {
		all = append(all, forecast.Finding{Severity: forecast.Severity(r.Verdict), Kind: "right", Text: r.Sentence(), Advice: adviceOn(r)})
	}
	return all
}

// terminal is what is known of the terminal that this is shown on: half of what looks
// odd on a screen is explained by it.
func (p *Page) terminal() forecast.Finding {
	characters := map[theme.Charset]string{theme.ASCII: "ASCII", theme.Wide: "UTF-8 with wide characters"}
	return forecast.Finding{
		Severity: well, Kind: "terminal",
		Text:   fmt.Sprintf("%dx%d, %s, %s", p.env.Width, p.env.Height, cmp.Or(characters[p.env.Theme.Charset], "UTF-8"), p.env.Effects.Terminal()),
		Advice: ":set shows and changes theme, zone, mouse and ascii",
	}
}

// adviceOn says what to make of a right.
func adviceOn(r forecast.Right) string {
	const printed = "`daybatch deploy --print` writes the least rights that everybody needs"
	switch r.Verdict {
	case forecast.RightAllowed:
		return "nothing: so it is written down, and nothing was tried"
	case forecast.RightDenied:
		return "if it is wanted somebody has to allow it: " + printed
	default:
		return "nothing, as only this line depends on it: " + printed + ", and the optional one to ask"
	}
}
