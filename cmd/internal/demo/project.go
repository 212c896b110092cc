// Package demo makes a project with generated data and plays the last three
// weeks of its life on a real engine: files arrive day by day, some of them
// late or broken, and every date is run as its schedule would have run it.
package demo

import (
	"bufio"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// Dates is the number of dates that the scenario runs.
	Dates = 21
	// historyDays is how much data lies before the last date: three years.
	historyDays = 3*365 + 1
	seed        = 20260115
	configName  = "daybatch.yaml"
)

//go:embed project
var files embed.FS

// Engine is the engine that a demonstration runs on.
type Engine string

// Engines of demonstrations.
const (
	Local     Engine = "local"
	SageMaker Engine = "sagemaker" // in an account that is simulated
)

// Tables returns the files of a project behind the tables of its source, by the
// names that the query gives them.
func Tables() map[string]string { return map[string]string{"orders": "data/orders/*.csv"} }

// Project is a demonstration project in a directory.
type Project struct {
	Dir    string
	Last   calendar.Date // the newest date with data
	Engine Engine

	market market
	played bool
}

// markerName is the file that tells a demonstration from a project of the
// user's own, which must never get generated data.
const markerName = "demo.json"

// marker is the content of that file.
type marker struct {
	Last   calendar.Date `json:"last"`
	Engine Engine        `json:"engine,omitempty"` // empty: local
	Played bool          `json:"played,omitempty"` // to its end
}

// Open describes the demonstration in directory dir. If there is none yet, it is
// one whose newest date is last; nothing is written until Create. A directory
// with a project of another kind, or for another engine, is refused.
func Open(dir string, last calendar.Date, engine Engine) (Project, error) {
	m, err := readMarker(dir)
	switch {
	case err == nil && m.Engine != engine:
		return Project{}, fmt.Errorf("open demo: %s has one for engine %s, not %s: choose another --dir", dir, m.Engine, engine)
	case err == nil:
		last = m.Last
	case !errors.Is(err, fs.ErrNotExist):
		return Project{}, fmt.Errorf("open demo: %w", err)
	default:
		if _, err := os.Stat(filepath.Join(dir, configName)); err == nil {
			return Project{}, fmt.Errorf("open demo: %s has a project that is not a demo: choose another --dir", dir)
		}
	}
	holidays, err := calendar.HolidaysFor("JP")
	if err != nil {
		return Project{}, fmt.Errorf("open demo: %w", err)
	}
	return Project{Dir: dir, Last: last, Engine: engine, played: m.Played, market: market{seed: seed, last: last, holidays: holidays.Name}}, nil
}

func readMarker(dir string) (marker, error) {
	text, err := os.ReadFile(filepath.Join(dir, markerName)) //nolint:gosec // a file of the directory that the user named
	if err != nil {
		return marker{}, err //nolint:wrapcheck // it names the file
	}
	m := marker{Engine: Local}
	if err := json.Unmarshal(text, &m); err != nil {
		return marker{}, fmt.Errorf("read %s: %w: delete the directory to begin again", filepath.Join(dir, markerName), err)
	}
	return m, nil
}

// Left returns the demonstration of a directory that was made and left before it had
// been played to its end; ok is false if there is none.
func Left(dir string) (p Project, ok bool) {
	m, err := readMarker(dir)
	if err != nil || m.Played {
		return Project{}, false
	}
	p, err = Open(dir, m.Last, m.Engine)
	return p, err == nil
}

// First returns the first date that the scenario runs.
func (p Project) First() calendar.Date { return p.Last - Dates + 1 }

// Range returns the dates that the scenario runs.
func (p Project) Range() calendar.Range { return calendar.Range{From: p.First(), To: p.Last} }

// Create writes the project: its configuration, query, own step, and the data
// before the scenario's first date. It does nothing if the project is there
// already, and refuses a directory that holds something else. The configuration
// is written last, so an interrupted Create is repeated. In a simulated account the
// project of another team's pipeline comes beside it.
func (p Project) Create() error {
	if err := p.createOwn(); err != nil {
		return err
	}
	return p.createTheirs()
}

func (p Project) createOwn() error {
	config := filepath.Join(p.Dir, configName)
	if _, err := os.Stat(config); err == nil {
		return nil
	}
	if err := p.refuseForeign(); err != nil {
		return err
	}
	for _, dir := range []string{"data/orders", "promotions", "sql", "steps"} {
		if err := os.MkdirAll(filepath.Join(p.Dir, dir), 0o750); err != nil {
			return fmt.Errorf("create demo project: %w", err)
		}
	}
	for _, name := range []string{"sql/extract.sql", "steps/preproc.sh"} {
		text, err := p.file(name)
		if err != nil {
			return fmt.Errorf("create demo project: %w", err)
		}
		if err := p.write(name, func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		}); err != nil {
			return err
		}
	}
	if err := p.writeMarker(); err != nil {
		return err
	}
	if err := p.writeHistory(); err != nil {
		return err
	}
	return p.write(configName, p.writeConfig)
}

