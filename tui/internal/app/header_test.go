package app_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// account is a pipeline in an account of a cloud.
func account() scene {
	return scene{seed: month, kind: "sagemaker", place: "ap-northeast-1 123456789012"}
}

// TestHeaderNarrow names the pipeline, the region and the account on every page, however
// narrow; what else there is leaves first, and of the page's words its date stays.
func TestHeaderNarrow(t *testing.T) {
	t.Parallel()
	where := regexp.MustCompile(`demand-daily .*ap-northeast-1 (123456789012|\.\.9012)`)
	lost := account()
	lost.seed = func(f *enginetest.Fake) {
		month(f)
		f.FailNext("Watch", fmt.Errorf("list: %w: no policy allows it", forecast.ErrUnauthorised))
	}
	serious := account()
	serious.engine = production()
	driven := account()
	driven.drive = true
	for _, tt := range []struct {
		name, lead, date string
		scene            scene
	}{
		{"days", "", "", account()},
		{"day", "j enter", "2026-01-19", account()},
		{"metrics", "j m", "2026-01-19", account()},
		{"log", "2*j l", "2026-01-18", account()},
		{"partition", "8*j d", "2026-01-12", account()},
		{"stale", "j enter", "2026-01-19", lost},
		{"production", "j enter", "2026-01-19", serious},
		{"a plan runs", "j V 3*j R enter", "", driven},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.scene.width, tt.scene.height = 160, 30
			play(t, tt.scene, func(p *script) {
				p.Press(tt.lead)
				for width := 200; width >= 60; width -= 4 {
					head, _, _ := strings.Cut(p.Resize(width, 30).Screen(), "\n")
					if !where.MatchString(head) {
						t.Errorf("%d columns: %q; want the pipeline, its region and account", width, head)
					}
					if width >= 80 && tt.name != "production" && !strings.Contains(head, "SAGEMAKER  ap-northeast-1 123456789012") {
						t.Errorf("%d columns: %q; want the engine and all of its account", width, head)
					}
					if !strings.Contains(head, tt.date) && (tt.name != "production" || width >= 64) {
						t.Errorf("%d columns: %q; want %s", width, head, tt.date)
					}
				}
				foot := p.Resize(50, 12).Screen()
				if !strings.Contains(foot, "ap-northeast-1 ..9012") {
					t.Errorf("a screen without a header:\n%s\nwant the account at its foot", foot)
				}
			})
		})
	}
}

// Also on a screen that is narrow or low each page says which date it is of, of which
// pipeline, and that readers depend on it.
func TestHeaderOfASmallScreen(t *testing.T) {
	t.Parallel()
	here := production()
	for _, tt := range []struct{ lead, date string }{
		{"j enter", "2026-01-19"}, {"2*j l", "2026-01-18"}, {"j m", "2026-01-19"}, {"8*j d", "2026-01-12"},
	} {
		play(t, scene{engine: here, seed: month, width: 120, height: 30}, func(p *script) {
			p.Press(tt.lead)
			for _, size := range [][2]int{{120, 12}, {60, 15}, {59, 30}, {50, 12}, {44, 10}, {40, 8}} {
				head, _, _ := strings.Cut(p.Resize(size[0], size[1]).Screen(), "\n")
				for _, want := range []string{"dem", "ily ", "PROD", tt.date} {
					if !strings.Contains(head, want) {
						t.Errorf("%s at %dx%d: %q; want %q", tt.lead, size[0], size[1], head, want)
					}
				}
			}
		})
	}
}

// On a narrow screen the times of a step keep apart, or the less telling one leaves.
func TestStepTimesKeepApart(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("8*j enter").ExpectPage(page.Day)
		for width := 60; width > 30; width-- {
			p.Resize(width, 20).ExpectNot("start-upco", "start-up..")
			row := regexp.MustCompile(`Extract +\S+ Succ.*`).FindString(p.Screen())
			if regexp.MustCompile(`s\d`).MatchString(row) || strings.Contains(row, "\u2026") {
				t.Errorf("%d columns: %q; want times apart", width, row)
			}
		}
	})
}

// TestHeaderLines shows what leaves in which order.
func TestHeaderLines(t *testing.T) {
	t.Parallel()
	long := account()
	definition := enginetest.DemoDefinition()
	definition.Pipeline = "demand-forecast-of-all-vehicles-daily"
	long.engine = enginetest.FakeOptions{Definition: definition}
	lost := account()
	lost.seed = func(f *enginetest.Fake) {
		month(f)
		f.FailNext("Watch", errors.New("no route to host"))
	}
	for _, tt := range []struct {
		scene scene
		width int
		want  string
	}{
		{account(), 120, " daybatch  demand-daily   SAGEMAKER  ap-northeast-1 123456789012  live  Asia/Tokyo               Mon 2026-01-19 ⊠ Gated"},
		{account(), 80, " demand-daily   SAGEMAKER  ap-northeast-1 123456789012  live   Mon 2026-01-19 ⊠"},
		{account(), 70, " demand-daily   ap-northeast-1 123456789012  live    Mon 2026-01-19 ⊠"},
		{account(), 60, " demand-daily   ap-northeast-1 ..9012      Mon 2026-01-19 ⊠"},
		{lost, 120, " demand-daily   SAGEMAKER  ap-northeast-1 123456789012  stale 0s, next try 09:30:01: no route to host  Mon 2026-01-19 ⊠"},
		{lost, 80, " demand-daily   ap-northeast-1 123456789012  stale 0s    Mon 2026-01-19 ⊠ Gated"},
		{lost, 60, " demand-daily   ap-northeast-1 ..9012  !0s  Mon 2026-01-19"},
		{long, 100, " demand-forecast-of-all-vehicles-daily   ap-northeast-1 123456789012  live   Mon 2026-01-19 ⊠ Gated"},
		{long, 80, " demand-fore…hicles-daily   ap-northeast-1 123456789012  live  Mon 2026-01-19 ⊠"},
		{long, 60, " demand…-daily   ap-northeast-1 ..9012     Mon 2026-01-19 ⊠"},
	} {
		tt.scene.width, tt.scene.height = tt.width, 30
		play(t, tt.scene, func(p *script) {
			head, _, _ := strings.Cut(p.Press("j enter").Screen(), "\n")
			if got := strings.TrimRight(head, " "); got != tt.want {
				t.Errorf("%d columns:\n%s\nwant\n%s", tt.width, got, tt.want)
			}
		})
	}
}
