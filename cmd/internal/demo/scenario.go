package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// incident is what goes wrong on a date. Nothing in the pipeline knows of
// incidents: they are only in the files that arrive, or in nobody coming.
type incident int

const (
	allWell     incident = iota
	ordersLate           // the date's orders have not arrived when it is run
	feedBroken           // the project's own step crashes on a broken promotion feed
	wrongUnit            // the date's orders arrive a hundred times too large, and the gate refuses
	nobodyRanIt          // the schedule did not fire
)

// incidents returns what goes wrong, by days before the last date.
func incidents() map[int]incident {
	return map[int]incident{15: ordersLate, 10: feedBroken, 6: wrongUnit, 3: nobodyRanIt}
}

// runner is the part of an engine that the scenario needs.
type runner interface {
	Days(ctx context.Context, query forecast.DayQuery) ([]forecast.Day, error)
	Plan(ctx context.Context, request forecast.PlanRequest) (forecast.Plan, error)
	Apply(ctx context.Context, id forecast.PlanID) (forecast.Plan, error)
	Plans(ctx context.Context) ([]forecast.Plan, error)
	Drive(ctx context.Context, id forecast.PlanID) error
}

// Play runs the scenario, oldest date first: each morning files arrive,
// yesterday's broken ones are delivered again, and the date is run. Dates that
// have been run already are left alone, so an interrupted Play can be repeated. One
// that a person ran before its files were there gets them, and is run again.
// It calls ran after each date with the day as it came out. While another process plays
// it waits: who comes later would deliver again what that has mended since.
func (p Project) Play(ctx context.Context, engine runner, ran func(forecast.Day)) error {
	end, err := p.alone(ctx)
	if err != nil {
		return fmt.Errorf("wait for the demo's turn: %w", err)
	}
	defer end()
	for d := p.First(); d <= p.Last; d++ {
		day, err := p.play(ctx, engine, d)
		if err != nil {
			return fmt.Errorf("play %s: %w", d, err)
		}
		ran(day)
	}
	p.played = true
	return p.writeMarker()
}

// Coming returns how many dates have not been played.
func (p Project) Coming() int {
	n := 0
	for d := p.Last; d >= p.First() && !p.delivered(d); d-- {
		n++
	}
	return n
}

// alone waits until no other process plays the demonstration, and keeps others from it
// until the function that it returns is called, or this process has gone.
func (p Project) alone(ctx context.Context) (end func(), err error) {
	const again = time.Second
	dir, err := os.Open(p.Dir)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the directory
	}
	for syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), dir.Close())
		case <-time.After(again):
		}
	}
	return func() { _ = dir.Close() }, nil
}

func (p Project) play(ctx context.Context, engine runner, d calendar.Date) (forecast.Day, error) {
	day, err := readDay(ctx, engine, d)
	if err != nil {
		return forecast.Day{}, err
	}
	unfinished, err := openPlan(ctx, engine, d)
	if err != nil {
		return forecast.Day{}, err
	}
	tried := unfinished == "" && day.Attempts > 0
	if tried && p.delivered(d) {
		return day, nil
	}
	what := incidents()[int(p.Last-d)]
	if err := p.deliver(d, what); err != nil {
		return forecast.Day{}, err
	}
	if what == nobodyRanIt || tried && day.State != forecast.DayWaiting {
		return day, nil
	}
	if unfinished == "" {
		plan, err := engine.Plan(ctx, forecast.PlanRequest{
			Kind: forecast.PlanRun, Dates: []calendar.Date{d}, Cause: forecast.CauseSchedule, Actor: "schedule",
		})
		if err != nil {
			return forecast.Day{}, err
		}
		if tried && plan.Count(forecast.ActionRun) == 0 {
			return day, nil // the engine has not seen the files yet
		}
		if _, err := engine.Apply(ctx, plan.ID); err != nil {
			return forecast.Day{}, err
		}
		unfinished = plan.ID
	}
	if err := engine.Drive(ctx, unfinished); err != nil {
		return forecast.Day{}, err
	}
	return readDay(ctx, engine, d)
}

// delivered reports whether deliver was called for date d, which always writes a feed.
func (p Project) delivered(d calendar.Date) bool {
	_, err := os.Stat(filepath.Join(p.Dir, feedOf(d)))
	return err == nil
}

// feedOf names the promotion feed of date d.
func feedOf(d calendar.Date) string { return filepath.Join("promotions", d.String()+".csv") }

// deliver lets the files of date d arrive, and the good ones of the day before.
func (p Project) deliver(d calendar.Date, what incident) error {
	if d > p.First() {
		if err := p.deliverGood(d - 1); err != nil {
			return err
		}
	}
	switch what {
	case ordersLate:
		return p.deliverFeed(d, 0)
	case feedBroken:
		if err := p.deliverOrders(d, 1); err != nil {
			return err
		}
		return p.deliverFeed(d, len(",2026-10-18\n")+2)
	case wrongUnit:
		if err := p.deliverFeed(d, 0); err != nil {
			return err
		}
		return p.deliverOrders(d, 100)
	case allWell, nobodyRanIt:
		return p.deliverGood(d)
	default:
		return fmt.Errorf("incident %d is not known", what)
	}
}

func (p Project) deliverGood(d calendar.Date) error {
	if err := p.deliverOrders(d, 1); err != nil {
		return err
	}
	return p.deliverFeed(d, 0)
}

func (p Project) deliverOrders(d calendar.Date, factor int) error {
	return p.writeOrders("data/orders/"+d.String()+".csv", calendar.Range{From: d, To: d}, factor)
}

// deliverFeed writes the promotion feed of date d, without its last cut bytes:
// a feed that was cut off is one that the project's own step refuses.
func (p Project) deliverFeed(d calendar.Date, cut int) error {
	var feed strings.Builder
	for _, promo := range promotions() {
		from := p.Last - calendar.Date(promo.from)
		fmt.Fprintf(&feed, "%s,%s,%s\n", promo.vehicle, from, from+calendar.Date(promo.days)-1)
	}
	return p.write(feedOf(d), func(w io.Writer) error {
		_, err := io.WriteString(w, feed.String()[:feed.Len()-cut])
		return err
	})
}

func readDay(ctx context.Context, engine runner, d calendar.Date) (forecast.Day, error) {
	days, err := engine.Days(ctx, forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
	if err != nil {
		return forecast.Day{}, err
	}
	if len(days) != 1 {
		return forecast.Day{}, fmt.Errorf("engine returned %d days for one date", len(days))
	}
	return days[0], nil
}

// openPlan returns the plan of an earlier, interrupted Play for date d.
func openPlan(ctx context.Context, engine runner, d calendar.Date) (forecast.PlanID, error) {
	plans, err := engine.Plans(ctx)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(plans, func(plan forecast.Plan) bool {
		row, ok := plan.Row(d)
		return ok && plan.State != forecast.PlanEnded && plan.Request.Kind == forecast.PlanRun && row.State.Open()
	})
	if i < 0 {
		return "", nil
	}
	return plans[i].ID, nil
}
