package page

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Shell returns a line as a shell takes it that is where daybatch was started: with the
// project, where it would act on another one otherwise. Every command that is shown or
// copied is made here.
func (e *Env) Shell(line string) string {
	if line == "" {
		return ""
	}
	return cmp.Or(e.Call, program) + " " + line
}

// SameAs ends a question with the command that does the same.
func (e *Env) SameAs(line string) string { return "\nsame as  " + e.Shell(line) }

// Told returns an advice of the engine, which knows no directories, with its commands as
// Shell returns them.
func (e *Env) Told(advice string) string {
	return calls.ReplaceAllString(advice, strings.ReplaceAll(cmp.Or(e.Call, program), "$", "$$")+" $1")
}

// Bare returns the line of a command that was kept with the project.
func Bare(command string) string { return strings.TrimPrefix(command, program+" ") }

const program = "daybatch"

// calls finds the verbs that engines advise; "this daybatch knows" is no call.
var calls = regexp.MustCompile(`\bdaybatch (backfill|config|days|deploy|diagnose|doctor|fallback|logs|metrics|notify|partition|rerun|run|serve|steps|stop)\b`)

// Command returns the line that asks for the same plan.
func Command(r forecast.PlanRequest) string {
	var words []string
	switch r.Kind {
	case forecast.PlanBackfill:
		words = append(words, "backfill --from", r.Range.From.String(), "--to", r.Range.To.String())
		switch {
		case r.Select != forecast.SelectNone:
			words = append(words, "--select", string(r.Select))
		case r.Mode != "":
			words = append(words, "--mode", string(r.Mode))
		}
	case forecast.PlanRun:
		words = append(words, "run")
	case forecast.PlanRerun:
		words = append(words, "rerun")
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
