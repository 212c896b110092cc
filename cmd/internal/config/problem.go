package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
)

// shownProblems is how many problems an [Error] prints.
const shownProblems = 20

// Problem is one thing that is wrong with a project.
type Problem struct {
	// Where is "daybatch.yaml:12:3", or the name of a variable.
	Where string
	// Key is the path of the key, for example forecast.horizon; empty if the
	// problem is none of a key.
	Key string
	// Text says what is wrong and what to do.
	Text string

	line, column int // in the file; 0 if it is elsewhere
}

// String returns the problem in one line.
func (p Problem) String() string {
	if p.Key == "" {
		return p.Where + ": " + p.Text
	}
	return p.Where + ": " + p.Key + ": " + p.Text
}

// Error says all that is wrong with a project. It wraps [forecast.ErrInvalid].
type Error struct {
	File     string    // path of the project file
	Problems []Problem // in the order of the file, others last
}

// newError orders problems by their places.
func newError(file string, problems []Problem) *Error {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		if (a.line == 0) != (b.line == 0) {
			return b.line - a.line
		}
		return cmp.Or(a.line-b.line, a.column-b.column)
	})
	return &Error{File: file, Problems: problems}
}

// Error returns a line for each problem, in the order of the file.
func (e *Error) Error() string {
	lines := make([]string, 0, len(e.Problems))
	for i, p := range e.Problems {
		if i == shownProblems {
			lines = append(lines, fmt.Sprintf("and %d more", len(e.Problems)-i))
			break
		}
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns [forecast.ErrInvalid].
func (*Error) Unwrap() error { return forecast.ErrInvalid }
