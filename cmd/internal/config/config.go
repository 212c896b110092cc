package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
)

// FileName is the name of the project file.
const FileName = "daybatch.yaml"

// Engines that a project may choose.
const (
	EngineLocal     = "local"
	EngineSageMaker = "sagemaker"
)

// prefix begins the names of variables that override keys.
const prefix = "DAYBATCH_"

// Config is a project as it holds: what the environment says, else the file,
// else the defaults.
type Config struct {
	Dir        string // of the project, absolute
	Engine     string // EngineLocal or EngineSageMaker
	Definition forecast.Definition
	Notify     map[alert.Kind][]alert.Channel
	Refresh    *alert.Channel    // nil: nothing brings a dashboard up to date
	SageMaker  settings.Settings // of the section sagemaker; complete if Engine is EngineSageMaker
	// Settings are the keys with their values and where those come from.
	Settings []Setting
	// Warnings are about what is read and has no effect.
	Warnings []string

	environ map[string]string
}

// Setting is a key of the project file with the value that holds.
type Setting struct {
	Key    string `json:"key"`
	Value  string `json:"value"`  // as it would be written in the file; empty: not set
	Source string `json:"source"` // "default", "daybatch.yaml:12:3", or the variable
	Doc    string `json:"doc"`
}

// Find returns the nearest directory with a project file: dir or one of its
// parents. It wraps [forecast.ErrNotFound] if there is none.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find project: %w", err)
	}
	for here := dir; ; here = filepath.Dir(here) {
		if info, err := os.Stat(filepath.Join(here, FileName)); err == nil && !info.IsDir() {
			return here, nil
		}
		if here == filepath.Dir(here) {
			return "", fmt.Errorf("%w: no %s in %s or its parents", forecast.ErrNotFound, FileName, dir)
		}
	}
}

// Below returns the directories directly in dir that have a project file, by
// their names.
func Below(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		if info, err := os.Stat(filepath.Join(dir, entry.Name(), FileName)); err == nil && !info.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names
}

// Load reads the project in dir. The environment is given as NAME=value. All
// that is wrong is in one *[Error].
func Load(dir string, environ []string) (Config, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Config{}, fmt.Errorf("read project: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, FileName)) //nolint:gosec // the project that was asked for
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, fmt.Errorf("%w: no %s in %s", forecast.ErrNotFound, FileName, dir)
	}
	if err != nil {
		return Config{}, fmt.Errorf("read project: %w", err)
	}
	l := loader{config: Config{Dir: dir, environ: variables(environ)}, found: map[string]value{}}
	l.file(text)
	l.variables()
	l.fill()
	l.check()
	if len(l.problems) > 0 {
		return Config{}, newError(filepath.Join(dir, FileName), l.problems)
	}
	return l.config, nil
}

func variables(environ []string) map[string]string {
	named := make(map[string]string, len(environ))
	for _, variable := range environ {
		if name, text, ok := strings.Cut(variable, "="); ok {
			named[name] = text
		}
	}
	return named
}

// loader puts a Config together.
type loader struct {
	config   Config
	problems []Problem
	found    map[string]value // what was given, by key
	broken   bool             // the file is no YAML: nothing is known to be missing
}

// file finds the keys of the project file.
func (l *loader) file(text []byte) {
	parsed, err := parser.ParseBytes(text, 0)
	if err != nil {
		l.broken = true
		l.problems = append(l.problems, syntaxProblem(err))
		return
	}
	var bodies []ast.Node
	anchors := map[string]ast.Node{}
	for _, document := range parsed.Docs {
		if document.Body != nil {
			bodies = append(bodies, document.Body)
			ast.Walk(anchorFinder(anchors), document.Body)
		}
	}
	if len(bodies) > 1 {
		second := value{node: bodies[1], source: FileName, reports: &l.problems}
		second.fail("a project file is one YAML document, this is a second one")
	}
	if len(bodies) > 0 {
		l.walk(value{node: bodies[0], source: FileName, reports: &l.problems, anchors: anchors})
	}
}

