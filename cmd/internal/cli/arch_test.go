package cli_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/daybatch/daybatch/"

// layer says what the packages of a layer may stand on: with how few they get
// by is what keeps them movable.
type layer struct {
	packages string // path below the module; with /... also what is beneath
	ours     []string
	denied   []string // packages of others, also where they come through others
}

func layers() []layer {
	numeric := []string{
		"forecast/calendar", "forecast/series", "forecast/model/...", "forecast/accuracy/...", "forecast/backtest/...", "forecast/selection/...",
	}
	contract := []string{"forecast", "forecast/calendar", "forecast/series", "forecast/logkey", "forecast/loglevel", "forecast/scrub"}
	storage := []string{"database/sql", "net/http", "modernc.org/sqlite/...", "github.com/duckdb/...", "github.com/aws/..."}
	front := []string{"charm.land/...", "github.com/spf13/..."}
	return []layer{
		{"forecast/calendar", []string{"forecast/calendar"}, slices.Concat(storage, front)},
		{"forecast/series", numeric[:2], slices.Concat(storage, front)},
		{"forecast/model/...", numeric[:3], slices.Concat(storage, front)},
		{"forecast/accuracy/...", []string{numeric[0], numeric[1], numeric[3]}, slices.Concat(storage, front)},
		{"forecast/backtest/...", numeric[:5], slices.Concat(storage, front)},
		{"forecast/selection/...", numeric, slices.Concat(storage, front)},
		{"forecast", contract, slices.Concat(storage, front)},
		{"forecast/plan", append([]string{"forecast/plan"}, contract...), slices.Concat(storage, front)},
		{"forecast/logsearch", append([]string{"forecast/logsearch"}, contract...), slices.Concat(storage, front)},
		{"forecast/rowfilter", append([]string{"forecast/rowfilter"}, contract...), slices.Concat(storage, front)},
		{"forecast/alert", append([]string{"forecast/alert"}, contract...), slices.Concat(storage, front)},
		{"forecast/lake/...", append([]string{"forecast/lake/..."}, contract...), append(front, "modernc.org/sqlite/...", "github.com/aws/...")},
		{"forecast/fallback/...", append([]string{"forecast/fallback"}, contract...), slices.Concat(storage, front)},
		{"forecast/realised", append([]string{"forecast/realised", "forecast/accuracy"}, contract...), slices.Concat(storage, front)},
		{
			"forecast/result", append([]string{"forecast/result", "forecast/realised", "forecast/accuracy", "forecast/lake/..."}, contract...),
			append(front, "modernc.org/sqlite/...", "github.com/aws/..."),
		},
		{
			"forecast/step/...", slices.Concat(contract, numeric, []string{
				"forecast/step/...", "forecast/lake/...", "forecast/fallback", "forecast/realised", "forecast/result",
			}),
			append(front, "modernc.org/sqlite/...", "github.com/aws/..."),
		},
		{
			"forecast/local/...", append(contract, "forecast/..."),
			append(front, "github.com/aws/...", module+"tui/...", module+"cmd/...", module+"aws/...", module+"forecast/enginetest"),
		},
		{"forecast/journal", append([]string{"forecast/journal"}, contract...), slices.Concat(storage, front)},
		{"tui/...", append([]string{"tui/...", "forecast/journal", "forecast/logsearch", "forecast/rowfilter"}, contract...), storage},
		{"aws/settings", append([]string{"aws/settings"}, contract...), slices.Concat(storage, front)},
		{"aws/...", append(contract, "forecast/...", "aws/..."), append(front, module+"forecast/local/...", module+"tui/...", module+"cmd/...")},
	}
}

// TestLayers reads what every package stands on, through all others, and checks
// the direction between the layers.
func TestLayers(t *testing.T) {
	t.Parallel()
	deps := dependencies(t)
	for _, l := range layers() {
		found := false
		for pkg, all := range deps {
			if !matches(pkg, module+l.packages) {
				continue
			}
			found = true
			for _, dep := range all {
				if strings.HasPrefix(dep, module) && !anyMatches(dep, l.ours, module) {
					t.Errorf("%s stands on %s; want only %v", pkg, dep, l.ours)
				}
				if anyMatches(dep, l.denied, "") {
					t.Errorf("%s stands on %s; want it without", pkg, dep)
				}
			}
		}
		if !found {
			t.Errorf("layer %s has no package; want one", l.packages)
		}
	}
}

// dependencies returns what each package of the module stands on, without its
// tests.
func dependencies(t *testing.T) map[string][]string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-f", `{{.ImportPath}} {{join .Deps " "}}`, module+"...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	deps := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if strings.HasPrefix(words[0], module) {
			deps[words[0]] = words[1:]
		}
	}
	if len(deps) < 10 {
		t.Fatalf("go list found %d packages of the module; want more", len(deps))
	}
	return deps
}

func anyMatches(pkg string, patterns []string, prefix string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pkg, prefix+pattern) })
}

// matches reports whether pkg is the pattern's package, or beneath it if the
// pattern ends in /... .
func matches(pkg, pattern string) bool {
	root, beneath := strings.CutSuffix(pattern, "/...")
	return pkg == root || beneath && strings.HasPrefix(pkg, root+"/")
}
