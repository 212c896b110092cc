package logview

import (
	"context"
	"runtime"
	"slices"
	"sync"
)

// Scan looks for the next lines of a pending search, at most limit of them. It
// is what a command runs. It shares the chunks out among the processors.
func Scan(ctx context.Context, matcher *Matcher, s Snapshot, from, limit int) (lines []uint32, upTo int) {
	upTo = min(s.Len(), from+limit)
	parts := shares(from, upTo, runtime.GOMAXPROCS(0))
	found := make([][]uint32, len(parts))
	failed := make([]any, len(parts))
	var workers sync.WaitGroup
	for i, part := range parts {
		workers.Go(func() {
			defer func() { failed[i] = recover() }()
			found[i] = matcher.Lines(ctx, s, part.from, part.to)
		})
	}
	workers.Wait()
	for _, what := range failed {
		if what != nil {
			panic(what) // where it is caught, and the terminal set right
		}
	}
	return slices.Concat(found...), upTo
}

// share is the lines in [from, to).
type share struct{ from, to int }

// shares parts the lines in [from, to) into at most n, at the bounds of chunks.
func shares(from, to, n int) []share {
	first, last := from>>chunkShift, (to+chunkLines-1)>>chunkShift
	each := max(1, (last-first+n-1)/n)
	var parts []share
	for at := first; at < last; at += each {
		parts = append(parts, share{max(from, at<<chunkShift), min(to, (at+each)<<chunkShift)})
	}
	return parts
}
