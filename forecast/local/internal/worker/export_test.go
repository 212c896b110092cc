//go:build unix

package worker

// Runs reports whether the range's process runs.
func Runs(g *Range) bool { return g.child != nil && !g.child.over() }
