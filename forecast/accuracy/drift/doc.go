// Package drift says how the newest week of a panel is unlike the eight weeks
// before it: reasons to look at the source before the forecasts get worse.
//
// # What is compared
//
// Of each of the nine weeks up to the date some numbers are made: how many values there
// are, which share of them is zero, how many series begin and how many have ended, the
// mean of the values, and how far their distribution is from that of the other weeks.
// For the last two, a value less the median of its weekday over the nine weeks is
// divided by the robust scale of those differences, so that series and weekdays can be
// pooled; special days are left out. The distance is the population stability index, the sum of (p - q)
// ln(p/q) over bins, which is Jeffreys' divergence (Proceedings of the Royal Society A
// 186, 1946).
//
// # What counts as unlike
//
// A week is unlike the others if its number lies outside of the prediction interval
// of a normal sample of eight (Hahn & Meeker, Statistical Intervals, 1991, ch. 4).
// All numbers together of a panel in which nothing has changed come out so on one day
// of a hundred at most, each with its part of that (Bonferroni). Weeks and not days or values are
// compared as series share their days: the values of a day are no independent sample.
// And as what is significant need not matter in a large panel, each number has a least
// difference besides.
package drift
