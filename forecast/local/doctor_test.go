//go:build unix

package local_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local"
)

// patient is a project with two generations of one date and one of another.
type patient struct {
	*local.Engine

	dir     string
	options local.Options
	later   *atomic.Int64 // how far the clock is ahead
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	p := &patient{dir: newProject(t, enginetest.Script{}), later: &atomic.Int64{}}
	now := clock()
	p.options = options(enginetest.Definition())
	p.options.Definition.Limits.Keep = 1
	p.options.Now = func() time.Time { return now().Add(time.Duration(p.later.Load())) }
	p.Engine = open(t, p.dir, p.options)
	for range 2 {
		id, _ := planned(t, p, forecast.PlanRequest{
			Kind: forecast.PlanRerun, Dates: []calendar.Date{sick}, Cause: forecast.CauseRerun, Actor: "aki",
		}, sick)
		carryOut(t, p, id)
	}
	if err := runDate(t.Context(), p.Engine, sick+1); err != nil {
		t.Fatal(err)
	}
	return p
}

// sick is the date that most faults are planted in.
var sick = calendar.Of(2026, time.January, 10)

func (p *patient) published(d calendar.Date) string {
	return filepath.Join(p.dir, "lake", "orders_forecast", "dt="+d.String(), "part-0.parquet")
}

func (p *patient) generations(d calendar.Date) string {
	return filepath.Join(p.dir, "lake", "_generations", "orders_forecast", "dt="+d.String())
}

// older and current return the ids of the date's generations.
func (p *patient) ids(t *testing.T) (current, older string) {
	t.Helper()
	list, err := p.Partitions(t.Context(), forecast.PartitionQuery{Range: calendar.Range{From: sick, To: sick}, All: true})
	if err != nil || len(list) != 2 {
		t.Fatalf("Partitions = %v, %v; want two", list, err)
	}
	return list[0].Generation, list[1].Generation
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestDoctor plants each fault, checks that it is found and nothing else is, and
// that what can be mended is gone after.
func TestDoctor(t *testing.T) {
	t.Parallel()
	const old = 25 * time.Hour
	tests := []struct {
		kind     string
		severity forecast.Severity
		mendable bool
		plant    func(t *testing.T, p *patient)
	}{
		{"orphan-generation", forecast.SeverityNote, true, func(t *testing.T, p *patient) {
			t.Helper()
			dir := filepath.Join(p.generations(sick), "aaaabbbbcccc")
			must(t, os.Mkdir(dir, 0o755))
			must(t, os.Chtimes(dir, time.Time{}, p.options.Now().Add(-old)))
		}},
		{"leftover", forecast.SeverityNote, true, func(t *testing.T, p *patient) {
			t.Helper()
			file := filepath.Join(p.generations(sick), ".staged-aaaabbbbcccc")
			must(t, os.WriteFile(file, nil, 0o600))
			must(t, os.Chtimes(file, time.Time{}, p.options.Now().Add(-old)))
		}},
		{"torn-generation", forecast.SeverityWarning, false, func(t *testing.T, p *patient) {
			t.Helper()
			_, older := p.ids(t)
			must(t, os.Remove(filepath.Join(p.generations(sick), older, "part-0.parquet")))
		}},
		{"damaged-current", forecast.SeverityError, false, func(t *testing.T, p *patient) {
			t.Helper()
			current, _ := p.ids(t)
			must(t, os.Remove(filepath.Join(p.generations(sick), current, "manifest.json")))
		}},
		{"missing-partition", forecast.SeverityError, true, func(t *testing.T, p *patient) {
			t.Helper()
			must(t, os.Remove(p.published(sick)))
		}},
		{"catalogue-drift", forecast.SeverityWarning, true, func(t *testing.T, p *patient) {
			t.Helper()
			_, older := p.ids(t)
			must(t, os.Remove(p.published(sick)))
			must(t, os.Link(filepath.Join(p.generations(sick), older, "part-0.parquet"), p.published(sick)))
		}},
		{"foreign-file", forecast.SeverityError, false, func(t *testing.T, p *patient) {
			t.Helper()
			must(t, os.Remove(p.published(sick)))
			must(t, os.WriteFile(p.published(sick), []byte("PAR1 of somebody else PAR1"), 0o600))
		}},
		{"stale-list", forecast.SeverityWarning, true, func(t *testing.T, p *patient) {
			t.Helper()
			must(t, os.WriteFile(filepath.Join(p.dir, "lake", "_generations", "orders_forecast", "current.csv"), []byte("dt,file\n"), 0o600))
		}},
		{"undriven-plan", forecast.SeverityWarning, false, func(t *testing.T, p *patient) {
			t.Helper()
			id, _ := planned(t, p, backfill(forecast.ModeMissing, sick, sick+3), sick+2)
			_, err := p.Apply(t.Context(), id)
			must(t, err)
		}},
		{"old-outputs", forecast.SeverityNote, true, func(_ *testing.T, p *patient) { p.later.Store(int64(old)) }},
		{"clock-skew", forecast.SeverityWarning, false, func(_ *testing.T, p *patient) { p.later.Store(-int64(2 * time.Hour)) }},
		{"not-served", forecast.SeverityNote, false, func(t *testing.T, p *patient) {
			t.Helper()
			must(t, p.Close())
			p.options.Definition.Schedule = "cron(0 6 * * ? *)"
			p.Engine = open(t, p.dir, p.options)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.kind, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			if found, err := p.Examine(t.Context()); err != nil || len(found) > 0 {
				t.Fatalf("findings before = %+v, %v; want none", found, err)
			}
			tt.plant(t, p)
			found, err := p.Examine(t.Context())
			must(t, err)
			found = slices.DeleteFunc(found, func(f forecast.Finding) bool { return f.Kind == "old-outputs" && tt.kind != f.Kind })
			if len(found) != 1 || found[0].Kind != tt.kind || found[0].Severity != tt.severity || found[0].Mendable != tt.mendable {
				t.Fatalf("findings = %+v; want one %s, %s, mendable %t", found, tt.kind, tt.severity, tt.mendable)
			}
			if found[0].Text == "" || found[0].Advice == "" {
				t.Errorf("finding %+v says nothing", found[0])
			}
			mended, err := p.Mend(t.Context(), "aki")
			must(t, err)
			if i := slices.IndexFunc(mended, func(f forecast.Finding) bool { return f.Kind == tt.kind }); i < 0 || mended[i].Mended != tt.mendable {
				t.Errorf("Mend = %+v; want %s mended: %t", mended, tt.kind, tt.mendable)
			}
			left, err := p.Examine(t.Context())
			if err != nil || (len(left) == 0) != tt.mendable {
				t.Errorf("findings after = %+v, %v; want none: %t", left, err, tt.mendable)
			}
		})
	}
}

// TestDoctorKeepsWhatIsNeeded checks that sweeping takes the outputs of replaced
// attempts only: the last one of a date can still be taken over, and logs and
// metrics of all stay.
func TestDoctorKeepsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.later.Store(int64(25 * time.Hour))
	_, err := p.Mend(t.Context(), "aki")
	must(t, err)
	rows, err := filepath.Glob(filepath.Join(p.dir, ".daybatch", "runs", "exercise", sick.String(), "a*", "Extract", "t1", "output", "*", "rows.parquet"))
	if err != nil || len(rows) != 1 || filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(filepath.Dir(filepath.Dir(rows[0])))))) != "a2" {
		t.Errorf("rows of %v are kept; want those of a2", rows)
	}
	for _, pattern := range []string{"a*/Extract/t1/log", "a*/TrainEvaluation/t1/output/*/metrics.json"} {
		if kept, err := filepath.Glob(filepath.Join(p.dir, ".daybatch", "runs", "exercise", sick.String(), pattern)); err != nil || len(kept) != 2 {
			t.Errorf("%s: %v; want that of both attempts", pattern, kept)
		}
	}
	_, row := planned(t, p, forecast.PlanRequest{
		Kind: forecast.PlanRerun, Dates: []calendar.Date{sick}, Start: forecast.StartFrom(forecast.Predict), Cause: forecast.CauseRerun, Actor: "aki",
	}, sick)
	if row.StartStep != forecast.Predict {
		t.Errorf("a rerun starts at %s: %s; want Predict", row.StartStep, row.Reason)
	}
}

