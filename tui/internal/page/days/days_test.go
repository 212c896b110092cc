package days_test

import (
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/page/days"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// TestReadsAnew checks that days are read again when changes begin to be heard of,
// but only after the first that were asked for have come or failed: another request
// would put an end to that one.
func TestReadsAnew(t *testing.T) {
	t.Parallel()
	came := effects.Reply[[]forecast.Day]{At: time.Unix(1, 0)}
	failed := effects.Failed{Tag: effects.Tag{Kind: effects.KindDays}}
	watching := effects.Watching{}
	for name, steps := range map[string][]struct {
		msg   any
		reads bool
	}{
		"heard first":             {{watching, false}, {came, true}, {came, false}},
		"heard first, and failed": {{watching, false}, {failed, true}, {failed, false}},
		"read first":              {{came, false}, {watching, true}, {came, false}},
		"failed first":            {{failed, false}, {watching, true}, {came, false}, {watching, true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := enginetest.NewFake(enginetest.FakeOptions{})
			p := days.New(&page.Env{Effects: effects.New(t.Context(), fake, fake.Time), Theme: theme.New(theme.Options{}), Zone: time.UTC}, page.Place{Kind: page.Days})
			p.Init()
			for i, step := range steps {
				if reads := p.Update(step.msg) != nil; reads != step.reads {
					t.Errorf("message %d, %T: days are read: %v; want %v", i+1, step.msg, reads, step.reads)
				}
			}
		})
	}
}
