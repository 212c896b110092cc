package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/cmd/internal/config"
)

func newConfigKeys(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "keys",
		Short: "List the keys of the terminal UI and what they do",
		Long: `List the keys of the terminal UI as they are now: for each page the actions with
their keys. $XDG_CONFIG_HOME/daybatch/config.yaml (else ~/.config/daybatch) gives
them others, for all pages or for one, and has the other settings of a person:

  theme: auto            # colours for a dark or a light background, or ask the terminal
  zone: pipeline         # of times: pipeline, local, utc
  mouse: false           # wheel and clicks; ctrl+t turns them on and off
  ascii: false           # no other characters
  keys:
    metrics: b           # on every page that has the action
    days:                # on one page
      refresh: [f5, r]
      mark-failed: []    # no key

In the terminal UI ":set theme dark" and the like change a setting until it is closed,
and ":set" says how they are.

An action that changes what runs takes no key that is hit by the way: give it an
upper-case letter, a function key, or one with ctrl or alt. Where text is typed (form,
typing, help, palette, confirm) a letter is text; keys for all pages don't count there.`,
		Example: `  daybatch config keys
  daybatch config keys -o json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runConfigKeys(a) },
	}
}

func runConfigKeys(a *app) error {
	personal, err := config.LoadPersonal(a.env.Environ)
	if err != nil {
		return err //nolint:wrapcheck // its lines begin with the file's name
	}
	bindings := personal.Screen.Bindings()
	l := listing{header: []string{"PAGE", "ACTION", "KEYS", "MEANING"}, items: bindings, fields: []string{"page", "action", "keys", "help"}}
	for _, b := range bindings {
		row := []string{b.Page, b.Action, strings.Join(b.Keys, " "), b.Help}
		l.rows, l.records = append(l.rows, row), append(l.records, row)
	}
	return a.print(l)
}
