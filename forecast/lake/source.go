package lake

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Formats of source files.
const (
	formatCSV     = "csv"
	formatParquet = "parquet"
)

// source is a view over the files that a glob matches.
type source struct {
	view   string
	glob   string // as the project gives it
	files  []string
	format string
	signs  dialect // of CSV files
	dates  string  // how they write dates, as strptime reads them; empty: DuckDB finds out
	hive   bool    // name=value directories below the glob's fixed part are columns

	table   string // of its rows, if they were loaded
	dropped bool   // the table goes with the view
}

// reader returns the table function that reads the source. The types of CSV
// columns are found in all rows: DuckDB's default, a sample, reads 1.5 after
// 20,000 whole numbers as 2, without a word.
func (s source) reader() string {
	quoted := make([]string, len(s.files))
	for i, file := range s.files {
		quoted[i] = quoteText(escapeGlob(file))
	}
	options := "[" + strings.Join(quoted, ", ") + "], union_by_name = true"
	if !s.hive {
		// A name=value directory above the project would replace a column.
		options += ", hive_partitioning = false"
	}
	if s.format == formatParquet {
		return "read_parquet(" + options + ")"
	}
	if s.dates != "" {
		options += ", dateformat = " + quoteText(s.dates)
	}
	return "read_csv(" + options + ", sample_size = -1" + string(s.signs) + ")"
}

// createView makes a view over the files of a source.
func createView(ctx context.Context, conn *sql.Conn, s source) error {
	if err := s.create(ctx, conn, "CREATE OR REPLACE TEMP VIEW "+quoteName(s.view)); err != nil {
		return failf(forecast.ReasonData, "read source %s (%s): %s", s.view, s.glob, duckText(err))
	}
	return nil
}

// create runs a statement that makes a view or table of what the source reads.
func (s source) create(ctx context.Context, conn *sql.Conn, statement string) error {
	var err error
	if s.format == formatCSV {
		if s.signs, err = findDialect(ctx, conn, s.files); err != nil {
			return err
		}
	}
	_, err = conn.ExecContext(ctx, statement+" AS FROM "+s.reader())
	if err != nil && s.signs != "" && ctx.Err() == nil {
		s.signs = "" // a file differs from the others after all
		_, err = conn.ExecContext(ctx, statement+" AS FROM "+s.reader())
	}
	return err //nolint:wrapcheck // the caller says what was read
}

func dropViews(ctx context.Context, conn *sql.Conn, sources []source) error {
	for _, s := range sources {
		if _, err := conn.ExecContext(context.WithoutCancel(ctx), "DROP VIEW IF EXISTS "+quoteName(s.view)); err != nil {
			return fmt.Errorf("drop view %s: %w", s.view, err)
		}
	}
	return nil
}

// findSources finds the files of each source, ordered by the view's name.
// Relative globs start at the project's directory. The pattern is how CSV files
// write dates; it holds for the sources that have such dates, not for one whose
// dates are YYYY-MM-DD.
func findSources(ctx context.Context, conn *sql.Conn, project string, globs map[string]string, pattern calendar.Pattern) ([]source, error) {
	sources := make([]source, 0, len(globs))
	for _, view := range slices.Sorted(maps.Keys(globs)) {
		found, err := findSource(ctx, conn, project, globs[view])
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", view, err)
		}
		found.view = view
		found.dates = found.written(pattern)
		sources = append(sources, found)
	}
	return sources, nil
}

// written returns how the source's files write dates, empty if they have none
// but YYYY-MM-DD.
func (s source) written(pattern calendar.Pattern) string {
	if pattern == "" || s.format != formatCSV || !slices.ContainsFunc(s.files, mayWriteDates) {
		return ""
	}
	return pattern.Strptime()
}

func findSource(ctx context.Context, conn *sql.Conn, project, glob string) (source, error) {
	pattern := glob
	if !filepath.IsAbs(glob) {
		pattern = escapeGlob(project) + "/" + glob
	}
	files, err := texts(ctx, conn, "SELECT file FROM glob(?) ORDER BY file", pattern)
	if err != nil {
		return source{}, infrastructure("list", glob, err)
	}
	if len(files) == 0 {
		return source{}, failf(forecast.ReasonConfig, "no file matches %s%s: correct source.files in the project file, or put the file there", glob, relativeTo(project, glob))
	}
	format, err := formatOf(files)
	if err != nil {
		return source{}, err
	}
	return source{glob: glob, files: files, format: format, hive: hasPartitions(glob, project, files)}, nil
}

// hasPartitions reports whether the project asks for the columns of name=value
// directories: they stand in its glob, or are what a wildcard of it matches.
func hasPartitions(glob, project string, files []string) bool {
	if !filepath.IsAbs(glob) && strings.Contains(filepath.Dir(glob), "=") {
		return true
	}
	fixed := glob
	if at := strings.IndexAny(glob, "*?["); at >= 0 {
		fixed = glob[:at]
	}
	if !filepath.IsAbs(glob) {
		fixed = filepath.Join(project, filepath.Dir(fixed+"x"))
	}
	return slices.ContainsFunc(files, func(file string) bool {
		return strings.Contains(filepath.Dir(strings.TrimPrefix(file, fixed)), "=")
	})
}

func relativeTo(project, glob string) string {
	if filepath.IsAbs(glob) {
		return ""
	}
	return " in " + project
}

// formatOf returns the format that all of the files have by their names.
func formatOf(files []string) (string, error) {
	first := ""
	for _, file := range files {
		var format string
		name := strings.ToLower(filepath.Base(file))
		if isCompressed(file) {
			name = strings.TrimSuffix(name, filepath.Ext(name))
		}
		switch filepath.Ext(name) {
		case ".csv", ".tsv", ".txt":
			format = formatCSV
		case ".parquet", ".pq":
			format = formatParquet
		default:
			return "", failf(forecast.ReasonConfig, "%s is neither CSV (.csv, .tsv, .txt, also .gz) nor Parquet (.parquet) by its name", file)
		}
		if first != "" && format != first {
			return "", failf(forecast.ReasonConfig, "%s is %s, but %s is %s: give each its own source", file, format, files[0], first)
		}
		first = format
	}
	return first, nil
}

func isCompressed(file string) bool {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".gz", ".zst":
		return true
	}
	return false
}

// escapeGlob makes DuckDB take a path literally.
func escapeGlob(path string) string {
	return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(path)
}

// texts returns the only column of a query.
func texts(ctx context.Context, conn *sql.Conn, query string, args ...any) ([]string, error) {
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what was read
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err //nolint:wrapcheck // as above
		}
		all = append(all, text)
	}
	return all, rows.Err() //nolint:wrapcheck // as above
}
