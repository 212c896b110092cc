package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/cmd/internal/demo"
	"github.com/daybatch/daybatch/tui"
)

const welcome = `There is no daybatch project here.

  daybatch demo                        makes one with generated data and runs it
  daybatch init --from sales.csv       makes one for your own CSV or Parquet file
  daybatch --project DIR               opens one that lies elsewhere
  daybatch --help                      lists the verbs
`

// runHome is what daybatch does without a verb: the terminal UI on a terminal,
// the days otherwise.
func runHome(ctx context.Context, a *app) error {
	if !a.interactive() {
		err := runDays(ctx, daysOptions{app: a})
		if errors.Is(err, errNoProject) && a.flags.format == formatTable {
			fmt.Fprint(a.env.Stderr, welcome)
			return statusError(exitUsage)
		}
		return err
	}
	c, err := a.project()
	if errors.Is(err, errNoProject) {
		return a.greet(ctx)
	}
	if err != nil {
		return err
	}
	return a.showScreen(ctx, c, nil)
}

// greet explains itself where there is no project, and does what the operator
// chooses: a demo, a project for a file, or one that lies below.
func (a *app) greet(ctx context.Context) error {
	personal, err := config.LoadPersonal(a.env.Environ)
	if err != nil {
		return err //nolint:wrapcheck // its lines begin with the file's name
	}
	dir := filepath.Join(a.env.Dir, a.flags.project)
	if filepath.IsAbs(a.flags.project) {
		dir = a.flags.project
	}
	told := tui.Welcome{Dir: dir, Projects: config.Below(dir), Files: dataFiles(dir)}
	for {
		choice, err := a.env.Greet(ctx, told, tui.Options{
			Now: a.env.Now, Stdin: a.env.Stdin, Stdout: a.env.Stdout, Environ: a.env.Environ,
			ASCII: a.flags.ascii || personal.ASCII, Settings: personal.Screen, ReadOnly: a.flags.readOnly,
		})
		switch {
		case err != nil:
			return err //nolint:wrapcheck // it says what it was doing
		case choice.Demo:
			return runDemo(ctx, demoOptions{app: a, engine: string(demo.Local)})
		case choice.Open != "":
			a.flags.project = filepath.Join(dir, choice.Open)
		case choice.From != "":
			if err := a.initHere(ctx, dir, choice.From); err != nil {
				told.Problem, told.From = err.Error(), choice.From
				continue
			}
		default:
			return nil
		}
		c, err := a.project()
		if err != nil {
			return err
		}
		return a.showScreen(ctx, c, nil)
	}
}

// initHere makes a project in a directory for a file.
func (a *app) initHere(ctx context.Context, dir, from string) error {
	if !filepath.IsAbs(from) {
		from = filepath.Join(dir, from)
	}
	if err := runInit(ctx, initOptions{app: a, from: from, dir: dir}); err != nil {
		return err
	}
	a.flags.project = dir
	return nil
}

// dataFiles returns the names of the files in a directory that may hold data.
func dataFiles(dir string) []string {
	var names []string
	for _, pattern := range []string{"*.csv", "*.csv.gz", "*.parquet"} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, path := range found {
			names = append(names, filepath.Base(path))
		}
	}
	return names
}
