package selection

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// falseChoice is the probability with which a series may lose its default although
// no other method is better. It is the usual level of a test, and no data chose it.
const falseChoice = 0.05

// evidence is what the origins say about a candidate: its gains over the default, each
// the mean over a window of days.
type evidence struct {
	gains   []float64
	windows []calendar.Range
}

// test returns the mean gain, its standard error, and the probability of a gain so
// large if the default is as good: Student's test on one side. Of fewer than
// leastOrigins gains the error is 0 and the probability 1.
//
// Origins closer to each other than a horizon are judged by the same days. The mean of
// n such gains varies by more than 1/n of one of them, and they vary less among
// themselves than independent ones would. So few origins can't tell their covariance
// (Diebold & Mariano, J. Business & Economic Statistics 13, 1995, need more): it is
// taken from the days that windows have in common.
func (e evidence) test() (gain, standardError, p float64) {
	n := float64(len(e.gains))
	if len(e.gains) == 0 {
		return 0, 0, 1
	}
	for i, v := range e.gains {
		gain += (v - gain) / float64(i+1)
	}
	if len(e.gains) < leastOrigins {
		return gain, 0, 1
	}
	var squares float64
	for _, v := range e.gains {
		squares += (v - gain) * (v - gain)
	}
	share, freedom := e.overlap()
	if share >= 1 { // one window, several times
		return gain, 0, 1
	}
	standardError = math.Sqrt(squares / n * share / (1 - share))
	switch {
	case gain <= 0:
		return gain, standardError, 1
	case standardError == 0:
		return gain, 0, 0
	}
	return gain, standardError, distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Survival(gain / standardError)
}

// overlap returns the variance of the mean of the gains in units of the variance of
// one, which is 1/n if no two windows share a day and 1 if all are the same, and the
// degrees of freedom of their sum of squares (Satterthwaite, Biometrics Bulletin 2,
// 1946), which are n-1 if no two do. With R the gains' correlations and C the matrix
// that takes their mean away these are tr(CR)^2 / tr(CRCR).
func (e evidence) overlap() (share, freedom float64) {
	n := float64(len(e.windows))
	var sum, squares, rows float64 // of R: its sum, and those of its squares and of its squared row sums
	for _, a := range e.windows {
		var row float64
		for _, b := range e.windows {
			r := correlation(a, b)
			row += r
			squares += r * r
		}
		sum += row
		rows += row * row
	}
	share = sum / (n * n)
	trace := n - sum/n
	return share, trace * trace / (squares - 2*rows/n + sum*sum/(n*n))
}

// correlation returns that of the means over two windows, if days are independent.
func correlation(a, b calendar.Range) float64 {
	both := days(calendar.Range{From: max(a.From, b.From), To: min(a.To, b.To)})
	if both == 0 {
		return 0
	}
	return both / math.Sqrt(days(a)*days(b))
}

func days(r calendar.Range) float64 { return float64(max(0, r.To-r.From+1)) }
