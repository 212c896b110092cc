package cli

import (
	"context"
	"errors"
	"fmt"
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
	if errors.Is(err, errNoProject) && a.flags.project == "" {
		fmt.Fprint(a.env.Stdout, welcome)
		return nil
	}
	if err != nil {
		return err
	}
	return a.showScreen(ctx, c, nil)
}
