package aws

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/plan"
)

// TestLayouts compares the layouts of a project whose Train is half of the work, on
// two machines of twice the price where it has its own.
func TestLayouts(t *testing.T) {
	t.Parallel()
	project := settings.Settings{
		Machine: settings.Machine{Instance: "one"}, Prices: map[string]float64{"one": 1, "two": 2},
		Steps: map[forecast.StepName]settings.Machine{forecast.Train: {Instance: "two", Instances: 2}},
	}
	shares := make(map[forecast.StepName]float64)
	for _, step := range forecast.StepNames() {
		shares[step] = 0.1
	}
	shares[forecast.Train] = 0.5
	tests := []struct {
		layout     settings.Layout
		hourly     float64
		work, cost [3]float64 // steps, fused, range
	}{
		// In two jobs Train takes half as long, for twice the money.
		{settings.LayoutFused, 1, [3]float64{0.75, 1, 1}, [3]float64{1.5, 1, 1}},
		// Of the hour Train's machines are billed half an hour each: 2 USD, and 0.5 for the
		// rest. One machine works half an hour longer; that of ranges has the higher price.
		{settings.LayoutSteps, 2.5, [3]float64{1, 1.5, 1.5}, [3]float64{1, 0.6, 1.2}},
	}
	for _, tt := range tests {
		project.Layout = tt.layout
		all, hourly := layouts(project, shares)
		if math.Abs(hourly-tt.hourly) > 1e-9 || len(all) != 3 {
			t.Fatalf("%s: layouts = %+v, USD %g an hour; want three, USD %g", tt.layout, all, hourly, tt.hourly)
		}
		for i, l := range all {
			if math.Abs(l.Work-tt.work[i]) > 1e-9 || math.Abs(l.Cost-tt.cost[i]) > 1e-9 {
				t.Errorf("%s: %+v; want %g of the work, %g of the cost", tt.layout, l, tt.work[i], tt.cost[i])
			}
			if needs := i < 2 && l.Name != string(tt.layout); needs != (l.Needs != "") {
				t.Errorf("%s: %s needs %q", tt.layout, l.Name, l.Needs)
			}
		}
	}
	delete(project.Prices, "two")
	if all, hourly := layouts(project, nil); hourly != 0 || math.Abs(all[1].Work-7.0/6) > 1e-9 {
		t.Errorf("without a price: %+v, USD %g; want no cost, and all steps alike", all, hourly)
	}
}

// TestAssume fills in what is not known, and nothing else.
func TestAssume(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	tests := map[string]struct {
		have   plan.Rules
		hourly float64
		want   plan.Rules
		says   []string
	}{
		"nothing known": {
			plan.Rules{Starts: 6},
			0.6,
			plan.Rules{Starts: 6, StartUp: 8 * minute, Typical: 58 * minute, TypicalCost: 0.1},
			[]string{"starts in 8m", "10m of work", "USD 0.6 (sagemaker.prices)"},
		},
		"no price": {
			plan.Rules{Starts: 1},
			0,
			plan.Rules{Starts: 1, StartUp: 8 * minute, Typical: 18 * minute},
			[]string{"starts in 8m", "10m of work", "no cost"},
		},
		"no start was seen": {
			plan.Rules{Starts: 1, Typical: minute, TypicalDays: 3, TypicalCost: 1},
			0.6,
			plan.Rules{Starts: 1, Typical: 9 * minute, TypicalDays: 3, StartUp: 8 * minute, TypicalCost: 1},
			[]string{"starts in 8m"},
		},
		"no bill": {
			plan.Rules{Starts: 1, Typical: 62 * minute, StartUp: 2 * minute},
			0.6,
			plan.Rules{Starts: 1, Typical: 62 * minute, StartUp: 2 * minute, TypicalCost: 0.6},
			[]string{"USD 0.6"},
		},
		"all known": {
			plan.Rules{Starts: 1, Typical: minute, StartUp: 1, TypicalCost: 1}, 0.6, plan.Rules{Starts: 1, Typical: minute, StartUp: 1, TypicalCost: 1}, nil,
		},
	}
	for name, tt := range tests {
		got := assume(tt.have, tt.hourly)
		if got.StartUp != tt.want.StartUp || got.Typical != tt.want.Typical || math.Abs(got.TypicalCost-tt.want.TypicalCost) > 1e-9 || got.TypicalDays != tt.want.TypicalDays {
			t.Errorf("%s: %+v; want %+v", name, got, tt.want)
		}
		if parts := strings.Split(got.Assumed, ", "); got.Assumed == "" != (len(tt.says) == 0) || got.Assumed != "" && len(parts) != len(tt.says) {
			t.Errorf("%s: assumed %q; want %q", name, got.Assumed, tt.says)
		}
		for _, part := range tt.says {
			if !strings.Contains(got.Assumed, part) {
				t.Errorf("%s: assumed %q; want %q in it", name, got.Assumed, part)
			}
		}
	}
}
