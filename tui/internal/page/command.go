package page

import (
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Command returns the command that asks for the same plan.
func Command(r forecast.PlanRequest) string {
	var words []string
	switch r.Kind {
	case forecast.PlanBackfill:
		words = append(words, "daybatch backfill --from", r.Range.From.String(), "--to", r.Range.To.String())
		switch {
		case r.Select != forecast.SelectNone:
			words = append(words, "--select", string(r.Select))
		case r.Mode != "":
			words = append(words, "--mode", string(r.Mode))
		}
	case forecast.PlanRun:
		words = append(words, "daybatch run")
	case forecast.PlanRerun:
		words = append(words, "daybatch rerun")
	}
	words = append(words, calendar.Words(r.Dates)...)
	if r.Kind == forecast.PlanRerun {
		switch r.Start {
		case forecast.StartFailedStep:
		case forecast.StartWhole:
			words = append(words, "--whole")
		default:
			words = append(words, "--from-step", string(r.Start))
		}
	}
	if r.Kind == forecast.PlanBackfill {
		words = append(words, "--max-active", strconv.Itoa(r.MaxActive))
		if r.Chunk > 0 {
			words = append(words, "--chunk", strconv.Itoa(r.Chunk))
		}
		if r.Order == forecast.OldestFirst {
			words = append(words, "--order", string(r.Order))
		}
		if r.Publish == forecast.PublishStaged {
			words = append(words, "--staged")
		}
	}
	return strings.Join(words, " ")
}

// Quote returns a word as a shell takes it for one.
func Quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.,:/@%+=", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
