package record

import (
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// Plan is a plan and who drives it.
type Plan struct {
	Plan forecast.Plan `json:"plan"`
	// Driver carries it out, until Until if it gives no further sign of life.
	Driver string    `json:"driver,omitempty"` // user@host
	Fence  int64     `json:"fence"`            // each taking draws one
	Until  time.Time `json:"until,omitzero"`
	// Since is when the plan came into the state that it is in.
	Since time.Time `json:"since,omitzero"`
	// Carriers are the executions that carry several of its dates, oldest first.
	Carriers []Carrier `json:"carriers,omitempty"`
}

// Drive takes the plan for a driver. It wraps forecast.ErrConflict if another
// one drives it and may be alive.
func (p Plan) Drive(driver string, now, until time.Time) (Plan, error) {
	if p.Driver != "" && now.Before(p.Until) {
		return p, fmt.Errorf("drive plan %s: %w: %s drives it", p.Plan.ID, forecast.ErrConflict, p.Driver)
	}
	p.Driver, p.Until = driver, until
	p.Fence++
	p.Plan.Driver = driver
	return p, nil
}

// Came notes when the plan came into its state, if it was in another before.
func (p Plan) Came(before forecast.PlanState, now time.Time) Plan {
	if p.Plan.State != before {
		p.Since = now
	}
	return p
}

// Holds returns an error wrapping forecast.ErrConflict if the driver with a
// fence does not drive the plan any more.
func (p Plan) Holds(fence int64) error {
	if p.Fence != fence || p.Driver == "" {
		return fmt.Errorf("drive plan %s: %w: another has taken it over", p.Plan.ID, forecast.ErrConflict)
	}
	return nil
}

// Leave gives the plan back.
func (p Plan) Leave(fence int64) (Plan, error) {
	if p.Holds(fence) != nil {
		return p, ErrUnchanged
	}
	p.Driver, p.Until, p.Plan.Driver = "", time.Time{}, ""
	return p, nil
}
