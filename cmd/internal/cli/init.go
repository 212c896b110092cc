package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
)

// initOptions are those of the verb init.
type initOptions struct {
	app  *app
	from string
	time string
	// dateFormat is how the file writes dates: DD/MM/YYYY.
	dateFormat string
	value      string
	series     []string
	seriesSet  bool // --series was given; empty: the file is one series
	dir        string
	name       string
	dryRun     bool
}

func newInit(a *app) *cobra.Command {
	opts := initOptions{app: a}
	cmd := &cobra.Command{
		Use:   "init --from FILE",
		Short: "Make a project for your own CSV or Parquet file",
		Long: `Write daybatch.yaml and sql/extract.sql for a CSV (also .csv.gz) or Parquet file,
or a pattern of files such as 'data/*.parquet'. Columns that are not named are
found, and init says which it took and why; where two would do it asks you to
name one. --series "" says that the file is one series.

Nothing that exists is overwritten.`,
		Example: `  daybatch init --from sales.csv
  daybatch init --from bike.csv --time date --value rentals --series station
  daybatch init --from 'data/*.parquet' --dir pipelines/sales --name sales-daily`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("init takes no argument: write --from %s", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts.seriesSet = cmd.Flags().Changed("series")
			return elsewhere(runInit(cmd.Context(), opts))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.from, "from", "", "the file, or a pattern of files")
	flags.StringVar(&opts.time, "time", "", "column of the date")
	flags.StringVar(&opts.dateFormat, "date-format", "", "how a CSV file writes dates that are not YYYY-MM-DD, for example DD/MM/YYYY")
	flags.StringVar(&opts.value, "value", "", "column of the value to forecast")
	flags.StringSliceVar(&opts.series, "series", nil, "columns that identify a series, separated by commas")
	flags.StringVar(&opts.dir, "dir", "", "directory of the project (default: the current one)")
	flags.StringVar(&opts.name, "name", "", "name of the pipeline (default: the file's)")
	flags.BoolVar(&opts.dryRun, "dry-run", false, "only show what would be written")
	return cmd
}

func runInit(ctx context.Context, opts initOptions) error {
	if opts.from == "" {
		return &hintError{usagef("--from is missing: name the file with the data"), "`daybatch demo` makes a project with generated data"}
	}
	if opts.name != "" && !config.IsPipeline(opts.name) {
		return usagef("--name %q: write letters and digits with single hyphens between them, at most 80", opts.name)
	}
	if matches, err := filepath.Glob(opts.app.resolve(opts.from)); err == nil && len(matches) == 0 {
		if _, err := os.Stat(opts.app.resolve(opts.from)); err != nil {
			return usagef("--from %s: there is no such file", opts.from)
		}
	}
	dir := opts.app.resolve(opts.dir)
	if err := refuseOverwrite(dir); err != nil {
		return err
	}
	pattern := calendar.Pattern(opts.dateFormat)
	if err := pattern.Check(); err != nil {
		return usagef("--date-format: %s", err.Error())
	}
	db, err := lake.Open(ctx, lake.Options{Dates: pattern})
	if err != nil {
		return fmt.Errorf("look at %s: %w", opts.from, err)
	}
	defer func() { _ = db.Close() }()
	found, err := detect(ctx, db, opts)
	if err != nil {
		return err
	}
	p := found.project(opts, dir, opts.app.env.Now())
	if opts.dryRun {
		return opts.app.print(p.listing(dir, "would write"))
	}
	if err := p.write(dir); err != nil {
		return err
	}
	return opts.app.print(p.listing(dir, "wrote"))
}

// queryFile is where init puts the extract query, relative to the project.
const queryFile = "sql/extract.sql"

func refuseOverwrite(dir string) error {
	for _, name := range []string{config.FileName, queryFile} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Lstat(path); err == nil {
			return &hintError{usagef("%s is there already, and init overwrites nothing", path), "choose another directory with --dir"}
		}
	}
	return nil
}

