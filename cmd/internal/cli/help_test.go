package cli_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// verbs are all verbs that help lists, with the flags that change something
// must have.
func verbs() map[string][]string {
	return map[string][]string{
		"demo":            nil,
		"init":            {"dry-run"},
		"run":             {"dry-run"},
		"days":            nil,
		"pipelines":       {"last"},
		"steps":           nil,
		"diagnose":        {"lines"},
		"logs":            nil,
		"metrics":         nil,
		"forecast":        nil,
		"query":           nil,
		"console":         {"log", "partition"},
		"rerun":           {"dry-run", "stale", "failed"},
		"backfill":        {"dry-run", "select", "mode"},
		"backfill apply":  {"dry-run"},
		"backfill list":   nil,
		"backfill show":   nil,
		"backfill pause":  {"dry-run"},
		"backfill resume": {"dry-run"},
		"backfill drain":  {"dry-run"},
		"backfill stop":   {"dry-run"},
		"backfill retry":  {"dry-run"},

		"backfill diff":      nil,
		"backfill discard":   {"dry-run"},
		"backfill publish":   {"dry-run"},
		"backfill rollback":  {"dry-run"},
		"partition":          nil,
		"partition list":     {"from", "to"},
		"partition show":     nil,
		"partition diff":     {"from", "to"},
		"partition rollback": {"dry-run", "generation"},
		"fallback":           {"dry-run"},
		"stop":               {"dry-run"},
		"serve":              nil,
		"deploy":             {"dry-run", "print"},
		"doctor":             {"mend"},
		"notify":             nil,
		"notify test":        {"kind"},
		"config":             nil,
		"config explain":     nil,
		"completion":         nil,
		"version":            nil,
	}
}

// TestHelp checks that the help of every verb says what it does, how it is used,
// and what holds everywhere, and that each verb in it is there.
func TestHelp(t *testing.T) {
	t.Parallel()
	listed := commandsIn(t, command(t, nil, "--help"))
	for verb, flags := range verbs() {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			words := strings.Fields(verb)
			if len(words) == 1 && !slices.Contains(listed, verb) {
				t.Errorf("daybatch --help lists %v; want %s too", listed, verb)
			}
			text := command(t, nil, append(words, "--help")...)
			for _, want := range append([]string{"--project", "--read-only", "--yes", "--no-input", "--output", "--ascii"}, prefixed(flags)...) {
				if !strings.Contains(text, want) {
					t.Errorf("daybatch %s --help has no %s; want it:\n%s", verb, want, text)
				}
			}
			if !strings.Contains(text, "Examples:\n  ") && verb != "completion" {
				t.Errorf("daybatch %s --help has no examples; want some", verb)
			}
		})
	}
	for _, verb := range listed {
		if _, ok := verbs()[verb]; !ok && verb != "help" {
			t.Errorf("daybatch --help lists %s, which no test knows", verb)
		}
	}
}

// TestHelpExamples checks that the verbs and flags of every example are there.
func TestHelpExamples(t *testing.T) {
	t.Parallel()
	for verb := range verbs() {
		text := command(t, nil, append(strings.Fields(verb), "--help")...)
		for _, line := range regexp.MustCompile(`(?m)^  (?:\w+=\S+ )?daybatch (.*)$`).FindAllStringSubmatch(text, -1) {
			example, _, _ := strings.Cut(line[1], "  ") // what follows explains it
			words := strings.Fields(example)
			if len(words) == 0 || strings.HasPrefix(words[0], "[") || strings.HasPrefix(words[0], "--") {
				continue
			}
			if _, ok := verbs()[words[0]]; !ok {
				t.Errorf("an example of %s has the verb %s, which is not there", verb, words[0])
				continue
			}
			named := words[:1]
			if len(words) > 1 {
				if _, ok := verbs()[words[0]+" "+words[1]]; ok {
					named = words[:2]
				}
			}
			known := command(t, nil, append(slices.Clone(named), "--help")...)
			for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(example, -1) {
				if !strings.Contains(known, flag) {
					t.Errorf("an example of %s has %s, which %s does not know", verb, flag, words[0])
				}
			}
		}
	}
}

func prefixed(flags []string) []string {
	var names []string
	for _, flag := range flags {
		names = append(names, "--"+flag)
	}
	return names
}

// commandsIn returns the verbs that a help text lists.
func commandsIn(t *testing.T, text string) []string {
	t.Helper()
	_, below, ok := strings.Cut(text, "Available Commands:\n")
	if !ok {
		t.Fatalf("help lists no commands:\n%s", text)
	}
	var names []string
	for line := range strings.Lines(below) {
		if strings.TrimSpace(line) == "" {
			break
		}
		names = append(names, strings.Fields(line)[0])
	}
	return names
}
