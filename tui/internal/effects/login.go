package effects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
)

// KindLogin asks how to log in again.
const KindLogin Kind = "login"

// LoginWay is how to log in again from this terminal.
type LoginWay struct {
	forecast.Login

	Why string // it can't be done from here, and what to do instead; empty: it can
}

// LoginWay looks up how to log in again. It replies with a LoginWay.
func (s *Scope) LoginWay() tea.Cmd {
	desk := s.effects.desk
	adviser, ok := s.effects.engine.(forecast.LoginAdviser)
	return ask(s, call{KindLogin, "look up how to log in", deadline, once}, func(ctx context.Context) (LoginWay, error) {
		if !ok {
			return LoginWay{Why: "this engine needs no login"}, nil
		}
		return desk.loginWay(adviser.Login(ctx)), nil
	})
}

func (d Desk) loginWay(login forecast.Login) LoginWay {
	way := LoginWay{Login: login}
	switch {
	case len(login.Command) == 0:
		way.Why = login.Advice
	case d.Attend == nil || d.Find == nil:
		way.Why = "log in with " + strings.Join(login.Command, " ") + " in another terminal"
	default:
		if _, err := d.Find(login.Command[0]); err != nil {
			way.Why = fmt.Sprintf("%s is not on PATH here: install it, or run %s where it is", login.Command[0], strings.Join(login.Command, " "))
		}
	}
	return way
}

// LoggedIn says that the program that logs in has ended.
type LoggedIn struct {
	Err error
	At  time.Time
}

// LogIn lends the terminal to the program that logs in. It replies with LoggedIn.
func (e *Effects) LogIn(way LoginWay) tea.Cmd {
	return e.desk.Attend(e.ctx, func(err error) tea.Msg {
		return LoggedIn{Err: err, At: e.now()}
	}, way.Command...)
}

// Attend returns a Desk's Attend. away, if it is not nil, is told when a program
// has the terminal, and with it ctrl+c, and when it has it no more.
func Attend(away func(bool)) func(ctx context.Context, done func(error) tea.Msg, argv ...string) tea.Cmd {
	return func(ctx context.Context, done func(error) tea.Msg, argv ...string) tea.Cmd {
		command := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the engine names the program, and the operator has confirmed it
		command.WaitDelay = time.Second                           // a browser that it starts may hold the pipe
		return tea.Exec(&attended{Cmd: command, away: away}, done)
	}
}

// attended is a program that has the terminal.
type attended struct {
	*exec.Cmd

	away func(bool)
	last lastLine // of what it says about errors
}

// SetStdin implements [tea.ExecCommand].
func (a *attended) SetStdin(r io.Reader) { a.Stdin = r }

// SetStdout implements [tea.ExecCommand].
func (a *attended) SetStdout(w io.Writer) { a.Stdout = w }

// SetStderr implements [tea.ExecCommand].
func (a *attended) SetStderr(w io.Writer) { a.Stderr = io.MultiWriter(w, &a.last) }

// Run runs the program. Its error begins with the last line that the program wrote
// about it, which the screen hides.
func (a *attended) Run() error {
	if a.away != nil {
		a.away(true)
		defer a.away(false)
	}
	_, _ = fmt.Fprintf(a.Stdout, "\r\n$ %s\r\n", strings.Join(a.Args, " "))
	err := a.Cmd.Run()
	switch line := a.last.String(); {
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return nil
	case line != "":
		return fmt.Errorf("%s: %w", line, err)
	default:
		return err //nolint:wrapcheck // it is named by whoever asked
	}
}

// lastLine keeps the last line of what is written to it that is not blank.
type lastLine struct{ line, next []byte }

// Write never fails.
func (l *lastLine) Write(p []byte) (int, error) {
	const longest = 1000
	for _, b := range p {
		switch {
		case b == '\n' || b == '\r':
			l.end()
		case len(l.next) < longest:
			l.next = append(l.next, b)
		}
	}
	return len(p), nil
}

func (l *lastLine) end() {
	if len(strings.TrimSpace(string(l.next))) > 0 {
		l.line = append(l.line[:0], l.next...)
	}
	l.next = l.next[:0]
}

// String returns the line.
func (l *lastLine) String() string {
	l.end()
	return strings.TrimSpace(string(l.line))
}
