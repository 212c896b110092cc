package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1 // the run or the gate failed, and whatever has no code of its own
	exitUsage       = 2
	exitDenied      = 3
	exitUnavailable = 4
	exitPartly      = 5
	exitInterrupted = 130
)

// errNoProject says that no project was found.
var errNoProject = errors.New("no project")

// statusError ends the program with a code. What there was to say has been said.
type statusError int

// Error returns the code as text, for logs.
func (s statusError) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// usagef says that the command line is wrong.
func usagef(format string, args ...any) error {
	return fmt.Errorf("%w: %s", forecast.ErrInvalid, fmt.Sprintf(format, args...))
}

// doing says what was done when an error came, unless the error begins with it:
// engines say so too, but not of all that goes wrong.
func doing(what string, err error) error {
	if strings.HasPrefix(err.Error(), what+": ") {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}

// flagError names the flag that may have been meant.
func flagError(cmd *cobra.Command, err error) error {
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return badValue(bad)
	}
	missing, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usagef("%s", err.Error())
	}
	var names []string
	cmd.Flags().VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
	if near := config.Nearest(missing.GetSpecifiedName(), names); near != "" {
		return usagef("there is no flag --%s; did you mean --%s?", missing.GetSpecifiedName(), near)
	}
	return usagef("%s; `%s --help` lists the flags", err.Error(), cmd.CommandPath())
}

// sayArguments makes a verb, and those below it, say which argument is missing or one
// too many, where cobra would count.
func sayArguments(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			if err == nil || errors.Is(err, forecast.ErrInvalid) {
				return err //nolint:wrapcheck // it says all
			}
			return argumentError(cmd, args)
		}
	}
	for _, below := range cmd.Commands() {
		sayArguments(below)
	}
}

// argumentError says what is wrong with the arguments of a verb that takes others: the
// words in the line of its usage.
func argumentError(cmd *cobra.Command, args []string) error {
	takes := strings.Fields(cmd.Use)[1:]
	line := strings.Join(append([]string{cmd.CommandPath()}, takes...), " ")
	if len(args) < len(takes) {
		return usagef("%s is missing: write `%s`; `%s --help` has examples", takes[len(args)], line, cmd.CommandPath())
	}
	extra := args[min(len(takes), len(args)-1)]
	if strings.HasPrefix(extra, "today-") {
		extra = strings.TrimPrefix(extra, "today") // as it was typed
	}
	return usagef("%q is one word too many: write `%s`; `%s --help` lists the flags", extra, line, cmd.CommandPath())
}

// badValue says what a flag takes. What reads a number in its place would speak of
// itself, and of the date that datesAsWords has made of -1.
func badValue(err *pflag.InvalidValueError) error {
	flag, value := err.GetFlag(), err.GetValue()
	switch flag.Value.Type() {
	case "int":
		return usagef("--%s %q: give a whole number, not below 0", flag.Name, strings.TrimPrefix(value, "today"))
	case "bool":
		return usagef("--%s %q: give true or false, or only the flag", flag.Name, value)
	default:
		text := err.Error()
		if cause := errors.Unwrap(err); cause != nil {
			text = strings.TrimPrefix(cause.Error(), forecast.ErrInvalid.Error()+": ")
		}
		return usagef("--%s: %s", flag.Name, text)
	}
}

// asksJSON reports whether arguments ask for JSON. Where they are wrong nobody has
// read them to their end.
func asksJSON(args []string) bool {
	asked := false
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		switch {
		case arg == "--":
			return asked
		case name == "--output" || name == "-o":
			if !joined && i+1 < len(args) {
				value = args[i+1]
			}
		case strings.HasPrefix(arg, "-o"):
			value = strings.TrimPrefix(arg, "-o")
		default:
			continue
		}
		asked = value == string(formatJSON)
	}
	return asked
}

// elsewhere names the way out for verbs that make a project where nothing can be
// written.
func elsewhere(err error) error {
	if errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrPermission) {
		return &hintError{err, "name a directory that you can write to with --dir"}
	}
	return err
}

// failure is how an error is told: an exit code, a word for programs, and a
// hint what to do.
type failure struct {
	exit int
	code string
	hint string
}

