package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast"
)

// doctorOptions are those of the verb doctor.
type doctorOptions struct {
	app  *app
	mend bool
}

func newDoctor(a *app) *cobra.Command {
	opts := doctorOptions{app: a}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find what is not as the records say, and mend it",
		Long: `Compare the records with the files of the lake, and look for what was left
behind: generations that no attempt needs, partitions that somebody else changed or
removed, attempts whose process is gone, plans that nobody carries out, messages
that did not arrive, outputs that need not be kept. A lost database is rebuilt from
the manifests of the partitions. A clock that is wrong, directories that can't be
written, and on AWS a login that ends soon, rights that are missing and what is
deployed otherwise than daybatch.yaml says, are found too. Below the findings stands
what was looked at and is well (ok), and what you, the jobs and the schedule may do
there, as IAM has it written down, where it may be asked: that is no finding.

Without --mend nothing changes. With it, what can be mended without a loss is.

It exits with 1 while a finding is an error: readers see something wrong,
or nothing can be run.`,
		Example: `  daybatch doctor
  daybatch doctor --mend`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), opts) },
	}
	cmd.Flags().BoolVar(&opts.mend, "mend", false, "do away with what can be mended without a loss")
	return cmd
}

func runDoctor(ctx context.Context, opts doctorOptions) error {
	do := opts.app.look
	if opts.mend {
		do = opts.app.change
	}
	return do(ctx, func(s *session) error {
		found, err := s.engine.Examine(ctx)
		if err != nil {
			return err //nolint:wrapcheck // it says what was looked at
		}
		if n := mendable(found); opts.mend && n > 0 {
			if err := s.confirm(ctx, "Mend "+count(n, "finding")+"?", n); err != nil {
				return err
			}
			if found, err = s.record.mend(ctx, s.actor); err != nil {
				return err //nolint:wrapcheck // as above
			}
		}
		l := opts.app.findings(found)
		s.well(ctx, &l)
		s.dashboard(ctx, &l)
		s.rights(ctx, &l)
		if err := opts.app.print(l); err != nil {
			return err
		}
		for _, f := range found {
			if f.Severity == forecast.SeverityError && !f.Mended {
				return statusError(exitFailed)
			}
		}
		return nil
	})
}

// well lists below the findings what was looked at and is well.
func (s *session) well(ctx context.Context, l *listing) {
	vitals := s.app.vitals(s.config)
	if reader, ok := s.engine.(forecast.VitalsReader); ok {
		found, err := reader.Vitals(ctx)
		if err != nil {
			l.warnings = append(l.warnings, "clock and login were not looked at: "+firstLine(err.Error()))
		}
		vitals = append(found, vitals...)
	}
	l.vitals = vitals
	l.warnings = append(l.warnings, s.config.Warnings...)
	word := s.app.style.state(dayMark(forecast.DaySucceeded), "ok")
	if len(l.rows) == 0 {
		l.rows = append(l.rows, []string{word, "records", "", l.empty})
	}
	for _, one := range vitals {
		l.rows = append(l.rows, []string{word, one.Kind, "", one.Text})
		if one.Advice != "" {
			l.rows = append(l.rows, []string{"", "", "", "-> " + one.Advice})
		}
	}
}

// vitals are what is well of what the engine knows nothing about: the terminal, if there
// is one, and the configuration.
func (a *app) vitals(c config.Config) []forecast.Vital {
	var vitals []forecast.Vital
	if a.style.width > 0 {
		environ := environment(a.env.Environ)
		text := fmt.Sprintf("%s, %d columns", cmp.Or(environ["TERM"], "unknown"), a.style.width)
		if !a.style.colour {
			text += ", no colours"
		}
		if a.style.ascii {
			text += ", ASCII"
		}
		vitals = append(vitals, forecast.Vital{Kind: "terminal", Text: text})
	}
	return append(vitals, a.configured(c))
}

// configured counts the values of the configuration by where they come from.
func (a *app) configured(c config.Config) forecast.Vital {
	values := make(map[string]int)
	for _, setting := range append(a.processSettings(c), c.Settings...) {
		source := setting.Source
		switch {
		case strings.HasPrefix(source, config.FileName):
			source = config.FileName
		case strings.HasPrefix(source, "DAYBATCH_"):
			source = "environment"
		}
		values[source]++
	}
	var counts []string
	for _, source := range []string{config.FileName, "environment", "flag", "default"} {
		if n := values[source]; n > 0 {
			counts = append(counts, fmt.Sprintf("%s (%s)", source, count(n, "value")))
		}
	}
	return forecast.Vital{Kind: "config", Text: strings.Join(counts, ", "), Advice: "daybatch config explain shows each with its source"}
}

// rights says below the findings what may be done with the account, if the engine can
// tell. It is no finding: who only looks is not missing the right to deploy.
func (s *session) rights(ctx context.Context, l *listing) {
	reader, ok := s.engine.(forecast.RightsReader)
	if !ok {
		return
	}
	found, err := reader.Rights(ctx)
	switch {
	case errors.Is(err, forecast.ErrNotFound):
	case err != nil:
		l.warnings = append(l.warnings, "what may be done is not known: "+firstLine(err.Error()))
	default:
		l.rights = found
		l.notes = append(l.notes, "", "rights, as they are written down (nothing was tried):")
		for _, r := range forecast.FoldRights(found) {
			l.notes = append(l.notes, "  "+firstLine(r.Sentence()))
		}
	}
}

func mendable(found []forecast.Finding) int {
	n := 0
	for _, f := range found {
		if f.Mendable {
			n++
		}
	}
	return n
}

func (a *app) findings(found []forecast.Finding) listing {
	l := listing{
		header: []string{"SEVERITY", "KIND", "DATE", "FINDING"},
		empty:  "all is as the records say",
		fields: []string{"severity", "kind", "date", "text", "advice", "mendable", "mended", "failure"},
		items:  found,
	}
	for _, f := range found {
		date := ""
		if !f.Date.IsZero() {
			date = f.Date.String()
		}
		l.rows = append(l.rows, []string{a.style.state(severityMark(f.Severity), string(f.Severity)), f.Kind, date, f.Text}, []string{"", "", "", findingEnd(f)})
		l.records = append(l.records, []string{
			string(f.Severity), f.Kind, date, f.Text, f.Advice, strconv.FormatBool(f.Mendable), strconv.FormatBool(f.Mended), f.Failure,
		})
	}
	if found == nil {
		l.items = []forecast.Finding{}
	}
	return l
}

// severityMark returns the mark of a finding's severity.
func severityMark(severity forecast.Severity) mark {
	switch severity {
	case forecast.SeverityError:
		return dayMark(forecast.DayFailed)
	case forecast.SeverityWarning:
		return mark{"!", "!", gated}
	default:
		return mark{"-", "-", faint}
	}
}

// findingEnd says what became of a finding, or what to do about it.
func findingEnd(f forecast.Finding) string {
	switch {
	case f.Mended:
		return "-> mended"
	case f.Failure != "":
		return "-> could not be mended: " + firstLine(f.Failure)
	default:
		return "-> " + f.Advice
	}
}
