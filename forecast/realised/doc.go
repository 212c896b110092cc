// Package realised reckons how well published forecasts came true.
//
// Every current partition that forecast a date is compared with what was observed
// of it: made for T-j it gives the error j days ahead. Rows are kept per partition,
// target date and series, and all tables follow from them. What is missing, a
// partition or an actual, lowers the counts and is not filled. Fallbacks are what
// readers saw, so that they count in what was published; of the model they say
// nothing.
//
// # Drift
//
// Backtests say what error to expect: those of the newest evaluations, one of each
// weekday, from before the target dates, so that what has become worse is not what it is
// held against. A model of the weekday and of the days ahead puts them together, and says
// how much a table of so many dates varies if nothing changes, by how much the errors of
// single dates, of dates in a row and of forecasts of the same date vary. A day of the
// horizon drifts if its errors over all target dates, or over the newest seven, are
// significantly larger, by the one-sided t test, over all days of the horizon controlled
// for false discoveries at 5 percent (Benjamini & Hochberg, J. Royal Statistical Society
// B 57, 1995), and more than a tenth larger without the worst date. As the days of a
// horizon share their errors, one alone may drift by chance: the pipeline drifts if a
// quarter of them do.
//
// So where nothing changes at most one look in twenty finds drift, whatever the weekdays:
// a test holds that against panels that are drawn.
//
// A drift lasts from the target date at which it is found until it is found at none
// of three target dates running: people are told when it begins and when it has
// passed, not each morning.
//
// # Signals
//
// What is wrong with a few series is lost in the error of all. One day ahead those of
// each are looked at over the target dates: whether the newest have one sign on more
// than six dates running; the tracking signal of Trigg (1964) beyond 0.6; the cumulative
// sum of Page (1954) beyond five deviations; and whether as many dates were covered as
// the binomial distribution lets expect. Of the tests of all series together at most 5
// percent of what is found may be chance, as above. Besides, the total of the newest
// week is held against the interval of its forecast of a week before.
//
// The package is pure: engines read, keep and alert.
package realised
