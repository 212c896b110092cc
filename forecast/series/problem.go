package series

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// ErrInvalid is what a [DataError] wraps: the data can't form a panel.
var ErrInvalid = errors.New("invalid data")

// Problem is one observation that can't be part of a panel.
type Problem struct {
	// Row is the observation's row in its source, 0 if unknown.
	Row int `json:"row,omitzero"`
	// Key is the series; its parts are as given, also where they are the problem.
	Key Key `json:"key"`
	// Date is the date of the observation.
	Date calendar.Date `json:"date"`
	// Text says what is wrong with it.
	Text string `json:"text"`

	// number is the position of the observation among those added.
	number int
}

// String returns p as one line: "row 12, series A Tokyo, 2026-01-31: is after
// the origin 2026-01-30".
func (p Problem) String() string {
	var b strings.Builder
	if p.Row > 0 {
		fmt.Fprintf(&b, "row %d, ", p.Row)
	}
	fmt.Fprintf(&b, "series %s, %s: %s", p.Key, p.Date, p.Text)
	return b.String()
}

// DataError lists the observations that keep data from forming a panel.
type DataError struct {
	// Problems are the first ones, in the order in which they were added.
	Problems []Problem
	// Total counts all problems, also those not listed.
	Total int
}

// Error returns the number of problems and a line for each of those listed.
func (e *DataError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d bad observations", e.Total)
	if e.Total == 1 {
		b.Reset()
		b.WriteString("1 bad observation")
	}
	if len(e.Problems) < e.Total {
		fmt.Fprintf(&b, ", the first %d of them", len(e.Problems))
	}
	for _, p := range e.Problems {
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}

// Unwrap returns [ErrInvalid].
func (e *DataError) Unwrap() error { return ErrInvalid }

// problems keeps the first few problems and counts the others.
type problems struct {
	limit int
	first []Problem // sorted by number
	total int
}

func (p *problems) add(problem Problem) {
	p.total++
	at, _ := slices.BinarySearchFunc(p.first, problem, func(a, b Problem) int {
		return cmp.Compare(a.number, b.number)
	})
	if at == p.limit {
		return
	}
	p.first = slices.Insert(p.first, at, problem)
	p.first = p.first[:min(len(p.first), p.limit)]
}

// err returns a *DataError, or nil if there is no problem.
func (p *problems) err() error {
	if p.total == 0 {
		return nil
	}
	return &DataError{Problems: slices.Clone(p.first), Total: p.total}
}