func syntaxProblem(err error) Problem {
	if failed, ok := errors.AsType[yaml.Error](err); ok && failed.GetToken() != nil {
		position := failed.GetToken().Position
		return Problem{Where: fmt.Sprintf("%s:%d:%d", FileName, position.Line, position.Column), Text: failed.GetMessage()}
	}
	return Problem{Where: FileName, Text: err.Error()}
}

// anchorFinder collects the nodes that have an anchor.
type anchorFinder map[string]ast.Node

// Visit implements [ast.Visitor].
func (f anchorFinder) Visit(node ast.Node) ast.Visitor {
	if anchor, ok := node.(*ast.AnchorNode); ok {
		f[anchor.Name.GetToken().Value] = anchor.Value
	}
	return f
}

// walk finds the keys of a mapping and of the mappings in it.
func (l *loader) walk(v value) {
	for _, e := range v.entries() {
		path := e.key
		switch {
		case slices.ContainsFunc(keys(), func(k key) bool { return k.path == path }):
			if !e.null() { // a key with nothing behind it is not set
				l.found[path] = e.value
			}
		case slices.ContainsFunc(keys(), func(k key) bool { return strings.HasPrefix(k.path, path+".") }):
			if !e.null() {
				l.walk(e.value)
			}
		default:
			l.unknownKey(e)
		}
	}
}

// unknownKey says what may have been meant: a neighbour with a similar name, or
// the same name at another place.
func (l *loader) unknownKey(e entry) {
	parent := strings.TrimSuffix(e.key, e.name)
	var neighbours []string
	for _, k := range keys() {
		rest, ok := strings.CutPrefix(k.path, parent)
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, ".")
		if !slices.Contains(neighbours, name) {
			neighbours = append(neighbours, name)
		}
		if strings.HasSuffix(k.path, "."+e.name) {
			e.at.fail("unknown key; did you mean %s?", k.path)
			return
		}
	}
	for _, k := range keys() {
		if under, ok := strings.CutSuffix(k.path, "."+e.name); ok {
			e.at.fail("unknown key here; it belongs under %s", under)
			return
		}
	}
	e.at.unknownKey(neighbours)
}

// variables finds the keys that the environment overrides.
func (l *loader) variables() {
	for _, k := range keys() {
		name := Variable(k.path)
		text, ok := l.config.environ[name]
		if !ok || text == "" {
			continue
		}
		v, err := l.parse(k.path, text, name)
		if err != nil {
			l.problems = append(l.problems, Problem{Where: name, Key: k.path, Text: err.Error()})
			continue
		}
		l.found[k.path] = v
	}
}

// Variable returns the name of the variable that overrides a key.
func Variable(key string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// parse reads text that stands for the value of a key.
func (l *loader) parse(path, text, source string) (value, error) {
	parsed, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return value{}, errors.New(syntaxProblem(err).Text)
	}
	if len(parsed.Docs) != 1 || parsed.Docs[0].Body == nil {
		return value{}, errors.New("is no value")
	}
	return value{key: path, node: parsed.Docs[0].Body, source: source, reports: &l.problems}, nil
}

// fill reads what was found and the defaults of the rest.
func (l *loader) fill() {
	for _, k := range keys() {
		v, given := l.found[k.path]
		if !given && k.standard != "" {
			var err error
			if v, err = l.parse(k.path, k.standard, "default"); err != nil {
				l.problems = append(l.problems, Problem{Where: "default", Key: k.path, Text: err.Error()})
				continue
			}
		}
		setting := Setting{Key: k.path, Doc: k.doc, Source: "default"}
		if v.node != nil {
			k.read(&l.config, v)
			setting.Source, setting.Value = v.where(), flow(v.resolve())
		}
		l.config.Settings = append(l.config.Settings, setting)
	}
}
