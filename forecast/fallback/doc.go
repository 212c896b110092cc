// Package fallback makes the forecast of a date that has none of its own: the last
// good one, shifted onto the date, or for want of one that is young enough a
// naive forecast of the latest data.
//
// # The shift
//
// A forecast made for D-k has the targets D-k+1 .. D-k+h. Of those the ones after
// D stay as they are, with their intervals, which are those of k days more. The k
// targets at the end are filled with the forecast of the same weekday one week
// earlier. Calendar effects are exchanged: a special day is not repeated a week
// later, and a special day among the last k gets the effect that the forecast
// itself has for a day of its class, if it has one. Intervals go on growing as
// they grew over the forecast's last week, at most as those of a random walk.
//
// The package is pure: it decides and reckons, engines read and publish.
package fallback
