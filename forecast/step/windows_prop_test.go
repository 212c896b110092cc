package step_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
)

// oddNames are names of series on which orders of texts differ.
var oddNames = []string{"van", "Van", "van 2", "van 10", "van\t1", "'); --", "кабриолет", "ü", "u\u0308", " ", "0", "-1"}

// randomOrders are rows of some series, those of a series together and in the order of
// their dates. One of them in so many is what no panel may have; 0: none.
func randomOrders(rng *rand.Rand, faultsIn int) []orderRow {
	var rows []orderRow
	for _, at := range rng.Perm(len(oddNames))[:1+rng.IntN(len(oddNames))] {
		days := 1 + rng.IntN(40)
		for d := range days {
			row := orderRow{oddNames[at], today - calendar.Date(days-1-d), float64(rng.IntN(5))}
			switch rng.IntN(12) {
			case 0:
				continue // a gap
			case 1:
				row.value = math.NaN()
			}
			if faultsIn > 0 && rng.IntN(faultsIn) == 0 {
				row.day = today + calendar.Date(rng.IntN(3))
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// Of any rows, in any order, PreProc makes the same panel, report or error, however
// many of them it holds.
func TestPreProcOfAnyWindow(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 1))
		rows := randomOrders(rng, []int{0, 0, 12}[seed%3])
		metadata := lake.OrderedBySeries()
		if seed%2 == 1 {
			metadata = nil
			rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		}
		want, wrong := preProcIn(t, rows, metadata, len(rows)+1)
		for range 2 {
			window := 1 + rng.IntN(len(rows)+1)
			got, err := preProcIn(t, rows, metadata, window)
			if !bytes.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wrong) {
				t.Errorf("seed %d, %d rows in windows of %d: another panel, or %v; want %v", seed, len(rows), window, err, wrong)
			}
		}
	}
}

// Of any forecast, in any order, PostProc makes the same partition or error, however
// many rows it holds.
func TestPostProcOfAnyWindow(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 2))
		names := rng.Perm(len(oddNames))[:1+rng.IntN(len(oddNames))]
		rows := make([]int, 0, 3*len(names)) // name and day
		for _, at := range names {
			for day := range 3 {
				rows = append(rows, 3*at+day)
			}
		}
		metadata := lake.OrderedBySeries()
		if seed%2 == 1 {
			metadata = nil
			rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		}
		if seed%3 == 2 { // one row is lost
			rows = rows[:len(rows)-1]
		}
		frame := forecastOf(oddNames, rows)
		want, wrong := postProcIn(t, frame, metadata, len(rows)+1)
		for range 2 {
			window := 1 + rng.IntN(len(rows)+1)
			got, err := postProcIn(t, frame, metadata, window)
			if !bytes.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wrong) {
				t.Errorf("seed %d, %d rows in windows of %d: another partition, or %v; want %v", seed, len(rows), window, err, wrong)
			}
		}
	}
}

// forecastOf is a forecast whose rows are given by three times the place of a name and
// the day of the horizon.
func forecastOf(names []string, rows []int) *lake.Frame {
	var vehicles, models []string
	var dates []calendar.Date
	var horizon []int64
	means := make([]float64, len(rows))
	for i, row := range rows {
		vehicles, models = append(vehicles, names[row/3]), append(models, "ets")
		dates, horizon = append(dates, today+calendar.Date(row%3)+1), append(horizon, int64(row%3+1))
		means[i] = float64(row)
	}
	frame := &lake.Frame{}
	frame.Strings("vehicle", vehicles)
	frame.Dates("ds", dates)
	for _, name := range []string{"yhat", "lo80", "hi80", "lo95", "hi95"} {
		frame.Floats(name, means)
	}
	frame.Ints("horizon", horizon)
	frame.Strings("model", models)
	return frame
}
