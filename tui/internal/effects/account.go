package effects

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
)

// KindAccount asks where the engine works.
const KindAccount Kind = "account"

// Account reads by which login and in which region the engine works, and which others
// there are. It replies with a forecast.Account; an engine that works in none has a
// reason why none can be chosen.
func (s *Scope) Account() tea.Cmd {
	reader, ok := s.effects.engine.(forecast.AccountReader)
	return ask(s, call{KindAccount, "look up profiles", deadline, once}, func(ctx context.Context) (forecast.Account, error) {
		if !ok {
			return forecast.Account{Fixed: "this pipeline works on this machine: it has no profile and no region"}, nil
		}
		return reader.Account(ctx)
	})
}
