package step

import (
	"fmt"

	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// bandMaker returns the bands of series i made without the errors of an origin.
type bandMaker func(i int, without calendar.Date) []conformal.Band

// bands makes intervals of the errors of the methods that were used. Leaving
// out an origin stands for not knowing it yet: with a handful of origins there
// are too few before the first ones to measure coverage at all.
func (e *evaluated) bands() bandMaker {
	b := e.batch
	panel := conformal.NewPanel(e.errs, b.settings.Levels, b.settings.Horizon, b.period)
	return func(i int, without calendar.Date) []conformal.Band {
		bands, _ := panel.Bands(i, without)
		return bands
	}
}

func counted(n int, what string) string { return fmt.Sprintf("%d %s", n, what) }
