package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
)

func errExpired() error {
	return fmt.Errorf("%w: ExpiredTokenException: the security token is expired", forecast.ErrLogin)
}

// lends is a desk whose terminal programs may have; ran gets what they are.
func lends(ran *[]string, err error) effects.Desk {
	return effects.Desk{
		Find: func(name string) (string, error) { return "/usr/bin/" + name, nil },
		Attend: func(_ context.Context, done func(error) tea.Msg, argv ...string) tea.Cmd {
			return func() tea.Msg {
				*ran = argv
				return done(err)
			}
		},
	}
}

func sso() *forecast.Login {
	return &forecast.Login{Command: []string{"aws", "sso", "login", "--profile", "acme"}}
}

// expire lets the login of the engine expire: the next changes do not arrive.
func (p *script) expire() *script {
	p.fake.FailNext("Subscription.Next", errExpired())
	return p.Advance(20 * time.Minute)
}

// TestLogInAgain lets the login expire: what is shown stays, one key logs in, and
// the operator is where they were, with what has changed meanwhile.
func TestLogInAgain(t *testing.T) {
	t.Parallel()
	var ran []string
	for _, readOnly := range []bool{false, true} {
		play(t, scene{seed: month, login: sso(), desk: lends(&ran, nil), readOnly: readOnly}, func(p *script) {
			p.Press("/").Type("!stale").Press("enter 3*j").ExpectCursor("2026-01-16")
			p.expire().Expect("login expired", "I runs aws sso login --profile acme, as the login has expired; what is shown stays").ExpectCursor("2026-01-16")
			p.Press("e").ExpectLine("I log in again", "? help")
			p.ExpectNot("the login has expired;").Press("E").ExpectCursor("2026-01-16")
			p.Press("I").ExpectPage(page.Confirm).Expect("aws sso login --profile acme runs in this terminal", "Nothing of the")
			p.Advance(time.Second).Press("esc").ExpectPage(page.Days)
			if ran != nil {
				t.Errorf("%q ran before it was confirmed", ran)
			}
			days := p.fake.Calls("Days")
			p.Press("I").Advance(time.Second).Press("enter").ExpectPage(page.Days).Expect("logged in again", "live", "/!stale").
				ExpectNot("login expired").ExpectCursor("2026-01-16")
			if !slices.Equal(ran, sso().Command) || p.fake.Calls("Days") == days {
				t.Errorf("%q ran, and the days were read again: %v; want %q and true", ran, p.fake.Calls("Days") > days, sso().Command)
			}
		})
		ran = nil
	}
}

// The program that logs in fails, or the operator gives it up: nothing changes.
func TestLogInFails(t *testing.T) {
	t.Parallel()
	var ran []string
	failed := errors.New("the SSO session has no start URL: exit status 255")
	play(t, scene{seed: month, login: sso(), desk: lends(&ran, failed)}, func(p *script) {
		p.Press("2*j enter").expire().Press("I").Advance(time.Second).Press("enter").
			Expect("not logged in: the SSO session has no start URL: exit status 255", "login expired").
			ExpectPage(page.Day)
	})
}

// Where no program can log in it is said what to do.
func TestNoProgramToLogIn(t *testing.T) {
	t.Parallel()
	absent := effects.Desk{
		Find:   func(string) (string, error) { return "", errors.New("not found") },
		Attend: func(context.Context, func(error) tea.Msg, ...string) tea.Cmd { panic("nothing can be run") },
	}
	tests := []struct {
		name  string
		login *forecast.Login
		want  string
	}{
		{"no AWS CLI", sso(), "aws is not on PATH here: install it, or run aws sso login --profile acme where it is"},
		{"keys of a file", &forecast.Login{Advice: "log in again as you do for the profile acme"}, "log in again as you do for the profile acme"},
		{"no login", nil, "this engine needs no login"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			play(t, scene{seed: month, login: tt.login, desk: absent}, func(p *script) {
				if tt.login != nil {
					p.expire().Expect(tt.want)
				}
				p.Press("I").ExpectPage(page.Days).Expect(tt.want)
				p.Press(":").Type("login").Press("enter").Expect(tt.want)
			})
		})
	}
}

// A read can be the first to learn of it, and one that works again the last.
func TestLoginExpiresUnderAPage(t *testing.T) {
	t.Parallel()
	var ran []string
	custom := keys.Custom{{Page: keys.GlobalName, Action: keys.LogIn, Keys: []string{"f9"}}}
	play(t, scene{seed: month, login: sso(), desk: lends(&ran, nil), keys: custom}, func(p *script) {
		p.fake.FailNext("Evaluation", errExpired())
		p.Press("j m").ExpectPage(page.Metrics).Expect("login expired", "f9 runs aws sso login --profile acme")
		p.Press("j").Expect("f9 log in again").Spin()
		p.Press("r").ExpectNot("BROKEN")
		p.Pass()
		p.ExpectNot("login expired", "f9 log in again")
	})
}

// While only a person can help it is looked once a minute whether one has, also in
// another terminal.
func TestLoggedInElsewhere(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, login: sso()}, func(p *script) {
		watched := p.fake.Calls("Watch")
		p.fake.FailNext("Watch", errExpired())
		p.expire().Expect("login expired", "log in with aws sso login --profile acme in another terminal")
		for range 100 {
			p.settle() // more than ten seconds in all
		}
		p.ExpectCalls("Watch", watched).Expect("login expired")
		for range 2 {
			time.Sleep(time.Minute)
			p.settle()
		}
		p.ExpectNot("login expired").Expect("live")
	})
}
