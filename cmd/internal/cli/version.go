package cli

import (
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Show the version of this program",
		Example: "  daybatch version -o json",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return runVersion(a) },
	}
}

// build says what this program was made from.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func readBuild() build {
	b := build{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = info.Main.Version
	modified := ""
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Revision = setting.Value
		case "vcs.modified":
			if setting.Value == "true" {
				modified = "+changes"
			}
		}
	}
	if b.Revision != "" {
		b.Revision += modified
	}
	return b
}

// id tells builds apart.
func (b build) id() string { return strings.TrimSpace(b.Version + " " + b.Revision) }

func runVersion(a *app) error {
	b := readBuild()
	row := []string{b.Version, b.Revision, b.Go, b.Platform}
	return a.print(listing{
		header: []string{"VERSION", "REVISION", "GO", "PLATFORM"},
		rows:   [][]string{row}, items: []build{b},
		fields: []string{"version", "revision", "go", "platform"}, records: [][]string{row},
	})
}
