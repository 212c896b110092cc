package day

import (
	"fmt"

	"github.com/daybatch/daybatch/tui/internal/effects"
)

// Rows returns the steps of the attempt that is shown, with the fields of `daybatch steps
// -o csv`.
func (p *Page) Rows() effects.Rows {
	execution, _ := p.execution()
	steps, now := execution.Steps, p.env.Now
	return effects.Rows{
		Name: fmt.Sprintf("steps-%s-attempt%d", p.date, execution.Attempt), Len: len(steps),
		Fields: []string{"name", "status", "tries", "started", "duration_s", "reason_class", "reason", "reused_from", "start_up_s"},
		At: func(i int) []any {
			s := steps[i]
			values := []any{s.Name, s.Status, s.Tries, nil, nil, s.Reason.Class, s.Reason.Text, s.ReusedFrom, s.StartUp(now).Seconds()}
			if !s.Started.IsZero() {
				values[3], values[4] = s.Started.UTC(), s.Took(now).Seconds()
			}
			return values
		},
	}
}
