package cli_test

import (
	"strings"
	"testing"

	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// TestComplete asks as a shell does when somebody presses tab.
func TestComplete(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewFake(enginetest.FakeOptions{Auto: true})
	command(t, fake, "backfill", "--last", "3", "--yes")
	tests := []struct {
		line string // words apart by spaces; _ is the empty one that is completed
		want string // the first offers, without what they mean
		not  string
	}{
		{"logs _", "latest yesterday today 2026-01-21 2026-01-20", ""},
		{"logs latest _", "", "2026-01-20"},
		{"rerun latest 2026-01-20 _", "yesterday today 2026-01-21 2026-01-19", "2026-01-20"},
		{"partition rollback _", "latest yesterday today 2026-01-21", ""},
		{"backfill --from _", "latest yesterday today 2026-01-21", ""},
		{"partition diff 2026-01-20 --from _", "1ed581a5", "latest"},
		{"partition preview 2026-01-20 --generation _", "1ed581a5", "latest"},
		{"partition export --generation _", "1ed581a5", "latest"},
		{"partition rollback 2031-01-20 --generation _", "", "2026"},
		{"partition preview --filter _", "vehicle= region= ds= model=", "latest"},
		{"logs latest --step _", "Extract PreProc Train TrainEvaluation Predict PostProc", ""},
		{"days --state _", "bad", ""},
		{"backfill --mode _", "missing missing-and-failed all", ""},
		{"days -o _", "table json csv", ""},
		{"query _", "", "latest"},
		{"backfill show _", "bf-", ""},
	}
	for _, tt := range tests {
		words := strings.Fields(tt.line)
		for i := range words {
			words[i] = strings.TrimPrefix(words[i], "_")
		}
		out := command(t, fake, append([]string{"__complete"}, words...)...)
		var offers []string
		for line := range strings.Lines(out) {
			offer, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			offers = append(offers, offer)
		}
		if got := strings.Join(offers, " "); !strings.HasPrefix(got, tt.want) || tt.not != "" && strings.Contains(got, tt.not) {
			t.Errorf("%s is completed by %q; want %q first, and no %q", tt.line, got, tt.want, tt.not)
		}
	}
}

// TestCompleteWithoutAProject offers what needs none.
func TestCompleteWithoutAProject(t *testing.T) {
	t.Parallel()
	e, stdout, _ := env(t, nil, "__complete", "logs", "")
	e.Dir = t.TempDir()
	if code := cli.Run(t.Context(), e); code != 0 || !strings.HasPrefix(stdout.String(), "latest\t") || strings.Contains(stdout.String(), "2026-") {
		t.Errorf("without a project logs is completed by %q, exit code %d; want the words alone", stdout, code)
	}
}
