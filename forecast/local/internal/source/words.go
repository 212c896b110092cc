//go:build unix

package source

import (
	"fmt"
	"strings"
)

// News says what is new or changed: "data/a.csv arrived since", "2 files changed
// since (a.csv, b.csv)". It is empty if nothing is.
func (d Difference) News() string {
	return join(said(d.Changed, "changed"), said(d.Arrived, "arrived"))
}

// Losses says what is no longer there: "data/a.csv went away since". It is empty
// if nothing is missing.
func (d Difference) Losses() string { return said(d.Gone, "went away") }

// String says all of it.
func (d Difference) String() string { return join(d.News(), d.Losses()) }

// said says what happened to files. At most three are named.
func said(paths []string, what string) string {
	const most = 3
	switch n := len(paths); {
	case n == 0:
		return ""
	case n == 1:
		return fmt.Sprintf("%s %s since", paths[0], what)
	case n > most:
		return fmt.Sprintf("%d files %s since (%s, ...)", n, what, strings.Join(paths[:most], ", "))
	default:
		return fmt.Sprintf("%d files %s since (%s)", n, what, strings.Join(paths, ", "))
	}
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}
