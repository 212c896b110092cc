package calendar

import (
	"fmt"
	"iter"
)

// Range is an inclusive range of dates. A Range with To before From is empty.
type Range struct {
	From Date `json:"from"`
	To   Date `json:"to"`
}

// Len returns the number of dates in r.
func (r Range) Len() int { return max(0, int(r.To-r.From)+1) }

// Contains reports whether d lies in r.
func (r Range) Contains(d Date) bool { return r.From <= d && d <= r.To }

// Dates yields the dates of r, oldest first.
func (r Range) Dates() iter.Seq[Date] {
	return func(yield func(Date) bool) {
		for d := r.From; d <= r.To; d++ {
			if !yield(d) {
				return
			}
		}
	}
}

// String returns r as screens and commands echo it: "31 dates, 2026-01-01 .. 2026-01-31".
func (r Range) String() string {
	if r.Len() == 1 {
		return r.From.String()
	}
	return fmt.Sprintf("%d dates, %s .. %s", r.Len(), r.From, r.To)
}