// Theirs is the directory of the project for another team's pipeline, empty if there is
// none.
func (p Project) Theirs() string {
	if p.Engine != SageMaker {
		return ""
	}
	return p.Dir + "-churn"
}

// createTheirs writes that project, unless the directory is there.
func (p Project) createTheirs() error {
	dir := p.Theirs()
	if _, err := os.Stat(dir); dir == "" || err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("create the project of another team's pipeline: %w", err)
	}
	theirs := p
	theirs.Dir = dir
	return theirs.write(configName, func(w io.Writer) error {
		text, err := template.ParseFS(files, "project/theirs/daybatch.yaml.tmpl")
		if err != nil {
			return fmt.Errorf("read template: %w", err)
		}
		return text.Execute(w, map[string]any{"Start": p.First(), "Simulation": "../" + filepath.Base(p.Dir) + "/.simulation"})
	})
}

// Made reports whether the project in a directory is a demonstration.
func Made(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, markerName))
	return err == nil
}

func (p Project) writeMarker() error {
	return p.write(markerName, func(w io.Writer) error { return json.NewEncoder(w).Encode(p.marker()) })
}

func (p Project) marker() marker {
	m := marker{Last: p.Last, Played: p.played}
	if p.Engine != Local {
		m.Engine = p.Engine
	}
	return m
}

// file returns a file of the project: the engine's own, else that of all.
func (p Project) file(name string) ([]byte, error) {
	text, err := files.ReadFile("project/" + string(p.Engine) + "/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = files.ReadFile("project/" + name)
	}
	return text, err //nolint:wrapcheck // callers say what for
}

// refuseForeign keeps Create out of a directory that is not a demo's: only what
// an interrupted Create leaves behind may be there.
func (p Project) refuseForeign() error {
	entries, err := os.ReadDir(p.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create demo project: %w", err)
	}
	for _, entry := range entries {
		switch entry.Name() {
		case "data", "promotions", "sql", "steps", markerName:
		default:
			return fmt.Errorf("create demo project: %s is not empty (it has %s): choose another --dir", p.Dir, entry.Name())
		}
	}
	return nil
}

// writeHistory writes the orders before the scenario, a file a month.
func (p Project) writeHistory() error {
	first := p.Last - historyDays + 1
	for from := first; from < p.First(); {
		to := min(nextMonth(from), p.First())
		year, month, _ := from.Civil()
		name := fmt.Sprintf("data/orders/%04d-%02d.csv", year, month)
		if err := p.writeOrders(name, calendar.Range{From: from, To: to - 1}, 1); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// writeOrders writes the orders of a range, times factor.
func (p Project) writeOrders(name string, dates calendar.Range, factor int) error {
	return p.write(name, func(w io.Writer) error {
		buffer := bufio.NewWriter(w)
		fmt.Fprintln(buffer, "ds,vehicle,region,orders")
		for d := range dates.Dates() {
			for _, row := range p.market.day(d) {
				fmt.Fprintf(buffer, "%s,%s,%s,%d\n", row.date, row.vehicle, row.region, row.orders*factor)
			}
		}
		return buffer.Flush() // reports what the writes above met
	})
}

func (p Project) writeConfig(w io.Writer) error {
	text, err := template.ParseFS(files, "project/"+string(p.Engine)+"/daybatch.yaml.tmpl")
	if err != nil {
		return fmt.Errorf("read template: %w", err)
	}
	type days struct {
		From, To calendar.Date
		Vehicle  string
	}
	var own []days
	for _, promo := range promotions() {
		from := p.Last - calendar.Date(promo.from)
		own = append(own, days{From: from, To: from + calendar.Date(promo.days) - 1, Vehicle: promo.vehicle})
	}
	return text.Execute(w, map[string]any{"Start": p.First(), "End": p.Last, "Promotions": own})
}

// write replaces a file of the project as a whole, so that a step reading at
// the same time sees the old one or the new one.
func (p Project) write(name string, content func(io.Writer) error) error {
	path := filepath.Join(p.Dir, filepath.FromSlash(name))
	file, err := os.CreateTemp(filepath.Dir(path), ".arriving-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // of no effect once renamed
	err = content(file)
	if err == nil {
		err = file.Chmod(0o644)
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// nextMonth returns the first day of the month after d's.
func nextMonth(d calendar.Date) calendar.Date {
	year, month, _ := d.Civil()
	return calendar.Of(year, month+1, 1)
}

// LastDue returns the newest date whose batch is due at now: yesterday in Tokyo
// once it is 6 in the morning there.
func LastDue(now time.Time) calendar.Date {
	tokyo := time.FixedZone("JST", 9*60*60)
	return calendar.In(now.Add(-6*time.Hour), tokyo) - 1
}
