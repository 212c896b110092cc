package app_test

import (
	"regexp"
	"strings"
	"testing"
)

// TestFooter looks for the way back and the help at the foot of every page that
// has them, from the narrowest terminal to one that has room for every hint.
func TestFooter(t *testing.T) {
	t.Parallel()
	const widest = 300
	foot := func(p *script) string {
		screen := strings.TrimRight(p.Screen(), "\n")
		return screen[strings.LastIndexByte(screen, '\n')+1:]
	}
	always := regexp.MustCompile(`\besc [a-z]+|\? help`)
	for _, v := range views() {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			v.scene.width, v.scene.height = widest, 40
			play(t, v.scene, func(p *script) {
				v.get(p)
				want := always.FindAllString(foot(p), -1)
				if v.name == "metrics" && len(want) != 2 {
					t.Fatalf("the foot of metrics at %d columns names %q; want the way back and the help:\n%s", widest, want, foot(p))
				}
				for width := 60; width < widest; width += 3 {
					got := foot(p.Resize(width, 40))
					for _, hint := range want {
						if !strings.Contains(got, hint) {
							t.Errorf("the foot at %d columns lacks %q:\n%s", width, hint, got)
						}
					}
				}
			})
		})
	}
}
