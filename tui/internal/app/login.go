package app

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// login is what is known of the login under which the engine works. It changes
// nothing of the pipeline to log in again, so that it is also there where
// everything else may only be read.
type login struct {
	expired bool
	wanted  bool // the operator has asked for it, and the way is being looked up
}

// expire takes note of an error that says that the login has expired, and says
// once what can be done.
func (m *Model) expire(err error) tea.Cmd {
	if !errors.Is(err, forecast.ErrLogin) || m.login.expired {
		return nil
	}
	m.login.expired = true
	return m.scope.LoginWay()
}

// askLogin asks whether the program is to be run that logs in again.
func (m *Model) askLogin() tea.Cmd {
	if m.top().dialog {
		return nil
	}
	m.login.wanted = true
	return m.scope.LoginWay()
}

// logIn says how to log in again, and asks whether to do that now if the operator
// wants to.
func (m *Model) logIn(way effects.LoginWay) tea.Cmd {
	wanted := m.login.wanted
	m.login.wanted = false
	command := strings.Join(way.Command, " ")
	switch {
	case way.Why != "":
		role := theme.Bad
		if !m.login.expired {
			role = theme.Faint
		}
		return page.Say(role, way.Why)
	case !wanted:
		return page.Say(theme.Bad, m.shown(keys.LogIn, ":login")+" runs "+command+", as the login has expired; what is shown stays")
	case m.top().dialog:
		return nil // something else is asked by now
	}
	text := command + " runs in this terminal, and this screen comes back as it is when that ends. Nothing of the pipeline changes."
	if !m.login.expired {
		text = "The login is good as far as is known. " + text
	}
	return m.push(page.Place{Kind: page.Confirm, Unasked: true, Ask: page.Ask{
		Title: "Log in again", Text: text, Yes: "runs it",
		Do: func() tea.Cmd { return m.env.Effects.LogIn(way) },
	}})
}

// loggedIn reads everything again under the new login.
func (m *Model) loggedIn(msg effects.LoggedIn) tea.Cmd {
	m.pass(m.env.Effects.Now())
	if msg.Err != nil {
		return page.Say(theme.Bad, "not logged in: "+msg.Err.Error())
	}
	m.login = login{}
	commands := []tea.Cmd{page.Say(theme.Good, "logged in again"), m.feed.Hurry()}
	if m.link.live { // else all is read when changes arrive again
		commands = append(commands, m.scope.Describe(), m.scope.Plans())
		for _, open := range m.stack {
			commands = append(commands, open.page.Update(effects.Watching{At: msg.At}))
		}
	}
	return tea.Batch(commands...)
}
