package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/journal"
	"github.com/daybatch/daybatch/forecast/local"
)

// journalFile is where a project keeps what was changed, by commands and from screens.
func journalFile(c config.Config) string {
	return filepath.Join(c.Dir, local.StateDir, journal.FileName)
}

// recorder is what verbs change things with: each change is kept in the journal of the
// project, with its outcome. A plan that is made or driven changes nothing by itself.
type recorder struct {
	engine  forecast.Operator
	journal *journal.Journal
	command string // as it is typed in the project: from elsewhere its directory is another
	now     func() time.Time
}

// recorder returns that of a project; engine is nil where none is open.
func (a *app) recorder(c config.Config, engine forecast.Operator) *recorder {
	words := []string{program}
	for at := 0; at < len(a.env.Args); at++ {
		switch arg := a.env.Args[at]; {
		case arg == "--project":
			at++
		case strings.HasPrefix(arg, "--project="):
		default:
			words = append(words, quoted(arg))
		}
	}
	return &recorder{engine, journal.New(journalFile(c), a.actor()), strings.Join(words, " "), a.env.Now}
}

// note keeps what came of a change. Where nothing may be changed nothing was tried.
func (r *recorder) note(what string, date calendar.Date, answer any, err error) {
	if errors.Is(err, forecast.ErrReadOnly) {
		return
	}
	r.journal.Add(journal.Act{At: r.now(), What: what, Command: r.command, Date: date}.With(answer, err))
}

func (r *recorder) apply(ctx context.Context, id forecast.PlanID) (forecast.Plan, error) {
	plan, err := r.engine.Apply(ctx, id)
	r.note(journal.StartedPlan, 0, plan, err)
	return plan, err //nolint:wrapcheck // whoever asked says what for
}

func (r *recorder) control(ctx context.Context, id forecast.PlanID, verb forecast.PlanVerb, actor string) (forecast.Plan, error) {
	plan, err := r.engine.Control(ctx, id, verb, actor)
	r.note(fmt.Sprintf("%s plan %s", verb, id), 0, plan, err)
	return plan, err //nolint:wrapcheck // as above
}

func (r *recorder) stop(ctx context.Context, date calendar.Date, actor string) (forecast.StopAnswer, error) {
	answer, err := r.engine.Stop(ctx, date, actor)
	r.note("stop "+date.String(), date, answer, err)
	return answer, err //nolint:wrapcheck // as above
}

func (r *recorder) fallback(ctx context.Context, request forecast.FallbackRequest) (forecast.Partition, error) {
	filled, err := r.engine.Fallback(ctx, request)
	r.note("fill "+request.Date.String(), request.Date, filled, err)
	return filled, err //nolint:wrapcheck // as above
}

func (r *recorder) rollback(ctx context.Context, request forecast.RollbackRequest) (forecast.Partition, error) {
	current, err := r.engine.Rollback(ctx, request)
	r.note("roll back "+request.Date.String(), request.Date, current, err)
	return current, err //nolint:wrapcheck // as above
}

func (r *recorder) mend(ctx context.Context, actor string) ([]forecast.Finding, error) {
	found, err := r.engine.Mend(ctx, actor)
	r.note("mend what the doctor found", 0, found, err)
	return found, err //nolint:wrapcheck // as above
}

// deployed keeps how many changes to an account were made.
func (r *recorder) deployed(place string, changes int, err error) {
	act := journal.Act{At: r.now(), What: "deploy to " + place, Command: r.command}.With(nil, err)
	if err == nil {
		act.Outcome = count(changes, "change") + " made"
	} else {
		act.Outcome = count(changes, "change") + " made, then: " + act.Outcome
	}
	r.journal.Add(act)
}

// quoted returns a word as a shell takes it for one.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.,:/@%+=", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
