package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// check looks at what keys say together, and reads the query.
func (l *loader) check() {
	if l.broken {
		return
	}
	d := &l.config.Definition
	for _, required := range l.required() {
		if _, ok := l.found[required]; !ok {
			l.missing(required)
		}
	}
	if d.Target.Table == "" {
		l.nameTable()
	}
	if !d.Start.IsZero() && !d.End.IsZero() && d.End < d.Start {
		l.found["end"].fail("%s is before start, %s", d.End, d.Start)
	}
	if l.found["source.files"].isMapping() && len(d.Source.Files) == 0 {
		l.problem("source.files", "needs at least one view, for example orders: data/orders/*.csv")
	}
	if _, clash := d.Source.Files[d.Target.Table]; clash && d.Target.Table != "" {
		l.problem("source.files", "the view %s has the name of the target table", d.Target.Table)
	}
	l.checkColumns()
	if l.config.Engine == EngineSageMaker {
		l.checkSageMaker()
	}
	if _, given := l.found["source.query"]; given || !l.foreign() {
		l.query()
	}
}

// required returns the keys that have to be there.
func (l *loader) required() []string {
	if l.foreign() {
		return []string{"pipeline"}
	}
	return []string{"pipeline", "source.files", "source.time", "source.value"}
}

func (l *loader) checkColumns() {
	source := l.config.Definition.Source
	if source.Time != "" && source.Time == source.Value {
		l.problem("source.value", "%q is the time column too", source.Value)
	}
	for _, column := range source.Series {
		if column == source.Time || column == source.Value {
			l.problem("source.series", "%q is the time or value column too", column)
		}
	}
}

// missing reports a key that has to be there.
func (l *loader) missing(key string) {
	for _, k := range keys() {
		if k.path == key {
			l.problems = append(l.problems, Problem{Where: FileName, Key: key, Text: "is missing: " + k.doc})
		}
	}
}

// problem reports something about a key that was given, or about its default.
func (l *loader) problem(key, format string, args ...any) {
	v, ok := l.found[key]
	if !ok {
		v = value{key: key, source: "default", reports: &l.problems}
	}
	v.fail(format, args...)
}

// nameTable derives the target table from the pipeline's name.
func (l *loader) nameTable() {
	name := strings.ReplaceAll(strings.ToLower(l.config.Definition.Pipeline), "-", "_")
	if name == "" {
		return
	}
	if !isTable(name) {
		name = "p_" + name
	}
	name += "_forecast"
	l.config.Definition.Target.Table = name
	l.derive("target.table", name)
}

// derive shows the value of a key that was not given and follows from others.
func (l *loader) derive(key, text string) {
	i := slices.IndexFunc(l.config.Settings, func(s Setting) bool { return s.Key == key })
	if i >= 0 && l.config.Settings[i].Value == "" {
		l.config.Settings[i].Value = text
	}
}

// query reads the text of the extract query.
func (l *loader) query() {
	source := &l.config.Definition.Source
	if source.Path == "" {
		return
	}
	path := source.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.config.Dir, filepath.FromSlash(path))
	}
	text, err := os.ReadFile(path) //nolint:gosec // the project says which file
	if errors.Is(err, fs.ErrNotExist) {
		l.problem("source.query", "there is no file %s: put the extract query there", source.Path)
		return
	}
	if err != nil {
		l.problem("source.query", "%s", err.Error())
		return
	}
	source.Query = string(text)
	if strings.TrimSpace(source.Query) == "" {
		l.problem("source.query", "%s is empty: it must select the series, time and value columns", source.Path)
		return
	}
	for _, match := range regexp.MustCompile(`\{\{[^}]*\}\}`).FindAllString(source.Query, -1) {
		switch strings.ReplaceAll(match, " ", "") {
		case "{{.Date}}", "{{.From}}":
		default:
			l.problem("source.query", "%s has %s; only {{.Date}} and {{.From}} are bound", source.Path, match)
		}
	}
	if !regexp.MustCompile(`\{\{\s*\.Date\s*\}\}`).MatchString(source.Query) {
		l.problem("source.query", "%s does not use {{.Date}}: without it, an old date would see newer rows", source.Path)
	}
}
