package decompose

// Autocorrelation is that at lags 1 to m.
func Autocorrelation(y []float64, m int) []float64 { return autocorrelation(y, m) }
