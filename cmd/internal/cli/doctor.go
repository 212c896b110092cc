package cli

import (
	"context"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

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
what you, the jobs and the schedule may do there, as IAM has it written down, where it
may be asked: that is no finding.

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
		l := findingListing(found)
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

func findingListing(found []forecast.Finding) listing {
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
		l.rows = append(l.rows, []string{string(f.Severity), f.Kind, date, f.Text}, []string{"", "", "", findingEnd(f)})
		l.records = append(l.records, []string{
			string(f.Severity), f.Kind, date, f.Text, f.Advice, strconv.FormatBool(f.Mendable), strconv.FormatBool(f.Mended), f.Failure,
		})
	}
	if found == nil {
		l.items = []forecast.Finding{}
	}
	return l
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
