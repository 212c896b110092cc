package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast"
)

// deployOptions are those of the verb deploy.
type deployOptions struct {
	app    *app
	dryRun bool
	print  bool
}

func newDeploy(a *app) *cobra.Command {
	opts := deployOptions{app: a}
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "Make what the project needs in its AWS account",
		Long: `Bring the AWS account of a project with engine: sagemaker to what daybatch.yaml
says: the pipeline, the table of the forecasts in the Glue catalogue, the schedule,
and the rule that tells a topic of failures.

First it looks what is there and shows what would be made or changed, field by
field; then it asks. It can be repeated: what is as it should be is left alone, and
one that was interrupted goes on where it ended. It deletes nothing, and it refuses
to change what daybatch did not make: a pipeline without its tag, a table or a
schedule of somebody else. With sagemaker.foreign there is nothing to deploy.

The bucket and the roles are yours to make: --print writes the least rights that
they and the people need, and the pipelines' definitions, without calling AWS.`,
		Example: `  daybatch deploy --dry-run
  daybatch deploy
  daybatch deploy --print > rights.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDeploy(cmd.Context(), opts) },
	}
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "show what would be done and stop")
	cmd.Flags().BoolVar(&opts.print, "print", false, "write definitions and IAM policies as JSON and stop")
	return cmd
}

func runDeploy(ctx context.Context, opts deployOptions) error {
	a := opts.app
	if opts.dryRun && opts.print {
		return usagef("--dry-run and --print show different things: choose one")
	}
	c, err := a.project()
	if err != nil {
		return err
	}
	if c.Engine != config.EngineSageMaker {
		return &hintError{
			usagef("there is nothing to deploy: the project's engine is %s", c.Engine),
			"set `engine: sagemaker` and the section sagemaker in daybatch.yaml; `daybatch config explain` lists its keys",
		}
	}
	options := aws.DeployOptions{Settings: c.SageMaker, Definition: c.Definition, Salt: a.env.Now().UTC().Format(time.RFC3339Nano)}
	if opts.print {
		documents, err := aws.DeployDocuments(options)
		if err != nil {
			return err //nolint:wrapcheck // it says what it did
		}
		return a.printJSON(listing{items: documents, warnings: c.Warnings})
	}
	if err := a.simulated(ctx, &c); err != nil {
		return err
	}
	notes, err := aws.Notes(ctx, c.SageMaker)
	if err != nil {
		return a.awsHint(ctx, err, c.SageMaker)
	}
	a.warn(notes)
	options.Settings = c.SageMaker
	deployment, err := aws.Deploy(ctx, options)
	if err != nil {
		return err //nolint:wrapcheck // as above
	}
	plan, err := deployment.Plan(ctx)
	if err != nil {
		return a.awsHint(ctx, err, c.SageMaker)
	}
	l := deployListing(plan)
	l.warnings = c.Warnings
	if opts.dryRun {
		if err := a.compareLayouts(ctx, &l, c); err != nil {
			l.warnings = append(l.warnings, "the layouts are not compared: "+firstLine(err.Error()))
		}
		return a.print(l)
	}
	return a.deploy(ctx, deployment, plan, c)
}

// compared is of how many dates of a backfill the layouts are compared, beside one
// date.
const compared = 30

// layoutItem is what layouts take, for programs.
type layoutItem struct {
	Dates   int          `json:"dates"`
	Choices []choiceItem `json:"choices"`
}

// compareLayouts adds to a listing what a date and a month of dates are expected to
// take under each layout, by the history if there is one.
func (a *app) compareLayouts(ctx context.Context, l *listing, c config.Config) (err error) {
	engine, err := a.openEngine(ctx, OpenRequest{Config: c, ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	layouts, ok := engine.(interface {
		Layouts(ctx context.Context, dates int) ([]forecast.Choice, error)
	})
	if !ok {
		return nil
	}
	var items []layoutItem
	for _, dates := range []int{1, compared} {
		choices, err := layouts.Layouts(ctx, dates)
		if err != nil {
			return err //nolint:wrapcheck // it says what it did
		}
		if len(choices) == 0 {
			continue
		}
		items = append(items, layoutItem{dates, choiceItems(choices)})
		by := "by the last " + count(choices[0].Days, "good day")
		if choices[0].Days == 0 {
			by = "no good day yet"
		}
		l.notes = append(l.notes, "", fmt.Sprintf("expected of %s (%s)", count(dates, "date"), by))
		for _, choice := range choices {
			mark := " "
			if choice.Needs == "" && choice.Chunk == 1 {
				mark = "*"
			}
			l.notes = append(l.notes, choiceLine(choice, mark))
		}
		if assumed := choices[0].Assumed; assumed != "" && dates == compared {
			l.notes = append(l.notes, "  assumed: "+assumed)
		}
	}
	l.plan = struct {
		Layouts []layoutItem `json:"layouts"`
	}{items}
	return nil
}

// deploy shows a plan, asks, and carries it out.
func (a *app) deploy(ctx context.Context, deployment *aws.Deployment, plan aws.DeployPlan, c config.Config) error {
	l := deployListing(plan)
	if err := plan.Refused(); err != nil {
		if a.flags.format == formatTable {
			if shown := a.printTable(a.env.Stderr, l); shown != nil {
				return shown
			}
		}
		return &hintError{err, "nothing was changed; `daybatch deploy --dry-run` shows the whole plan"}
	}
	l.warnings = c.Warnings
	if plan.Count(aws.DeployKeep) == len(plan.Changes) {
		return a.print(l)
	}
	if err := a.printTable(a.env.Stderr, l); err != nil {
		return err
	}
	s := &session{app: a, pipeline: forecast.Pipeline{Name: c.Definition.Pipeline, Production: c.Definition.Production}}
	changes := plan.Count(aws.DeployCreate) + plan.Count(aws.DeployUpdate)
	// A deployment is never small: without a terminal it needs --yes.
	question := fmt.Sprintf("Make %s in %s?", count(changes, "change"), c.SageMaker.Region)
	if err := s.confirm(ctx, question, max(2, changes)); err != nil {
		return err
	}
	done := aws.DeployPlan{}
	err := deployment.Apply(ctx, plan, func(change aws.DeployChange) { done.Changes = append(done.Changes, change) })
	a.recorder(c, nil).deployed(c.SageMaker.Region, len(done.Changes), err)
	if err != nil {
		for _, change := range done.Changes {
			fmt.Fprintf(a.env.Stderr, "done: %s %s %s\n", change.Action, change.Kind, change.Name)
		}
		return a.awsHint(ctx, err, c.SageMaker)
	}
	l = deployListing(done)
	l.notes = append(l.notes, "", count(changes, "change")+" made")
	return a.print(l)
}

// deployItem is a change of a deployment, for programs.
type deployItem struct {
	Kind   string            `json:"kind"`
	Name   string            `json:"name"`
	Action aws.DeployAction  `json:"action"`
	Fields []aws.DeployField `json:"fields"`
	Reason *string           `json:"reason"`
}

// gistLimit is how many parts of a change are shown beneath the table.
const gistLimit = 12

func deployListing(plan aws.DeployPlan) listing {
	items := make([]deployItem, 0, len(plan.Changes))
	l := listing{
		header: []string{"ACTION", "KIND", "NAME", "DETAIL"},
		empty:  "nothing to do",
		fields: []string{"action", "kind", "name", "field", "from", "to", "reason"},
	}
	for _, c := range plan.Changes {
		item := deployItem{Kind: string(c.Kind), Name: c.Name, Action: c.Action, Fields: c.Fields, Reason: given(c.Reason)}
		if item.Fields == nil {
			item.Fields = []aws.DeployField{}
		}
		items = append(items, item)
		l.rows = append(l.rows, []string{string(c.Action), item.Kind, c.Name, deployDetail(c)})
		l.notes = append(l.notes, fieldNotes(c)...)
		l.records = append(l.records, deployRecords(c)...)
	}
	l.items = items
	if len(plan.Changes) > 0 && plan.Count(aws.DeployKeep) == len(plan.Changes) {
		l.notes = []string{"nothing to do: all is as the project says"}
	}
	return l
}

func deployDetail(c aws.DeployChange) string {
	if len(c.Fields) > 0 {
		return count(len(c.Fields), "field")
	}
	return firstLine(c.Reason)
}

// fieldNotes shows what a change comes to beneath the table.
func fieldNotes(c aws.DeployChange) []string {
	if len(c.Fields) == 0 {
		return nil
	}
	notes := []string{"", string(c.Kind) + " " + c.Name}
	gists := c.Gists()
	for i, gist := range gists {
		if i == gistLimit {
			notes = append(notes, "  and "+count(len(gists)-i, "more change")+"; -o json has all fields")
			break
		}
		notes = append(notes, "  "+gistLine(gist))
	}
	if c.Reason != "" {
		notes = append(notes, "  "+firstLine(c.Reason))
	}
	return notes
}

// deployRecords are the lines of a change in CSV: one for each field.
func deployRecords(c aws.DeployChange) [][]string {
	fields := c.Fields
	if len(fields) == 0 {
		fields = []aws.DeployField{{}}
	}
	records := make([][]string, len(fields))
	for i, f := range fields {
		records[i] = []string{string(c.Action), string(c.Kind), c.Name, f.Name, f.From, f.To, c.Reason}
	}
	return records
}

// gistLine shows a part of a change in one line.
func gistLine(g aws.DeployGist) string {
	switch f := g.Field; g.Action {
	case aws.DeployCreate:
		return f.Name + ": comes, with " + count(g.Fields, "field")
	case aws.DeployDelete:
		return f.Name + ": goes, with " + count(g.Fields, "field")
	default:
		return fieldLine(f)
	}
}

// fieldLine shows a field that differs in one line.
func fieldLine(f aws.DeployField) string {
	shown := func(text string) string {
		if text == "" {
			return "-"
		}
		return firstLine(strings.ReplaceAll(text, "\n", " "))
	}
	return f.Name + ": " + shown(f.From) + " -> " + shown(f.To)
}
