package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
)

// A driver whose plan was taken over decides nothing of it any more.
func TestFenceOfPlan(t *testing.T) {
	t.Parallel()
	s := empty(t)
	row := forecast.PlanRow{Date: day(10), State: forecast.RowQueued}
	plan := forecast.Plan{ID: "bf-1", Pipeline: "demand", State: forecast.PlanActive, Rows: []forecast.PlanRow{row}}
	if err := s.PutPlan(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	old, err := s.TakePlan(t.Context(), plan.ID, store.Holder{Actor: "aki"}, time.Time{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.TakePlan(t.Context(), plan.ID, store.Holder{Actor: "kei"}, time.Time{}, nil)
	driven, ok := errors.AsType[*store.DrivenError](err)
	if !ok {
		t.Fatalf("TakePlan of a driven plan = %v; want who drives it", err)
	}
	taken, err := s.TakePlan(t.Context(), plan.ID, store.Holder{Actor: "kei"}, time.Time{}, driven)
	if err != nil || taken.Fence <= old.Fence {
		t.Fatalf("TakePlan = %+v, %v; want a higher fence than %d", taken, err, old.Fence)
	}
	writes := map[string]func(drive store.Drive) error{
		"Begin": func(drive store.Drive) error {
			a := newAttempt(day(10), fmt.Sprint("g", drive.Fence))
			a.Drive, a.From, a.Row = drive, forecast.RowQueued, row
			a.Row.State = forecast.RowRunning
			_, err := s.Begin(t.Context(), a)
			return err
		},
		"SettlePlan": func(drive store.Drive) error {
			_, err := s.SettlePlan(t.Context(), drive, func(p forecast.Plan) (forecast.Plan, error) {
				p.Reason = "paused"
				return p, nil
			})
			return err
		},
		"MoveRows":  func(drive store.Drive) error { return s.MoveRows(t.Context(), drive, nil) },
		"RenewPlan": func(drive store.Drive) error { return s.RenewPlan(t.Context(), drive, time.Time{}) },
	}
	for name, write := range writes {
		if err := write(old); !errors.Is(err, store.ErrFenced) {
			t.Errorf("%s with the old fence = %v; want ErrFenced", name, err)
		}
	}
	if p, err := s.Plan(t.Context(), plan.ID); err != nil || p.Reason != "" || p.Rows[0].State != forecast.RowQueued {
		t.Errorf("plan = %+v, %v; want it untouched", p, err)
	}
	if leases, err := s.Leases(t.Context()); err != nil || len(leases) > 0 {
		t.Errorf("Leases = %v, %v; want none", leases, err)
	}
	for name, write := range writes {
		if err := write(taken); err != nil {
			t.Errorf("%s with the new fence = %v; want nil", name, err)
		}
	}
	if err := s.LeavePlan(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	if err := s.RenewPlan(t.Context(), taken, time.Time{}); err != nil {
		t.Errorf("RenewPlan after the old driver left = %v; want nil: it left nothing", err)
	}
}
