package effects

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/journal"
)

// Kinds of requests of the doctor.
const (
	KindExamine Kind = "examine"
	KindMend    Kind = "mend"
	KindRights  Kind = "rights"
	KindVitals  Kind = "vitals"
)

// Examine looks for what is not as the records say. It replies with
// []forecast.Finding.
func (s *Scope) Examine() tea.Cmd {
	return ask(s, call{KindExamine, "examine records and files", changeDeadline, once}, s.effects.engine.Examine)
}

// Rights reads what may be done with the account that the engine works in. It replies
// with []forecast.Right: none, if the engine can't tell.
func (s *Scope) Rights() tea.Cmd {
	reader, ok := s.effects.engine.(forecast.RightsReader)
	return ask(s, call{KindRights, "look up what may be done", changeDeadline, once}, func(ctx context.Context) ([]forecast.Right, error) {
		if !ok {
			return nil, nil
		}
		found, err := reader.Rights(ctx)
		if errors.Is(err, forecast.ErrNotFound) {
			return nil, nil
		}
		return found, err
	})
}

// Vitals asks what is well beside the records. It replies with []forecast.Vital: those
// of the engine, and those of the program's caller.
func (s *Scope) Vitals() tea.Cmd {
	return ask(s, call{KindVitals, "look at clock and login", changeDeadline, once}, func(ctx context.Context) ([]forecast.Vital, error) {
		reader, ok := s.effects.engine.(forecast.VitalsReader)
		if !ok {
			return s.effects.vitals, nil
		}
		well, err := reader.Vitals(ctx)
		return append(well, s.effects.vitals...), err
	})
}

// Mend does away with what can be mended. It replies with []forecast.Finding:
// what it found, and what became of it.
func (s *Scope) Mend(actor string) tea.Cmd {
	return s.noted(journal.Act{What: "mend what the doctor found", Command: kept("doctor --mend")},
		ask(s, call{KindMend, "mend", changeDeadline, lasting}, func(ctx context.Context) ([]forecast.Finding, error) {
			return s.effects.engine.Mend(ctx, actor)
		}))
}
