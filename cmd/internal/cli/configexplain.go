package cli

import (
	"strconv"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/cmd/internal/config"
)

// widestValue is how much of a value the table shows; JSON and CSV have it whole.
const widestValue = 48

func newConfig(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Explain the project's configuration, and the keys of the terminal UI",
		Example: "  daybatch config explain\n  daybatch config keys",
		Args:    func(cmd *cobra.Command, args []string) error { return noVerb(cmd, args) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigExplain(a), newConfigKeys(a))
	return cmd
}

func newConfigExplain(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "explain",
		Short: "Show each value with its source and meaning",
		Long: `Show each key of daybatch.yaml with the value that holds, where it comes from,
and what it means. A variable overrides the file: DAYBATCH_LIMITS_MAX_ACTIVE is
limits.max_active, and so for every key. Flags override both.`,
		Example: `  daybatch config explain
  DAYBATCH_LIMITS_MAX_ACTIVE=4 daybatch config explain -o json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runConfigExplain(a) },
	}
}

func runConfigExplain(a *app) error {
	c, err := a.project()
	if err != nil {
		return err
	}
	settings := append(a.processSettings(c), c.Settings...)
	l := listing{
		header:   []string{"KEY", "VALUE", "SOURCE", "MEANING"},
		items:    settings,
		fields:   []string{"key", "value", "source", "doc"},
		warnings: c.Warnings,
	}
	for _, setting := range settings {
		shown := ansi.Truncate(setting.Value, widestValue, "...")
		if shown == "" {
			shown = "-"
		}
		l.rows = append(l.rows, []string{setting.Key, shown, setting.Source, setting.Doc})
		l.records = append(l.records, []string{setting.Key, setting.Value, setting.Source, setting.Doc})
	}
	return a.print(l)
}

// processSettings are what flags and the environment say beside the file.
func (a *app) processSettings(c config.Config) []config.Setting {
	environ := environment(a.env.Environ)
	source := func(variable string, given string) string {
		switch {
		case given == "":
			return "default"
		case environ[variable] != "":
			return variable
		default:
			return "flag"
		}
	}
	readOnly := ""
	if a.flags.readOnly {
		readOnly = "true"
	}
	actor := "default"
	if environ["DAYBATCH_ACTOR"] != "" {
		actor = "DAYBATCH_ACTOR"
	}
	return []config.Setting{
		{Key: "project", Value: c.Dir, Source: source("DAYBATCH_PROJECT", a.flags.project), Doc: "directory of the project"},
		{Key: "read_only", Value: strconv.FormatBool(a.flags.readOnly), Source: source("DAYBATCH_READ_ONLY", readOnly), Doc: "changes are refused"},
		{Key: "actor", Value: a.actor(), Source: actor, Doc: "who is asking, for the records"},
	}
}
