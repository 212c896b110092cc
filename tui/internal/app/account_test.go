package app_test

import (
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/app"
)

// The pipeline is shown in another account of this machine; a name that there is not
// is answered with those that there are.
func TestTurnToAnotherAccount(t *testing.T) {
	t.Parallel()
	known := forecast.Account{
		Profile: "acme-dev", Region: "eu-west-1", Profiles: []string{"acme-dev", "acme-prod"}, Regions: []string{"eu-west-1", "us-east-1"},
	}
	for _, tt := range []struct {
		line  string
		known forecast.Account
		want  app.Next
		said  string
	}{
		{"profile acme-prod", known, app.Next{Profile: "acme-prod", Region: "eu-west-1"}, ""},
		{"region us-east-1", known, app.Next{Profile: "acme-dev", Region: "us-east-1"}, ""},
		{"profile acme", known, app.Next{}, "there is no profile acme, but acme-dev, acme-prod"},
		{"region tokyo", known, app.Next{}, "there is no region tokyo, but eu-west-1, us-east-1"},
		{"region eu-west-1", known, app.Next{}, "region eu-west-1 is what is shown"},
		{"profile", known, app.Next{}, "profile acme-dev is what is shown"},
		{"profile a b", known, app.Next{}, "one word too many"},
		{"profile x", forecast.Account{Region: "eu-west-1"}, app.Next{}, "this machine knows none"},
		{"profile x", forecast.Account{Region: "eu-west-1", Fixed: "the account is simulated"}, app.Next{}, "the account is simulated"},
		{"profile x", forecast.Account{}, app.Next{}, "look up profiles: list profiles: permission denied"},
	} {
		t.Run(tt.line, func(t *testing.T) {
			t.Parallel()
			play(t, scene{seed: month, account: &tt.known}, func(p *script) {
				p.Press(":").Type(tt.line + " ").Press("enter")
				got := p.model.Next()
				got.Screen = app.Screen{} // it has a test of its own
				if got != tt.want || p.quit != (tt.want != app.Next{}) {
					t.Errorf("next %+v, ended %v; want %+v", got, p.quit, tt.want)
				}
				if tt.said != "" {
					p.Expect(tt.said)
				}
			})
		})
	}
	play(t, scene{seed: month, account: &known}, func(p *script) {
		p.Press(":").Type("profile ").ExpectLine("profile acme-prod").Press("down enter")
		if want := (app.Next{Profile: "acme-prod", Region: "eu-west-1", Screen: app.Screen{Zone: "pipeline"}}); p.model.Next() != want {
			t.Errorf("next %+v; want %+v", p.model.Next(), want)
		}
	})
	play(t, scene{seed: month, account: &forecast.Account{}}, func(p *script) {
		p.Press(":").ExpectNot("permission denied").Press("esc").ExpectNot("permission denied")
	})
	play(t, scene{seed: month}, func(p *script) {
		p.Press(":").Type("region eu-west-1").Press("enter").Expect("works on this machine")
	})
}
