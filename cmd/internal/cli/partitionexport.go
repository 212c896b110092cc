package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// exportOptions are those of the verb that writes a partition to a file.
type exportOptions struct {
	app        *app
	args       []string
	generation string
	out        string
	force      bool
}

func newPartitionExport(a *app) *cobra.Command {
	opts := exportOptions{app: a}
	cmd := &cobra.Command{
		Use:   "export [DATE]",
		Short: "Write a generation of a date to a file",
		Long: `Write a generation of a date to a file: with --out FILE.parquet as it is stored,
byte for byte, with --out FILE.csv all its rows and columns as text, the numbers in
full. Without --out it is a Parquet file in this directory, named after the
date and the generation; without --generation it is the one that readers see.

The file appears when it is whole. One that is there already is only replaced with
--force. Without DATE it is the newest date that has a forecast.

` + dateHelp,
		Example: `  daybatch partition export 2026-01-15
  daybatch partition export latest --out forecast.csv
  daybatch partition export 2026-01-15 --generation 3f9c12ab77de --out old.parquet`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.args = args
			return runPartitionExport(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.generation, "generation", "", "the generation (default: the current one)")
	cmd.Flags().StringVar(&opts.out, "out", "", "the file, which ends in .parquet or .csv")
	cmd.Flags().BoolVar(&opts.force, "force", false, "replace the file if there is one")
	return cmd
}

// formatOf tells the format of a file by its name.
func formatOf(name string) (forecast.FileFormat, error) {
	switch format := forecast.FileFormat(strings.TrimPrefix(strings.ToLower(filepath.Ext(name)), ".")); format {
	case forecast.FormatParquet, forecast.FormatCSV:
		return format, nil
	default:
		return "", usagef("--out %s: give a name that ends in .parquet or .csv", name)
	}
}

func runPartitionExport(ctx context.Context, opts exportOptions) error {
	if opts.out != "" {
		if _, err := formatOf(opts.out); err != nil {
			return err
		}
	}
	return opts.app.with(ctx, reading, func(s *session) error {
		p, _, err := s.generation(ctx, opts.args, opts.generation)
		if err != nil {
			return err
		}
		name := opts.out
		if name == "" {
			name = fmt.Sprintf("partition-%s-%s.%s", p.Date, p.Generation, forecast.FormatParquet)
		}
		done, err := s.export(ctx, p, newFile{path: opts.app.resolve(name), replace: opts.force})
		if err != nil {
			return unwritten(err)
		}
		return opts.app.print(done.listing())
	})
}

// generation reads the generations of a DATE, and returns the one that is named beside
// them all.
func (s *session) generation(ctx context.Context, args []string, id string) (forecast.Partition, []forecast.Partition, error) {
	date, err := s.publishedDate(ctx, args)
	if err != nil {
		return forecast.Partition{}, nil, err
	}
	list, err := s.generationsOf(ctx, date)
	if err != nil {
		return forecast.Partition{}, nil, err
	}
	p, err := chosen(list, id)
	return p, list, err
}

// chosen returns the generation of a date that is named, the current one if none is.
func chosen(list []forecast.Partition, id string) (forecast.Partition, error) {
	for _, p := range list {
		if p.Generation == id || id == "" && p.Current {
			return p, nil
		}
	}
	date := list[0].Date
	err := fmt.Errorf("no generation of %s is current: %w", date, forecast.ErrNotFound)
	if id != "" {
		err = fmt.Errorf("%s has no generation %s: %w", date, id, forecast.ErrNotFound)
	}
	return forecast.Partition{}, &hintError{err, fmt.Sprintf("`daybatch partition show %s` lists those that are kept, --generation names one", date)}
}

// exported is a partition that was written to a file.
type exported struct {
	File       string              `json:"file"`
	Format     forecast.FileFormat `json:"format"`
	Bytes      int64               `json:"bytes"` // of the file
	Rows       int64               `json:"rows"`
	Date       calendar.Date       `json:"date"`
	Generation string              `json:"generation"`
}

// export writes a generation to a file. That it is there already is told before
// anything is fetched.
func (s *session) export(ctx context.Context, p forecast.Partition, file newFile) (exported, error) {
	done := exported{File: file.path, Rows: p.Rows, Date: p.Date, Generation: p.Generation}
	var err error
	if done.Format, err = formatOf(file.path); err != nil {
		return done, err
	}
	if _, err := os.Stat(filepath.Dir(file.path)); errors.Is(err, fs.ErrNotExist) {
		return done, usagef("there is no directory %s: make it first, or name another with --out", filepath.Dir(file.path))
	}
	switch info, err := os.Stat(file.path); {
	case err == nil && info.IsDir():
		return done, usagef("%s is a directory: name a file in it", file.path)
	case err == nil && !file.replace:
		return done, fmt.Errorf("write %s: %w", file.path, fs.ErrExist)
	}
	err = file.write(func(to io.Writer) error {
		counted := counter{to: to}
		query := forecast.ExportQuery{Date: p.Date, Generation: p.Generation, Format: done.Format}
		_, err := s.engine.Export(ctx, query, &counted)
		done.Bytes = counted.bytes
		return err //nolint:wrapcheck // the engine names the date
	})
	return done, err
}

// counter counts what is written.
type counter struct {
	to    io.Writer
	bytes int64
}

// Write implements [io.Writer].
func (c *counter) Write(text []byte) (int, error) {
	n, err := c.to.Write(text)
	c.bytes += int64(n)
	return n, err //nolint:wrapcheck // it only counts
}

// unwritten names the way out of what keeps a file from being written.
func unwritten(err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return &hintError{fmt.Errorf("%w: %s; nothing was written", forecast.ErrInvalid, err.Error()), "--force replaces it, --out names another file"}
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return &hintError{err, "name a file in a directory that you can write to with --out"}
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &hintError{err, "free some space there, or name a file elsewhere with --out"}
	case errors.Is(err, forecast.ErrNotFound):
		return &hintError{err, "`daybatch doctor` looks for what is gone"}
	default:
		return err
	}
}

func (e exported) listing() listing {
	size, rows := strconv.FormatInt(e.Bytes, 10), strconv.FormatInt(e.Rows, 10)
	return listing{
		notes:   []string{fmt.Sprintf("%s of generation %s of %s written to %s, %s", count(int(e.Rows), "row"), e.Generation, e.Date, e.File, count(int(e.Bytes), "byte"))},
		items:   []exported{e},
		fields:  []string{"file", "format", "bytes", "rows", "date", "generation"},
		records: [][]string{{e.File, string(e.Format), size, rows, e.Date.String(), e.Generation}},
	}
}

// resolve returns the path of a file that was named on the command line.
func (a *app) resolve(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(a.env.Dir, name)
}
