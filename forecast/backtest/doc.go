// Package backtest forecasts series from several dates of their past and from
// now, always by the same code: rolling origins over a panel.
//
// # No leakage
//
// A forecast from an origin depends on the values up to that origin and on
// nothing later. This holds for all that is estimated: parameters, imputed
// special days and their pooled effects, profiles of the week, scales.
//
// # Reproducible
//
// The same panel gives the same bits, whatever the number of workers and the
// order of the series: results go to their slot by index, sums run in index
// order, and the order of a map has no part in them.
package backtest
