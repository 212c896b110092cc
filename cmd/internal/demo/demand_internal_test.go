package demo

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/calendar"
)

func testMarket(t *testing.T) market {
	t.Helper()
	p, err := Open(t.TempDir(), calendar.Of(2026, 10, 18), Local)
	if err != nil {
		t.Fatal(err)
	}
	return p.market
}

func TestDayIsTheSameWheneverItIsMade(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 3, 7)
	first := testMarket(t)
	first.day(d - 1) // what was made before must not matter
	if diff := cmp.Diff(first.day(d), testMarket(t).day(d), cmp.AllowUnexported(row{})); diff != "" {
		t.Errorf("day(%s) differs between two markets (-first +second):\n%s", d, diff)
	}
}

func TestDayHasEverySeriesOnceLaunched(t *testing.T) {
	t.Parallel()
	m := testMarket(t)
	for _, test := range []struct {
		date calendar.Date
		want int
	}{
		{m.last, 48},
		{m.last - 151, 42}, // takumi is not there yet
		{m.last - 421, 36}, // nor is kaze-ev
	} {
		if got := len(m.day(test.date)); got != test.want {
			t.Errorf("day(%s) has %d rows; want %d", test.date, got, test.want)
		}
	}
}

// total sums the orders of a vehicle over a range, in all regions.
func total(m market, vehicleName string, dates calendar.Range) (orders, zeros int) {
	for d := range dates.Dates() {
		for _, row := range m.day(d) {
			if row.vehicle != vehicleName {
				continue
			}
			orders += row.orders
			if row.orders == 0 {
				zeros++
			}
		}
	}
	return orders, zeros
}

func TestDemandHasTheSeasonsItClaims(t *testing.T) {
	t.Parallel()
	m := testMarket(t)
	winter := calendar.Range{From: calendar.Of(2026, 1, 5), To: calendar.Of(2026, 2, 4)}
	summer := calendar.Range{From: calendar.Of(2026, 7, 5), To: calendar.Of(2026, 8, 4)}
	cold, _ := total(m, "yukimi-4wd", winter)
	warm, zeros := total(m, "yukimi-4wd", summer)
	if cold < 2*warm {
		t.Errorf("yukimi-4wd sells %d in winter and %d in summer; want at least twice as many in winter", cold, warm)
	}
	if zeros < 31 {
		t.Errorf("yukimi-4wd has %d days without an order in summer; want an intermittent series", zeros)
	}
	saturdays, tuesdays := 0, 0
	for d := calendar.Of(2026, 2, 1); d < calendar.Of(2026, 8, 1); d++ {
		orders, _ := total(m, "aozora", calendar.Range{From: d, To: d})
		switch d.Weekday().String() {
		case "Saturday":
			saturdays += orders
		case "Tuesday":
			tuesdays += orders
		}
	}
	if saturdays < tuesdays*5/4 {
		t.Errorf("aozora sells %d on Saturdays and %d on Tuesdays; want a weekly season", saturdays, tuesdays)
	}
}

func TestPoissonHasItsMean(t *testing.T) {
	t.Parallel()
	m := testMarket(t)
	for _, mean := range []float64{0.3, 5, 250} {
		sum := 0
		const draws = 4000
		random := m.random("poisson", "mean", 1)
		for range draws {
			sum += poisson(random, mean)
		}
		if got := float64(sum) / draws; got < mean*0.93 || got > mean*1.07 {
			t.Errorf("mean of poisson(%v) = %v", mean, got)
		}
	}
}
