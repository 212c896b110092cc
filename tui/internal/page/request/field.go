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
	dated   bool         // the text is a date
	options []option
	chosen  int
	// settled says why there is no choice but the last option; empty: there is one.
	settled string
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
	if len(f.options) > 0 && f.settled == "" {
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

// startAt asks where attempts of a rerun start.
const startAt = "start at"

// wholeOnly returns why dates of a plan can only be made whole, empty if some can start
// at the step that failed, or if the plan does not tell.
func wholeOnly(p forecast.Plan) string {
	runs, never := 0, 0
	for _, row := range p.Rows {
		switch {
		case row.Action != forecast.ActionRun:
			continue
		case len(row.Reused) > 0, row.Reopens != "":
			return ""
		}
		runs++
		if row.ExpectedAttempt == 0 {
			never++
		}
	}
	switch {
	case runs == 0:
		return ""
	case never == runs:
		return "no step has failed: " + map[bool]string{true: "it", false: "they"}[runs == 1] + " never ran"
	case p.Request.Start == forecast.StartFailedStep:
		return "there are no steps to take over: the plan says why"
	default:
		return ""
	}
}

// fields returns the questions for a request, answered as it says and by the
// limits of the pipeline.
func fields(r forecast.PlanRequest, env *page.Env) []*field {
	var all []*field
	limits := env.Pipeline
	if r.Kind == forecast.PlanBackfill {
		all = append(all,
			date("from", env, r.Range.From, func(r *forecast.PlanRequest) *calendar.Date { return &r.Range.From }),
			date("to", env, r.Range.To, func(r *forecast.PlanRequest) *calendar.Date { return &r.Range.To }),
			mode(r),
		)
	} else {
		all = append(all, choice(startAt, string(r.Start), []option{
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

// date asks for a date, which can be typed in the short forms too.
func date(name string, env *page.Env, value calendar.Date, of func(*forecast.PlanRequest) *calendar.Date) *field {
	f := text(name, value.String(), func(r *forecast.PlanRequest, s string) error {
		d, err := env.ReadDate(s)
		if err != nil {
			return err //nolint:wrapcheck // it says what a date is
		}
		*of(r) = d
		return nil
	})
	f.dated = true
	return f
}

// worded reports whether a word is being typed for a date, such as yesterday: until it
// is whole, letters are text, also those that are keys of the form.
func (f *field) worded() bool {
	var scratch forecast.PlanRequest
	return f.dated && letter(f.input.Text()) && f.put(&scratch, f.input.Text()) != nil
}

// begin makes place for a word that a letter begins, where a date is.
func (f *field) begin(typed string) {
	if f.dated && !f.worded() && typed != "" && strings.Contains(begins, typed) {
		f.input.Set("")
	}
}

// takes reports whether a text that is typed where the field has the focus is its own,
// and not of a name that is to be typed.
func (f *field) takes(typed, name string) bool {
	switch {
	case f.input == nil:
		return false
	case strings.Trim(typed, "0123456789-+") == "", f.worded():
		return true
	default:
		return f.dated && strings.Contains(begins, typed) && !strings.HasPrefix(name, typed)
	}
}

// begins are the letters that today, yesterday and latest begin with.
const begins = "tyl"

// letter reports whether a text begins with a letter.
func letter(text string) bool { return text != "" && text[0] >= 'a' && text[0] <= 'z' }
