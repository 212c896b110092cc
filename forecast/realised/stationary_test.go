package realised_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/realised"
	"github.com/daybatch/daybatch/forecast/series"
)

// world draws a panel whose actuals are a level and noise, and forecasts it by the level
// as it is known.
type world struct {
	series, horizon int
	sd              [7]float64 // of the noise, by weekday
	keeps           float64    // of a level's distance from its mean from one day to the next
	moves           float64    // sd of what a level moves by
	common          float64    // share of the noise's variance that all series have
	heavy           bool
	worse           float64 // factor of the sds from a date on
	since           calendar.Date
}

type drawn struct {
	world
	first  calendar.Date
	level  [][]float64 // by series, then date
	actual [][]float64
}

func (w world) draw(first calendar.Date, days int, rng *rand.Rand) drawn {
	d := drawn{world: w, first: first, level: make([][]float64, w.series), actual: make([][]float64, w.series)}
	noise := func() float64 {
		if w.heavy { // Student's t of 3 degrees of freedom, of variance 1
			chi := 0.0
			for range 3 {
				z := rng.NormFloat64()
				chi += z * z
			}
			return rng.NormFloat64() / math.Sqrt(chi/3) / math.Sqrt(3)
		}
		return rng.NormFloat64()
	}
	shared := make([]float64, days)
	for t := range days {
		shared[t] = noise()
	}
	for i := range w.series {
		level := 0.0
		for t := range days {
			date := first + calendar.Date(t)
			factor := 1.0
			if w.worse > 0 && date >= w.since {
				factor = w.worse
			}
			level = level*w.keeps + factor*w.moves*noise()
			d.level[i] = append(d.level[i], level)
			own := math.Sqrt(w.common)*shared[t] + math.Sqrt(1-w.common)*noise()
			d.actual[i] = append(d.actual[i], max(0, 1000+level+factor*w.sd[date.Weekday()]*own))
		}
	}
	return d
}

// mean is the forecast of a series for a date, made for one before.
func (d drawn) mean(i int, made, target calendar.Date) float64 {
	return 1000 + d.level[i][made-d.first]*math.Pow(d.keeps, float64(target-made))
}

func (d drawn) at(i int, date calendar.Date) float64 { return d.actual[i][date-d.first] }

// evaluate returns the errors of the backtest of a date.
func (d drawn) evaluate(date calendar.Date, evaluations int) []forecast.OriginErrors {
	var list []forecast.OriginErrors
	for ; evaluations > 0; evaluations-- {
		list = append(list, d.evaluateOne(date)...)
		date--
	}
	return list
}

func (d drawn) evaluateOne(date calendar.Date) []forecast.OriginErrors {
	var list []forecast.OriginErrors
	for _, origin := range backtest.Origins(date, d.horizon, 7, 4) {
		e := forecast.OriginErrors{Origin: origin, Absolute: make([]float64, d.horizon), Actual: make([]float64, d.horizon)}
		for h := range d.horizon {
			e.Absolute[h], e.Actual[h] = d.sums(origin, origin+calendar.Date(h+1))
		}
		list = append(list, e)
	}
	return list
}

// look reports what is told once the actuals of a date are there. The errors of a date
// are those of one series, as large as those of all together.
func (d drawn) look(newest, evaluated calendar.Date, evaluations int) forecast.Realised {
	var rows []realised.Row
	o := realised.Options{Targets: realised.Targets(forecast.RealisedQuery{}, newest), Expected: d.evaluate(evaluated, evaluations)}
	for target := o.Targets.From; target <= newest; target++ {
		for ahead := 1; ahead <= d.horizon; ahead++ {
			made := target - calendar.Date(ahead)
			absolute, actual := d.sums(made, target)
			rows = append(rows, realised.Row{Series: series.MakeKey("all"), Date: made, Target: target, Actual: actual, Mean: actual - absolute})
		}
	}
	return realised.Report(rows, o)
}

// sums are the absolute errors and the actuals of all series.
func (d drawn) sums(made, target calendar.Date) (absolute, actual float64) {
	for i := range d.series {
		absolute += math.Abs(d.at(i, target) - d.mean(i, made, target))
		actual += d.at(i, target)
	}
	return absolute, actual
}

