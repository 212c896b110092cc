package request

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/widget/input"
)

// field is one question of the form: a text, or a choice of options.
type field struct {
	name    string
	input   *input.Input // nil: a choice
	options []option
	chosen  int
	// put writes the answer into a request.
	put func(*forecast.PlanRequest, string) error
}

// option is a choice: its value, and what it is called.
type option struct{ value, label string }

func (f *field) answer() string {
	if f.input != nil {
		return f.input.Text()
	}
	return f.options[f.chosen].value
}

// turn changes the choice.
func (f *field) turn(by int) {
	if len(f.options) > 0 {
		f.chosen = (f.chosen + by + len(f.options)) % len(f.options)
	}
}

func text(name, value string, put func(*forecast.PlanRequest, string) error) *field {
	f := &field{name: name, input: &input.Input{}, put: put}
	f.input.Set(value)
	return f
}

func choice(name, value string, options []option, put func(*forecast.PlanRequest, string)) *field {
	f := &field{name: name, options: options, put: func(r *forecast.PlanRequest, answer string) error {
		put(r, answer)
		return nil
	}}
	f.chosen = max(0, slices.IndexFunc(options, func(o option) bool { return o.value == value }))
	return f
}

// fields returns the questions for a request, answered as it says and by the
// limits of the pipeline.
func fields(r forecast.PlanRequest, env *page.Env) []*field {
	var all []*field
	limits := env.Pipeline
	if r.Kind == forecast.PlanBackfill {
		all = append(all,
			text("from", r.Range.From.String(), func(r *forecast.PlanRequest, s string) error { return date(env, s, &r.Range.From) }),
			text("to", r.Range.To.String(), func(r *forecast.PlanRequest, s string) error { return date(env, s, &r.Range.To) }),
			mode(r),
		)
	} else {
		all = append(all, choice("start at", string(r.Start), []option{
			{string(forecast.StartFailedStep), "failed step"},
			{string(forecast.StartWhole), "whole date"},
		}, func(r *forecast.PlanRequest, s string) { r.Start = forecast.StartFrom(s) }))
	}
	all = append(all,
		choice("order", string(r.Order), []option{
			{string(forecast.NewestFirst), "newest first"},
			{string(forecast.OldestFirst), "oldest first"},
		}, func(r *forecast.PlanRequest, s string) { r.Order = forecast.Order(s) }),
		number("max active", cmp.Or(r.MaxActive, limits.MaxActive, 1), func(r *forecast.PlanRequest) *int { return &r.MaxActive }),
	)
	if r.Kind == forecast.PlanBackfill {
		all = append(all,
			number("chunk", cmp.Or(r.Chunk, limits.Chunk, 1), func(r *forecast.PlanRequest) *int { return &r.Chunk }),
			choice("publish", string(r.Publish), []option{
				{string(forecast.PublishEach), "each when done"},
				{string(forecast.PublishStaged), "all together, after a look"},
			}, func(r *forecast.PlanRequest, s string) { r.Publish = forecast.PublishMode(s) }),
		)
	}
	return all
}

// mode asks which dates of the range run: by a mode, or those of one state.
func mode(r forecast.PlanRequest) *field {
	const selected = "select "
	value := string(r.Mode)
	if r.Select != forecast.SelectNone {
		value = selected + string(r.Select)
	}
	return choice("mode", value, []option{
		{string(forecast.ModeMissing), "missing"},
		{string(forecast.ModeMissingAndFailed), "missing, failed"},
		{string(forecast.ModeAll), "all"},
		{selected + string(forecast.SelectFailed), "failed"},
		{selected + string(forecast.SelectGated), "gated"},
		{selected + string(forecast.SelectStale), "stale"},
	}, func(r *forecast.PlanRequest, s string) {
		r.Mode, r.Select = forecast.Mode(s), forecast.SelectNone
		if of, ok := strings.CutPrefix(s, selected); ok {
			r.Mode, r.Select = "", forecast.Selection(of)
		}
	})
}

// number asks for a number of dates.
func number(name string, value int, of func(*forecast.PlanRequest) *int) *field {
	return text(name, strconv.Itoa(value), func(r *forecast.PlanRequest, s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 1000 {
			return fmt.Errorf("%s: %q is not a number of dates from 1 to 1000", name, s)
		}
		*of(r) = n
		return nil
	})
}

// date reads a date in the short forms too. Words are not offered: where a date is
// typed, some letters are keys of the form.
func date(env *page.Env, text string, to *calendar.Date) error {
	d, err := env.ReadDate(text)
	if err != nil {
		return fmt.Errorf("%q is no date: write YYYY-MM-DD, MM-DD, or -N for N days ago", text)
	}
	*to = d
	return nil
}
