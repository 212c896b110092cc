package alert

import (
	"fmt"
	"strings"

	"github.com/daybatch/daybatch/forecast"
)

// ended is what the key of the notice that a drift has passed ends with.
const ended = "/passed"

// DriftNotices returns what is to be told of a drift: that it began, as long as it
// lasts, and that it has passed to those who were told that it began. Told reports
// whether a notice with a key was noted. Keys are those of the drift, so that each is
// told once, whoever looks and how often.
func DriftNotices(d forecast.Drift, told func(key string) bool) []Notice {
	key := fmt.Sprintf("%s/%s", Drift, d.Since)
	switch {
	case d.Since.IsZero() || d.Lasts() && told(key) || !d.Lasts() && !told(key) || told(key+ended):
		return nil
	case d.Lasts():
		return []Notice{{Kind: Drift, Key: key}}
	default:
		return []Notice{{Kind: Drift, Key: key + ended}}
	}
}

// OfDrift words a message about a drift, as it is now. Causes say how the newest
// data are unlike those before.
func OfDrift(p forecast.Pipeline, d forecast.Drift, causes []string, key string) Message {
	m := Message{Kind: Drift, Key: key, Pipeline: p.Name, Reason: line(d.Reason)}
	place := p.Engine + " " + p.Place
	if !d.Lasts() {
		m.Subject = fmt.Sprintf("DRIFT PASSED  %s %s .. %s", p.Name, d.Since, d.Last)
		m.Reason = fmt.Sprintf("up to %s forecasts are as good again as the backtest lets expect", d.Until)
		m.Body = "why     " + m.Reason + "\n" + place
		return m
	}
	m.Subject = fmt.Sprintf("DRIFT  %s since %s", p.Name, d.Since)
	m.Commands = []string{"daybatch metrics --realised"}
	body := append([]string{"why     " + m.Reason}, input(causes)...)
	body = append(body, "next    forecasts are published as before; a message follows when it has passed", place, "do      "+m.Commands[0])
	m.Body = strings.Join(body, "\n")
	return m
}