// noisyWeekends is 250 on the days of a weekend and 40 on others.
func noisyWeekends() [7]float64 { return [7]float64{250, 40, 40, 40, 40, 40, 250} }

// worlds are those in which nothing changes.
func worlds() map[string]world {
	return map[string]world{
		"noisy weekends":        {series: 20, horizon: 28, sd: noisyWeekends()},
		"one series":            {series: 1, horizon: 28, sd: noisyWeekends()},
		"days in common":        {series: 20, horizon: 28, sd: noisyWeekends(), common: .5},
		"heavy tails":           {series: 20, horizon: 28, sd: noisyWeekends(), heavy: true},
		"levels that return":    {series: 20, horizon: 28, sd: noisyWeekends(), keeps: .8, moves: 60},
		"levels that wander":    {series: 20, horizon: 28, sd: noisyWeekends(), keeps: 1, moves: 30},
		"a week":                {series: 20, horizon: 7, sd: noisyWeekends()},
		"a week of wandering":   {series: 20, horizon: 7, sd: noisyWeekends(), keeps: 1, moves: 30},
		"two weeks":             {series: 20, horizon: 14, sd: noisyWeekends()},
		"a day":                 {series: 20, horizon: 1, sd: noisyWeekends()},
		"a single day's errors": {series: 20, horizon: 28, sd: [7]float64{500}},
	}
}

// A panel is drawn so often, and looked at each so many days while it is worse.
const trials, between = 40, 7

func random(stream, seed int) *rand.Rand { return rand.New(rand.NewPCG(uint64(stream), uint64(seed))) }

// Where nothing changes, at most one look in twenty finds drift, over all days of the
// horizon: with the evaluations of a week, and with one.
func TestNoDriftWhereNothingChanges(t *testing.T) {
	t.Parallel()
	const falseAlarms, inOneWorld = .05, .1
	for _, evaluations := range []int{7, 1} {
		alarms, looks := 0, 0
		for name, w := range worlds() {
			own := 0
			for seed := range trials {
				newest := jan(1) + 200
				if w.draw(jan(1), 201, random(1, seed)).look(newest, newest-28, evaluations).Drift != "" {
					own++
				}
			}
			if share := float64(own) / trials; share > inOneWorld {
				t.Errorf("%s, %d evaluations: %.0f %% of looks find drift; want at most %.0f %%", name, evaluations, 100*share, 100*inOneWorld)
			}
			alarms, looks = alarms+own, looks+trials
		}
		t.Logf("%d evaluations: %d of %d looks find drift", evaluations, alarms, looks)
		if share := float64(alarms) / float64(looks); share > falseAlarms {
			t.Errorf("%d evaluations: %.1f %% of looks find drift; want at most %.0f %%", evaluations, 100*share, 100*falseAlarms)
		}
	}
}

// Errors that become 30 % larger are found within three weeks in three of four panels, and
// ones that double within one, or two where all series err together.
func TestDriftIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		worse float64
		days  int
		world string
	}{
		{1.3, 21, "noisy weekends"},
		{1.3, 21, "a week"},
		{1.3, 21, "two weeks"},
		{1.3, 21, "a day"},
		{1.3, 28, "levels that return"},
		{2, 7, "noisy weekends"},
		{2, 7, "a week"},
		{2, 10, "levels that return"},
		{2, 14, "days in common"},
	} {
		w := worlds()[c.world]
		w.worse, w.since = c.worse, jan(1)+200
		found := 0
		for seed := range trials {
			d := w.draw(jan(1), 240, random(2, seed))
			for day := c.days % between; day <= c.days; day += between {
				newest := w.since + calendar.Date(day-1)
				if d.look(newest, newest-28, 7).Drift != "" {
					found++
					break
				}
			}
		}
		t.Logf("%s: errors of %.1f times are found in %d of %d within %d days", c.world, c.worse, found, trials, c.days)
		if found < trials*3/4 {
			t.Errorf("%s: errors of %.1f times are found in %d of %d within %d days; want three in four", c.world, c.worse, found, trials, c.days)
		}
	}
}