// detection is what init found in a file.
type detection struct {
	file        string // as lake reads it
	description lake.Description
	time        choice
	value       choice
	series      []string
	seriesWhy   string
	profile     lake.Profile
	bad         lake.Blemish // a cell on which Extract will end
	hasBad      bool
}

// choice is a column that was named or found.
type choice struct {
	column lake.FileColumn
	why    string
}

// detect finds the columns that were not named and looks at the series that
// they make.
func detect(ctx context.Context, db *lake.DB, opts initOptions) (*detection, error) {
	d := &detection{file: opts.app.resolve(opts.from)}
	var err error
	if d.description, err = db.Describe(ctx, d.file); err != nil {
		return d, usagef("%s", err.Error())
	}
	if d.description.Rows == 0 {
		return d, usagef("%s has no rows", opts.from)
	}
	if d.time, err = d.chooseTime(opts.time); err != nil {
		return d, d.diagnosed(err)
	}
	if d.value, err = d.chooseValue(opts.value); err != nil {
		return d, d.diagnosed(err)
	}
	if err = d.refuseAmbiguous(ctx, db); err != nil {
		return d, err
	}
	if d.bad, d.hasBad, err = db.BadCell(ctx, d.file, d.time.column, d.value.column); err != nil {
		return d, usagef("%s", err.Error())
	}
	if opts.seriesSet {
		err = d.takeSeries(ctx, db, opts.series)
	} else {
		err = d.chooseSeries(ctx, db)
	}
	if err != nil {
		return d, err
	}
	return d, d.refuseSparse()
}

// refuseAmbiguous refuses dates that can be read in two ways.
func (d *detection) refuseAmbiguous(ctx context.Context, db *lake.DB) error {
	name := d.time.column.Name
	date, err := db.AmbiguousDate(ctx, d.file, name)
	switch {
	case err != nil:
		return usagef("%s", err.Error())
	case date.Text == "":
		return nil
	}
	return &hintError{usagef("%s", date), "say how dates are written with --date-format, for example --date-format DD/MM/YYYY, or write them as YYYY-MM-DD"}
}

// takeSeries takes the columns that --series names.
func (d *detection) takeSeries(ctx context.Context, db *lake.DB, names []string) error {
	d.series, d.seriesWhy = names, "named by --series"
	if len(names) == 0 {
		d.seriesWhy = "--series is empty: the file is one series"
	}
	for _, name := range names {
		if _, err := d.column(name, "--series"); err != nil {
			return err
		}
	}
	var err error
	d.profile, err = d.look(ctx, db, names)
	return err
}

// look profiles the series that columns make.
func (d *detection) look(ctx context.Context, db *lake.DB, columns []string) (lake.Profile, error) {
	profile, err := db.Profile(ctx, lake.ProfileRequest{
		File: d.file, Time: d.time.column.Name, Value: d.value.column.Name, Series: columns,
	})
	if err != nil {
		return profile, usagef("%s", err.Error())
	}
	if len(profile.Series) == 0 || profile.Last.IsZero() {
		return profile, usagef("%s has no row with a date in %s and a value in %s", d.file, d.time.column.Name, d.value.column.Name)
	}
	return profile, nil
}

// column finds a column by its name.
func (d *detection) column(name, flag string) (lake.FileColumn, error) {
	var names []string
	for _, column := range d.description.Columns {
		if column.Name == name {
			return column, nil
		}
		names = append(names, column.Name)
	}
	if near := config.Nearest(name, names); near != "" {
		return lake.FileColumn{}, usagef("%s %s: there is no such column; did you mean %s?", flag, name, near)
	}
	return lake.FileColumn{}, usagef("%s %s: there is no such column; there are %s", flag, name, strings.Join(names, ", "))
}

// datesHint says what a date is.
const datesHint = "--time names one; daybatch forecasts daily series, so every row needs a date: write it as 2025-01-31, for 20250131 is a number; other forms need --date-format"

