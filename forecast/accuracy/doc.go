// Package accuracy measures forecasts against what happened.
//
// Rows, each an actual with its forecast, are summed into a [Sums] per series;
// sums of series are pooled into a [Pool]; both give [Measures]. The sums are
// what is stored, because they can be pooled further: over origins, horizons, series
// or shards, as far as each of these has sums of its own.
//
//	block := sums.Block(accuracy.ScaleOf(train, 7)) // one series and origin
//	for i, y := range actuals {
//		block.Add(y, mean[i], accuracy.Bounds{Level: 95, Lower: lower[i], Upper: upper[i]})
//	}
//	measures := sums.Measures()
//
// A measure that has no value says why; no result is NaN or infinite.
//
// [Compare] tells whether one of two forecasts is significantly better.
package accuracy
