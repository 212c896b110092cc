package step_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/step"
)

// TestLinesInPieces checks that the log of a command does not depend on how its
// output was cut into writes.
func TestLinesInPieces(t *testing.T) {
	t.Parallel()
	const now = "2026-01-16T06:01:02.123456Z "
	line := rapid.SampledFrom([]struct{ in, out string }{
		{"fit", now + "fit"},
		{"", now},
		{"2026", now + "2026"},
		{"2026-01-16T06:00:00.000001", now + "2026-01-16T06:00:00.000001"},
		{"2026-01-16T06:00:00.000001Z INFO fit", "2026-01-16T06:00:00.000001Z INFO fit"},
		{"2026-99-16T06:00:00.000001Z x", now + "2026-99-16T06:00:00.000001Z x"},
	})
	rapid.Check(t, func(t *rapid.T) {
		var in, want string
		for _, l := range rapid.SliceOfN(line, 1, 5).Draw(t, "lines") {
			in, want = in+l.in+"\n", want+l.out+"\n"
		}
		if rapid.Bool().Draw(t, "last line without end") && len(in) > 1 && in[len(in)-2] != '\n' {
			in = in[:len(in)-1]
		}
		log := &buffer{}
		lines := step.NewLineWriter(log, func() time.Time { return clock() })
		for rest := in; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			if _, err := lines.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		lines.Close()
		if got := log.String(); got != want {
			t.Errorf("log of %q =\n%s\nwant\n%s", in, got, want)
		}
	})
}