func (d *detection) chooseTime(name string) (choice, error) {
	if name != "" {
		column, err := d.column(name, "--time")
		if err == nil && !column.Dated {
			err = &hintError{usagef("--time %s: the column has no dates (%s)", name, d.example(name)), datesHint}
		}
		return choice{column, "named by --time"}, err
	}
	dated := func(c lake.FileColumn) bool { return c.Dated }
	known := []string{"ds", "date", "day", "dt", "time", "timestamp", "datetime"}
	return d.choose(dated, known, "--time", "column of dates")
}

func (d *detection) chooseValue(name string) (choice, error) {
	if name != "" {
		column, err := d.column(name, "--value")
		switch {
		case err == nil && column.Name == d.time.column.Name:
			err = usagef("--value %s: that is the time column", name)
		case err == nil && !column.Numeric:
			err = &hintError{usagef("--value %s: the column has no numbers (%s)", name, d.example(name)), "--value names a column of numbers"}
		}
		return choice{column, "named by --value"}, err
	}
	numeric := func(c lake.FileColumn) bool { return c.Numeric && c.Name != d.time.column.Name }
	known := []string{"value", "y", "target", "demand", "sales", "quantity", "qty", "orders", "count", "cnt", "amount", "total"}
	return d.choose(numeric, known, "--value", "column of numbers")
}

// choose takes the only column that fits, or the one that has the name usual
// for it.
func (d *detection) choose(fits func(lake.FileColumn) bool, known []string, flag, what string) (choice, error) {
	var candidates []lake.FileColumn
	var names []string
	for _, column := range d.description.Columns {
		if fits(column) {
			candidates = append(candidates, column)
			names = append(names, column.Name)
		}
	}
	switch len(candidates) {
	case 0:
		err := usagef("%s has no %s; its columns are %s", d.file, what, d.columnList())
		hint := flag + " names one"
		if flag == "--time" {
			hint = datesHint
		}
		return choice{}, &hintError{err, hint}
	case 1:
		return choice{candidates[0], "the only column of its kind"}, nil
	}
	for _, name := range known {
		for _, column := range candidates {
			if strings.EqualFold(column.Name, name) {
				return choice{column, fmt.Sprintf("by its name; %s would do too", strings.Join(without(names, column.Name), ", "))}, nil
			}
		}
	}
	return choice{}, &hintError{usagef("%s has several candidates: %s", flag, strings.Join(names, ", ")), "name one, for example " + flag + " " + names[0]}
}

func (d *detection) columnList() string {
	var words []string
	for _, column := range d.description.Columns {
		words = append(words, column.Name+" ("+strings.ToLower(column.Type)+")")
	}
	return strings.Join(words, ", ")
}

// example shows the first value of a column.
func (d *detection) example(name string) string {
	for i, column := range d.description.Columns {
		if column.Name == name && len(d.description.Sample) > 0 {
			return fmt.Sprintf("its first value is %q", d.description.Sample[0][i])
		}
	}
	return "it is empty"
}

func without(names []string, name string) []string {
	var others []string
	for _, other := range names {
		if other != name {
			others = append(others, other)
		}
	}
	return others
}

// sparse is the usual distance of rows in days from which data is not daily.
const sparse = 6

// refuseSparse refuses series that are no daily ones.
func (d *detection) refuseSparse() error {
	first := d.profile.Series[0]
	if first.Dates < 2 {
		return nil
	}
	apart := float64(first.Last-first.First) / float64(first.Dates-1)
	if apart < sparse {
		return nil
	}
	word := "irregular"
	for _, period := range []struct {
		word     string
		from, to float64
	}{{"weekly", 6.5, 7.5}, {"monthly", 28, 31.5}, {"quarterly", 89, 93}, {"yearly", 360, 370}} {
		if apart >= period.from && apart <= period.to {
			word = period.word
		}
	}
	err := usagef("the data is %s: rows of a series are %.1f days apart, and daybatch forecasts daily series", word, apart)
	return &hintError{err, "use the daily data that these rows were summed from; if most days have no row because nothing happened, add rows with 0"}
}

// firstDate returns the first date that the project owes: so many dates that
// there is something to backfill.
func (d *detection) firstDate() calendar.Date {
	const owed = 60
	return max(d.profile.First, d.profile.Last-owed+1)
}
