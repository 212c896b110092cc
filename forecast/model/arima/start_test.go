package arima_test

import (
	"testing"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/arima"
)

// R's arima (4.2.2, method CSS-ML), which starts at conditional sums of squares, is no
// better anywhere. From zeros alone the third ended at -505.744.
func TestOrdersReachTheLikelihoodOfR(t *testing.T) {
	t.Parallel()
	y := airPassengers()
	for _, test := range []struct {
		ar, d, ma int
		want      float64
	}{{1, 0, 1, -511.488}, {2, 0, 1, -511.251}, {2, 1, 2, -503.968}, {3, 0, 2, -507.821}} {
		o := arima.Order{AR: test.ar, D: test.d, MA: test.ma, SeasonalD: 1, SeasonalMA: 1}
		f, err := order(t, o).Fit(y, model.Context{Period: 12})
		if err != nil {
			t.Fatal(err)
		}
		if got := f.(*arima.Fitted).LogLikelihood(); got < test.want-.001 {
			t.Errorf("ARIMA(%d,%d,%d)(0,1,1): likelihood %.3f; R has %.3f", test.ar, test.d, test.ma, got, test.want)
		}
	}
}

// airPassengers is series G of Box & Jenkins, Time Series Analysis (1970): thousands of
// passengers of each month from 1949 to 1960.
func airPassengers() []float64 {
	return []float64{
		112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118,
		115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
		145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
		171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
		196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201,
		204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
		242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278,
		284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306,
		315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336,
		340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
		360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405,
		417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432,
	}
}
