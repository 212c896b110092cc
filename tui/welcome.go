package tui

import (
	"context"
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/welcome"
)

// Welcome is what a terminal without a project is told.
type Welcome struct {
	Dir      string   // where there is none
	Projects []string // directories below it that are projects
	Files    []string // files there that may hold data
	Problem  string   // what went wrong with the last choice
	From     string   // file of that choice, which is typed on at; empty: it had none
}

// Choice is what the operator wants done. The zero Choice is to leave.
type Choice struct {
	Demo bool   // a project with generated data
	From string // a project for this file
	Open string // the project in this directory
}

// Greet shows what daybatch is where there is no project, and returns what the
// operator chose to do about it.
func Greet(ctx context.Context, told Welcome, options Options) (Choice, error) {
	look, fixed := options.look()
	model := welcome.New(welcome.Options{
		Look: look, FixedProfile: fixed, Ground: options.Settings.Theme, ReadOnly: options.ReadOnly,
		Dir: told.Dir, Projects: told.Projects, Files: told.Files, Problem: told.Problem, From: told.From,
	})
	_, err := tea.NewProgram(model, options.program(ctx)...).Run()
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, tea.ErrInterrupted) {
		return Choice{}, fmt.Errorf("show the terminal UI: %w", err)
	}
	return Choice(model.Choice), nil
}
