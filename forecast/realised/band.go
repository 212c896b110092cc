package realised

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast"
)

// BandOf returns where values lie: their median and the range of nine in ten, by
// linear interpolation between them. NaN is left out; of nothing it is the zero
// Band.
func BandOf(values []float64) forecast.Band {
	values = slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	if len(values) == 0 {
		return forecast.Band{}
	}
	slices.Sort(values)
	at := func(q float64) float64 {
		place := q * float64(len(values)-1)
		below := int(place)
		if below == len(values)-1 {
			return values[below]
		}
		return values[below] + (place-float64(below))*(values[below+1]-values[below])
	}
	return forecast.Band{Low: at(0.05), Median: at(0.5), High: at(0.95), Origins: len(values)}
}
