package cli

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
	"time"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast/calendar"
)

//go:embed init.yaml.tmpl
var projectTemplate string

//go:embed init.sql.tmpl
var queryTemplate string

// liveDays is how old the newest row may be for data to count as arriving still.
const liveDays = 10

// newProject is a project that init writes.
type newProject struct {
	Name, View, Table string
	File              string // as the project names it
	Time, Value       string
	DateFormat        string
	Series            []string
	Start, End        calendar.Date // End is zero if data still arrives
	First, Last       calendar.Date
	Weekly            bool
	Summed            bool // several rows of a series and day are summed
	SeriesCount       int
	Unnamed           bool // the file's name has nothing that a pipeline's can have

	found *detection
	from  string
}

// project decides what to write.
func (d *detection) project(opts initOptions, dir string, now time.Time) newProject {
	p := newProject{
		Name: opts.name, Time: d.time.column.Name, Value: d.value.column.Name, Series: d.series, DateFormat: opts.dateFormat,
		Start: d.firstDate(), First: d.profile.First, Last: d.profile.Last, Weekly: d.profile.Weekly,
		Summed: d.profile.Duplicates > 0, SeriesCount: len(d.profile.Series), found: d, from: opts.from,
	}
	stem := wordOf(opts.from, "_")
	if p.Name == "" {
		p.Unnamed = stem == unnamed && !strings.Contains(strings.ToLower(filepath.Base(opts.from)), unnamed)
		p.Name = strings.ReplaceAll(stem, "_", "-")
	}
	p.View = stem
	p.Table = strings.ReplaceAll(wordOf(p.Name, "_"), "-", "_") + "_forecast"
	p.File = projectPath(d, dir)
	if calendar.In(now, time.UTC)-p.Last > liveDays {
		p.End = p.Last
	}
	return p
}

// projectPath names the file as the project does: relative to it if it is
// beneath, with the letters that patterns use taken literally if it is a file.
func projectPath(d *detection, dir string) string {
	path := d.file
	if _, err := os.Stat(path); err == nil {
		path = regexp.MustCompile(`[*?\[]`).ReplaceAllString(path, "[$0]")
	}
	if relative, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(relative) {
		path = relative
	}
	return filepath.ToSlash(path)
}

// unnamed is the name of what is in a file whose own name has no letter for one.
const unnamed = "rows"

// wordOf makes a name of a path: its last part without endings, in lower case.
func wordOf(path, separator string) string {
	name := strings.ToLower(filepath.Base(path))
	name, _, _ = strings.Cut(name, ".")
	name = strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(name, separator), separator)
	switch {
	case name == "":
		return unnamed
	case name[0] >= '0' && name[0] <= '9':
		return "t" + separator + name
	default:
		return name
	}
}

// yamlText writes a text as YAML, quoted where it could be read as another type.
func yamlText(text string) string {
	if regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*$`).MatchString(text) &&
		!regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n|nan|inf)$`).MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

func yamlTexts(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = yamlText(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// sqlName quotes the name of a column.
func sqlName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// render fills in a template.
func (p newProject) render(text string) (string, error) {
	functions := template.FuncMap{"yaml": yamlText, "list": yamlTexts, "name": sqlName, "add": func(a, b int) int { return a + b }}
	parsed, err := template.New("project").Delims("<<", ">>").Funcs(functions).Parse(text)
	if err != nil {
		return "", fmt.Errorf("render project: %w", err)
	}
	var out strings.Builder
	if err := parsed.Execute(&out, p); err != nil {
		return "", fmt.Errorf("render project: %w", err)
	}
	return out.String(), nil
}

// write writes the files, each as a whole and the project file last, so that
// there is a project or none.
func (p newProject) write(dir string) error {
	query, err := p.render(queryTemplate)
	if err != nil {
		return err
	}
	project, err := p.render(projectTemplate)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "sql"), 0o755); err != nil { //nolint:gosec // a team's project
		return fmt.Errorf("make project: %w", err)
	}
	if err := writeText(filepath.Join(dir, filepath.FromSlash(queryFile)), query); err != nil {
		return err
	}
	path := filepath.Join(dir, config.FileName)
	if err := writeText(path, project); err != nil {
		return errors.Join(err, os.Remove(filepath.Join(dir, filepath.FromSlash(queryFile))))
	}
	return nil
}

// writeText writes a file as a whole; one that is there is not touched.
func writeText(path, text string) error {
	return newFile{path: path}.write(func(to io.Writer) error {
		_, err := io.WriteString(to, text)
		return err //nolint:wrapcheck // it names the file
	})
}

// finding is something that init found, and why it took it.
type finding struct {
	What  string `json:"what"`
	Value string `json:"value"`
	Why   string `json:"why"`
}

// listing says what was found, what was done, and what to do next.
func (p newProject) listing(dir, verb string) listing {
	d := p.found
	season := "7"
	weekly := "the data is daily; its series repeat by the week"
	if !p.Weekly {
		weekly = "the data is daily, though a weekly pattern is not clear"
	}
	owed, why := p.Start.String()+" to "+p.Last.String(), "the newest row is old, so the pipeline ends with it and has no schedule"
	if p.End.IsZero() {
		owed, why = "from "+p.Start.String(), "data still arrives: every morning at 6 UTC, for the day before"
	}
	findings := []finding{
		{"file", p.File, fmt.Sprintf("%s, %s, %s to %s", d.description.Format, count(int(d.description.Rows), "row"), p.First, p.Last)},
		{"time", p.Time, d.time.why},
		{"value", p.Value, d.value.why},
		{"series", d.seriesWord(), d.seriesWhy},
		{"season", season, weekly},
		{"dates", owed, why},
		{"holidays", "none", "set forecast.holidays to a country, for example JP"},
	}
	l := listing{header: []string{"WHAT", "VALUE", "WHY"}, items: findings, fields: []string{"what", "value", "why"}}
	for _, f := range findings {
		l.rows = append(l.rows, []string{f.What, f.Value, f.Why})
		l.records = append(l.records, []string{f.What, f.Value, f.Why})
	}
	if p.Unnamed {
		l.warnings = append(l.warnings, "the pipeline is named "+p.Name+", as the file's name has no letter a to z and no digit: --name gives it another")
	}
	if d.hasBad {
		l.warnings = append(l.warnings, d.bad.String()+": Extract refuses the file until it is corrected, or "+queryFile+" leaves that row out")
	}
	if p.Summed {
		l.warnings = append(l.warnings, count(int(d.profile.Duplicates), "row")+" share series and day with another"+d.firstDuplicate()+": sql/extract.sql sums them")
	}
	l.notes = []string{
		"", fmt.Sprintf("%s %s and %s", verb, filepath.Join(dir, config.FileName), filepath.Join(dir, filepath.FromSlash(queryFile))), "",
		"next:",
		"  daybatch config explain     what can be set",
		"  daybatch run                make the newest date",
		"  daybatch backfill --last 60",
		"  daybatch                    look at it",
	}
	return l
}