// TestDoctorRebuilds checks that a catalogue whose database was lost is rebuilt
// from the manifests.
func TestDoctorRebuilds(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	current, older := p.ids(t)
	must(t, p.Close())
	must(t, os.RemoveAll(filepath.Join(p.dir, ".daybatch")))
	p.Engine = open(t, p.dir, p.options)
	// Until then nothing replaces what nobody knows, and nobody waits for it.
	request := forecast.PlanRequest{Kind: forecast.PlanBackfill, Dates: []calendar.Date{sick}, Cause: forecast.CauseBackfill, Actor: "aki"}
	for _, request.Publish = range []forecast.PublishMode{forecast.PublishEach, forecast.PublishStaged} {
		plan, err := p.Plan(t.Context(), request)
		must(t, err)
		_, err = p.Apply(t.Context(), plan.ID)
		must(t, err)
		must(t, p.Drive(t.Context(), plan.ID))
		plan, err = p.PlanByID(t.Context(), plan.ID)
		must(t, err)
		if row := plan.Rows[0]; row.State != forecast.RowDrifted || !strings.Contains(row.Outcome, "the records do not know") {
			t.Errorf("row = %s %q; want Drifted, and why", row.State, row.Outcome)
		}
	}
	found, err := p.Mend(t.Context(), "aki")
	must(t, err)
	for _, f := range found {
		if f.Kind == "unrecorded-generation" && !f.Mended {
			t.Errorf("finding %+v; want it mended", f)
		}
	}
	if now, before := p.ids(t); now != current || before != older {
		t.Errorf("generations = %s and %s; want %s and %s again", now, before, current, older)
	}
	if day := dayOf(t, p.Engine, sick); day.State != forecast.DaySucceeded || day.Partition.Generation != current {
		t.Errorf("day = %s, %s; want Succeeded with %s", day.State, day.Partition.Generation, current)
	}
	if left, err := p.Examine(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("findings after = %+v, %v; want none", left, err)
	}
}

// TestVitals: what is well is told, and what is a finding is not.
func TestVitals(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	for _, tt := range []struct {
		later time.Duration
		want  string
	}{{0, "clock files"}, {-2 * time.Hour, "files"}} {
		p.later.Store(int64(tt.later))
		well, err := p.Vitals(t.Context())
		must(t, err)
		var kinds []string
		for _, one := range well {
			kinds = append(kinds, one.Kind)
		}
		if got := strings.Join(kinds, " "); got != tt.want {
			t.Errorf("with a clock that is %s off, well is %q; want %q", tt.later, got, tt.want)
		}
	}
}
