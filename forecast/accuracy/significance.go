package accuracy

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Method is how a [Test] came to its probabilities.
type Method string

// Methods.
const (
	MethodNone           Method = "none" // too little evidence
	MethodDieboldMariano Method = "diebold-mariano"
	MethodBootstrap      Method = "bootstrap"
	MethodSign           Method = "sign"
)

const (
	// originsLimit is the number of origins below which series are resampled
	// instead of relying on the variance between origins.
	originsLimit = 8

	// seriesLimit is the number of series that resampling needs: with fewer it
	// finds a difference too easily.
	seriesLimit = 5

	// rounds is the number of bootstrap samples.
	rounds = 2000
)

// Test is a test of whether two forecasts are equally good, from differences
// of their losses: first minus second.
type Test struct {
	Method Method `json:"method"`
	// N counts what varies in the test: origins, or series in a bootstrap.
	N int `json:"n"`
	// Mean is the mean difference; the first forecast is better if it is
	// negative.
	Mean float64 `json:"mean"`
	// Statistic is the corrected Diebold-Mariano statistic, 0 for other methods.
	Statistic float64 `json:"statistic"`
	// TwoSided is the probability of a mean so far from 0 if both are equally
	// good. Better and Worse are one-sided: small if the first forecast is
	// better, or worse. Without evidence all are 1.
	TwoSided float64 `json:"p"`
	Better   float64 `json:"p_better"`
	Worse    float64 `json:"p_worse"`
	// Reason says why there is no test.
	Reason string `json:"reason,omitempty"`
}

// Compare tests paired differences of losses, in units in which series can be
// averaged: differences[i][j] is that of series i at origin j, NaN = missing,
// origins oldest first. With at least eight origins, or with fewer than five series,
// it is a [DieboldMariano] test on the means per origin, else a [Bootstrap] over the
// means per series, seeded by rng. overlap is that of DieboldMariano.
func Compare(differences [][]float64, overlap int, rng *rand.Rand) Test {
	var origins, perSeries []float64
	width := 0
	for _, row := range differences {
		width = max(width, len(row))
		if m := meanOf(row); !math.IsNaN(m) {
			perSeries = append(perSeries, m)
		}
	}
	column := make([]float64, 0, len(differences))
	for j := range width {
		column = column[:0]
		for _, row := range differences {
			if j < len(row) {
				column = append(column, row[j])
			}
		}
		if m := meanOf(column); !math.IsNaN(m) {
			origins = append(origins, m)
		}
	}
	if len(origins) < originsLimit && len(perSeries) >= seriesLimit {
		return Bootstrap(perSeries, rng)
	}
	return DieboldMariano(origins, overlap)
}

// DieboldMariano tests differences of losses at successive origins, oldest
// first (Diebold & Mariano, J. Business & Economic Statistics 13, 1995), with
// the correction and the Student distribution of Harvey, Leybourne & Newbold,
// Int. J. Forecasting 13 (1997), section 2. overlap is the number of origins
// whose forecasts share target dates, the h of the papers: the horizon over the
// step between origins, rounded up; it counts as at most one less than the origins.
// Where the estimated long-run variance is not positive, the plain variance takes
// its place, as for an overlap of 1.
//
// Differences that don't vary leave only their signs to test. Fewer than two,
// or one that is not finite, are no evidence.
func DieboldMariano(differences []float64, overlap int) Test {
	n := len(differences)
	if test, ok := unfit(differences, "origins"); !ok {
		return test
	}
	h := min(max(1, overlap), n-1)
	count := float64(n)
	mean := stat.Mean(differences, nil)
	variance := autocovariance(differences, mean, 0)
	longRun := variance
	for k := 1; k < h; k++ {
		longRun += 2 * autocovariance(differences, mean, k)
	}
	if longRun <= 0 {
		longRun, h = variance, 1
	}
	if longRun <= 1e-24*mean*mean || longRun == 0 {
		return signTest(n, mean)
	}
	lag := float64(h)
	correction := (count + 1 - 2*lag + lag*(lag-1)/count) / count
	statistic := mean / math.Sqrt(longRun/count) * math.Sqrt(correction)
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: count - 1}
	better := student.CDF(statistic)
	return Test{
		Method:    MethodDieboldMariano,
		N:         n,
		Mean:      mean,
		Statistic: statistic,
		TwoSided:  min(1, 2*student.CDF(-math.Abs(statistic))),
		Better:    better,
		Worse:     student.CDF(-statistic),
	}
}

// Bootstrap tests mean differences of losses per series by drawing 2,000 times
// as many series with replacement. The probabilities are shares of draws, and
// never 0 (Davison & Hinkley, Bootstrap Methods and their Application, 1997,
// section 4.2). It takes the series as independent draws: where they share what
// happened on a day, it finds a difference more easily than its probabilities say.
// Fewer than two differences, or one that is not finite, are no evidence.
func Bootstrap(differences []float64, rng *rand.Rand) Test {
	if test, ok := unfit(differences, "series"); !ok {
		return test
	}
	n := len(differences)
	better, worse := 1, 1
	for range rounds {
		var sum float64
		for range n {
			sum += differences[rng.IntN(n)]
		}
		if sum >= 0 {
			better++
		}
		if sum <= 0 {
			worse++
		}
	}
	return Test{
		Method:   MethodBootstrap,
		N:        n,
		Mean:     stat.Mean(differences, nil),
		TwoSided: min(1, 2*float64(min(better, worse))/(rounds+1)),
		Better:   float64(better) / (rounds + 1),
		Worse:    float64(worse) / (rounds + 1),
	}
}

// signTest is what is left to test n equal differences.
func signTest(n int, mean float64) Test {
	test := Test{Method: MethodSign, N: n, Mean: mean, TwoSided: 1, Better: 1, Worse: 1}
	p := math.Pow(.5, float64(n))
	switch {
	case mean < 0:
		test.Better, test.TwoSided = p, min(1, 2*p)
	case mean > 0:
		test.Worse, test.TwoSided = p, min(1, 2*p)
	}
	return test
}

// unfit returns the test of differences that are no evidence, and whether they
// are.
func unfit(differences []float64, of string) (test Test, ok bool) {
	test = Test{Method: MethodNone, N: len(differences), TwoSided: 1, Better: 1, Worse: 1}
	if len(differences) < 2 {
		test.Reason = "fewer than two " + of
		return test, false
	}
	for _, d := range differences {
		if !finite(d) {
			test.Reason = "a difference is not a finite number"
			return test, false
		}
	}
	return test, true
}

// autocovariance returns the autocovariance of d at lag k, over n.
func autocovariance(d []float64, mean float64, k int) float64 {
	var sum float64
	for t := k; t < len(d); t++ {
		sum += (d[t] - mean) * (d[t-k] - mean)
	}
	return sum / float64(len(d))
}

// meanOf returns the mean of the values that are not NaN, NaN if there is none.
func meanOf(values []float64) float64 {
	var sum float64
	n := 0
	for _, v := range values {
		if !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	return sum / float64(n)
}
