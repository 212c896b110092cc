package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/daybatch/daybatch/tui"
)

// PersonalName is the name of the file with a person's own settings.
const PersonalName = "config.yaml"

// Personal are a person's own settings, the same on every project.
type Personal struct {
	Screen tui.Settings
	ASCII  bool
}

// PersonalPath returns where the file lies: in daybatch under XDG_CONFIG_HOME,
// else under .config of the home directory; empty if there is neither. It need
// not exist.
func PersonalPath(environ []string) string {
	named := variables(environ)
	if dir := named["XDG_CONFIG_HOME"]; filepath.IsAbs(dir) {
		return filepath.Join(dir, "daybatch", PersonalName)
	}
	if home := named["HOME"]; home != "" {
		return filepath.Join(home, ".config", "daybatch", PersonalName)
	}
	return ""
}

// LoadPersonal reads the person's settings; without a file they are those that
// hold by themselves. All that is wrong is in one *[Error].
func LoadPersonal(environ []string) (Personal, error) {
	path := PersonalPath(environ)
	if path == "" {
		return Personal{}, nil
	}
	text, err := os.ReadFile(path) //nolint:gosec // the person's own file
	if errors.Is(err, fs.ErrNotExist) {
		return Personal{}, nil
	}
	if err != nil {
		return Personal{}, fmt.Errorf("read settings: %w", err)
	}
	personal, problems := readPersonal(text)
	if len(problems) > 0 {
		return Personal{}, newError(path, problems)
	}
	return personal, nil
}

func readPersonal(text []byte) (Personal, []Problem) {
	var personal Personal
	var problems []Problem
	parsed, err := parser.ParseBytes(text, 0)
	if err != nil {
		problem := syntaxProblem(err)
		problem.Where = strings.Replace(problem.Where, FileName, PersonalName, 1)
		return personal, []Problem{problem}
	}
	for _, document := range parsed.Docs {
		if document.Body != nil {
			anchors := anchorFinder{}
			ast.Walk(anchors, document.Body)
			personal.read(value{node: document.Body, source: PersonalName, reports: &problems, anchors: anchors})
		}
	}
	for _, err := range personal.Screen.Check() {
		problems = append(problems, placed(err))
	}
	return personal, problems
}

func (p *Personal) read(v value) {
	for _, e := range v.entries() {
		if e.null() { // a key with nothing behind it is not set
			continue
		}
		switch e.name {
		case "theme":
			p.Screen.Theme = e.oneOf(tui.Themes()...)
		case "zone":
			p.Screen.Zone = e.oneOf(tui.Zones()...)
		case "mouse":
			p.Screen.Mouse = e.boolean()
		case "ascii":
			p.ASCII = e.boolean()
		case "keys":
			p.Screen.Keys = rebindings("", e.value)
		default:
			e.at.unknownKey([]string{"theme", "zone", "mouse", "ascii", "keys"})
		}
	}
}

// rebindings reads actions with their keys, and pages with actions.
func rebindings(page string, v value) []tui.Rebinding {
	var all []tui.Rebinding
	for _, e := range v.entries() {
		switch {
		case e.isMapping() && page == "":
			all = append(all, rebindings(e.name, e.value)...)
		default:
			r := tui.Rebinding{Page: page, Action: e.name, Where: e.at.where()}
			if !e.null() {
				r.Keys = e.texts()
			}
			all = append(all, r)
		}
	}
	return all
}

// placed returns an error that begins with its place, as a problem.
func placed(err error) Problem {
	where, text, _ := strings.Cut(err.Error(), ": ")
	problem := Problem{Where: where, Text: text}
	if parts := strings.Split(where, ":"); len(parts) == 3 {
		problem.line, _ = strconv.Atoi(parts[1])
		problem.column, _ = strconv.Atoi(parts[2])
	}
	return problem
}