// explain finds the failure of an error by what it wraps.
func explain(err error) failure {
	if bad, ok := errors.AsType[*config.Error](err); ok {
		return failure{exitUsage, "invalid_config", "the file is " + bad.File}
	}
	if _, ok := errors.AsType[*forecast.ForeignError](err); ok { // its text says what to do
		return failure{exitUnavailable, "conflict", ""}
	}
	kinds := []struct {
		is error
		failure
	}{
		{context.Canceled, failure{exitInterrupted, "interrupted", ""}},
		{errNoProject, failure{exitUsage, "no_project", "`daybatch demo` makes one with data to look around, `daybatch init --from FILE` one for your own data"}},
		{forecast.ErrReadOnly, failure{exitDenied, "read_only", "leave --read-only out and unset DAYBATCH_READ_ONLY to make changes"}},
		{forecast.ErrUnauthorised, failure{exitDenied, "not_authorised", ""}},
		{fs.ErrPermission, failure{exitDenied, "not_authorised", "make the directory writable for this user, or look with --read-only"}},
		{syscall.EROFS, failure{exitDenied, "not_authorised", "the file system is read-only: look with --read-only"}},
		{syscall.ENOSPC, failure{exitUnavailable, "no_space", "free some space; nothing that was published is lost"}},
		{forecast.ErrUnsupported, failure{exitUsage, "unsupported", ""}},
		{forecast.ErrConflict, failure{exitUnavailable, "conflict", "`daybatch days` shows what runs; wait for it, or stop it with `daybatch stop DATE`"}},
		{forecast.ErrUnavailable, failure{exitUnavailable, "unavailable", ""}},
		{forecast.ErrInvalid, failure{exitUsage, "invalid", ""}},
		{forecast.ErrNotFound, failure{exitUsage, "not_found", ""}},
	}
	for _, kind := range kinds {
		if errors.Is(err, kind.is) {
			return kind.failure
		}
	}
	return failure{exitFailed, "failed", ""}
}

// finish tells how it ended and returns the exit code.
func (a *app) finish(ctx context.Context, err error) int {
	if err == nil {
		return exitOK
	}
	if status, ok := errors.AsType[statusError](err); ok {
		return int(status)
	}
	if !a.started { // cobra refused the arguments
		err = asUsage(err)
	}
	told := explain(err)
	if ctx.Err() != nil && told.exit == exitFailed {
		told = failure{exit: exitInterrupted, code: "interrupted"}
	}
	// The kind is told by the exit code and the code, the rest by the text.
	message := strings.Replace(err.Error(), forecast.ErrInvalid.Error()+": ", "", 1)
	if hint, ok := errors.AsType[*hintError](err); ok {
		told.hint = hint.hint
	}
	if told.exit == exitInterrupted {
		message = "interrupted"
	}
	if a.flags.format == formatJSON || !a.started && asksJSON(a.env.Args) {
		a.finishJSON(told, message)
		return told.exit
	}
	fmt.Fprintln(a.env.Stderr, "daybatch: "+message)
	if told.hint != "" {
		fmt.Fprintln(a.env.Stderr, "hint: "+told.hint)
	}
	return told.exit
}

// finishJSON writes the error where a program reads the result.
func (a *app) finishJSON(told failure, message string) {
	var envelope struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Hint    string `json:"hint"`
		} `json:"error"`
	}
	envelope.Error.Code, envelope.Error.Message, envelope.Error.Hint = told.code, message, told.hint
	encoder := json.NewEncoder(a.env.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(envelope); err != nil {
		fmt.Fprintln(a.env.Stderr, "daybatch: "+message)
	}
}

func asUsage(err error) error {
	if errors.Is(err, forecast.ErrInvalid) {
		return err
	}
	return usagef("%s", err.Error())
}

// hintError is an error with a hint of its own.
type hintError struct {
	err  error
	hint string
}

// Error returns the text of the error without the hint.
func (e *hintError) Error() string { return e.err.Error() }

// Unwrap returns the error without the hint.
func (e *hintError) Unwrap() error { return e.err }
