package bench_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/bench"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model/naive"
)

// What intervals cover is told of the first observation ahead, of those that end a season
// and of the last; together they are the rows of all.
func TestCoverageByObservationsAhead(t *testing.T) {
	t.Parallel()
	set := bench.Set{Name: "made"}
	for _, id := range []string{"a", "b", "c"} {
		s := bench.Sample{ID: id, Start: calendar.Of(2026, time.January, 1)}
		for i := range 120 {
			s.Values = append(s.Values, 50+20*math.Sin(float64(i*i)+float64(id[0])))
		}
		set.Series = append(set.Series, s)
	}
	method := bench.Method{Name: "naive", Candidates: []backtest.Candidate{backtest.Of("naive", naive.New())}}
	results, err := bench.Run(set, []bench.Method{method}, bench.Options{Period: 4, Horizon: 10, Origins: 3, Levels: []int{50, 90}, Seed: 1}, ticks())
	if err != nil {
		t.Fatal(err)
	}
	var aheads []int
	for _, a := range results[0].Ahead {
		aheads = append(aheads, a.Ahead)
		if a.Rows != 9 || len(a.Levels) != 2 || !(a.Levels[0].Coverage <= a.Levels[1].Coverage) || a.Levels[1].Coverage <= 0 || a.Levels[0].Level != 50 {
			t.Errorf("%d ahead: %+v; want 9 rows, more of them within the wider level", a.Ahead, a)
		}
	}
	if want := []int{1, 4, 8, 10}; !slices.Equal(aheads, want) {
		t.Errorf("coverage is told of %v ahead; want %v", aheads, want)
	}
}
