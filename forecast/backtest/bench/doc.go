// Package bench measures forecasting methods on a set of series whose end is
// held back, or by rolling origins: their errors, their intervals and what they
// cost. It is how every published figure of this module was made.
//
// A method is forecast as a batch forecasts it, by package backtest: with the
// ladder below it and without negative demand. Its intervals are conformal and
// come from the origins before the one that is measured, as in a batch of that date,
// so nothing that is forecast has made them. The baselines naive, seasonal_naive and
// naive2 are plain: all values as they are. MASE, RMSSE and MSIS are scaled by all values
// of the training part, as their definitions have it.
//
// Time is that of the forecasts alone, of one series after the other. Where it
// is read is the caller's: a [Meter].
package bench
