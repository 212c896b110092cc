package cli

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/rowfilter"
)

// completing bounds how long a shell waits for what can be completed.
const completing = 2 * time.Second

// completeAll lets shells complete the words of a command and of all beneath it: its
// Use says what these are, and the names of flags do.
func (a *app) completeAll(cmd *cobra.Command) {
	flags := map[string]cobra.CompletionFunc{
		"step": a.completeSteps, "until": a.completeDates, "state": fixedWords(append([]string{"bad"}, dayStates()...)...),
		"output": fixedWords(string(formatTable), string(formatJSON), string(formatCSV)),
		"level":  fixedWords("debug", "info", "warn", "error"), "timestamps": fixedWords(stampTime, stampFull, stampElapsed, stampNone),
		"order":      fixedWords(string(forecast.NewestFirst), string(forecast.OldestFirst)),
		"generation": a.completeGenerations, "filter": a.completeColumns,
		"mode": fixedWords(string(forecast.ModeMissing), string(forecast.ModeMissingAndFailed), string(forecast.ModeAll)),
	}
	for _, verb := range cmd.Commands() {
		a.completeAll(verb)
	}
	switch _, words, _ := strings.Cut(cmd.Use, " "); {
	case words == "[DATE...]":
		cmd.ValidArgsFunction = a.completeDates
	case strings.Contains(words, "DATE"):
		cmd.ValidArgsFunction = once(a.completeDates)
	case strings.Contains(words, "ID"):
		cmd.ValidArgsFunction = once(a.completePlans)
	case words == "SQL":
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	switch {
	case cmd.Flag("last") != nil || cmd.Flag("max-active") != nil:
		flags["from"], flags["to"] = a.completeDates, a.completeDates
	case cmd.Name() == "diff":
		flags["from"], flags["to"] = a.completeGenerations, a.completeGenerations
	}
	for name, complete := range flags {
		if cmd.Flag(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, complete) // a flag of all verbs has it already: the same
		}
	}
}

func fixedWords(words ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
}

func dayStates() []string {
	var names []string
	for _, state := range forecast.DayStates() {
		names = append(names, string(state))
	}
	return names
}

// once completes the first word and none after it.
func once(complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return complete(cmd, args, typed)
	}
}

// completeDates offers the words for dates, and the dates of the last two weeks by
// the project's zone, newest first. It reads the project's file and nothing else.
func (a *app) completeDates(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	const days = 14
	offers := []cobra.Completion{
		cobra.CompletionWithDesc("latest", "the newest date that is due"),
		cobra.CompletionWithDesc("yesterday", ""), cobra.CompletionWithDesc("today", ""),
	}
	a.completeIn()
	if c, err := a.project(); err == nil {
		if zone, err := c.Definition.Zone(); err == nil {
			today := calendar.In(a.env.Now(), zone)
			for d := today; d > today-days && d >= c.Definition.Start; d-- {
				offers = append(offers, cobra.CompletionWithDesc(d.String(), d.Weekday().String()))
			}
		}
	}
	offers = slices.DeleteFunc(offers, func(offer cobra.Completion) bool {
		word, _, _ := strings.Cut(offer, "\t")
		return slices.Contains(args, word)
	})
	return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeIn finds the project as verbs do, which the shell does not begin.
func (a *app) completeIn() {
	a.flags.project = cmp.Or(a.flags.project, environment(a.env.Environ)["DAYBATCH_PROJECT"])
}

// completeSteps offers the steps of the project's last day.
func (a *app) completeSteps(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var offers []cobra.Completion
	a.completeBy(cmd, func(_ context.Context, s *session) error {
		for _, step := range s.pipeline.Steps {
			offers = append(offers, string(step))
		}
		return nil
	})
	if len(offers) == 0 {
		for _, step := range forecast.StepNames() {
			offers = append(offers, string(step))
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeGenerations offers the generations of the date, without one of the newest that
// has a forecast: the current one first, then the newest.
func (a *app) completeGenerations(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var offers []cobra.Completion
	a.completeBy(cmd, func(ctx context.Context, s *session) error {
		date, err := s.publishedDate(ctx, args)
		if err != nil {
			return err
		}
		list, err := s.generationsOf(ctx, date)
		for _, p := range list {
			words := date.String() + ", " + string(p.Kind) + ", written " + s.dates.clock(p.Written)
			if p.Current {
				words += ", current"
			}
			offers = append(offers, cobra.CompletionWithDesc(p.Generation, words))
		}
		return err
	})
	return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeColumns offers the columns whose values rows are picked by.
func (a *app) completeColumns(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var offers []cobra.Completion
	a.completeBy(cmd, func(_ context.Context, s *session) error {
		for _, name := range rowfilter.Columns(s.pipeline.Series) {
			offers = append(offers, name+"=")
		}
		return nil
	})
	return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder | cobra.ShellCompDirectiveNoSpace
}

// completePlans offers the plans that were applied, newest first.
func (a *app) completePlans(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var offers []cobra.Completion
	a.completeBy(cmd, func(ctx context.Context, s *session) error {
		plans, err := s.engine.Plans(ctx)
		for _, p := range plans {
			words := string(p.Request.Kind) + ", " + count(len(p.Rows), "date") + ", " + string(p.State)
			offers = append(offers, cobra.CompletionWithDesc(string(p.ID), words))
		}
		return err //nolint:wrapcheck // nobody is told
	})
	return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeBy asks the engine, as far as it answers soon. What goes wrong is no
// matter of somebody who presses tab, nor is it a reason to start an account.
func (a *app) completeBy(cmd *cobra.Command, ask func(context.Context, *session) error) {
	a.completeIn()
	a.offering, a.env.Stderr = true, io.Discard
	ctx, cancel := context.WithTimeout(cmd.Context(), completing)
	defer cancel()
	_ = a.look(ctx, func(s *session) error { return ask(ctx, s) })
}
