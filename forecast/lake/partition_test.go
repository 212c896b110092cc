package lake_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
)

// build makes what PostProc leaves: a part that names its generation, and the
// manifest.
func build(t *testing.T, db *lake.DB, generation string, rows int) string {
	t.Helper()
	means := make([]float64, rows)
	generations := make([]string, rows)
	for i := range means {
		means[i], generations[i] = float64(rows), generation
	}
	frame := &lake.Frame{}
	frame.Floats("yhat", means)
	frame.Strings("generation", generations)
	return buildFrame(t, db, generation, frame)
}

// buildFrame builds a generation. Those named g1, g2 ... have the places in the
// file of that attempt.
func buildFrame(t *testing.T, db *lake.DB, generation string, frame *lake.Frame) string {
	t.Helper()
	dir := t.TempDir()
	part := filepath.Join(dir, lake.PartFile)
	attempt, _ := strconv.Atoi(strings.TrimPrefix(generation, "g")) // 0: no place of its own
	err := db.WriteParquet(t.Context(), part, frame, lake.ParquetOptions{
		Metadata: map[string]string{lake.GenerationKey: generation}, Attempt: attempt,
	})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(part)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`{"generation": %q, "files": [{"path": %q, "bytes": %d}]}`, generation, lake.PartFile, info.Size())
	if err := os.WriteFile(filepath.Join(dir, lake.ManifestFile), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func publish(t *testing.T, l lake.Lake, day calendar.Date, generation string) {
	t.Helper()
	staged, err := l.Stage(day, generation)
	if err != nil {
		t.Fatal(err)
	}
	if err := staged.Swap(); err != nil {
		t.Fatal(err)
	}
	if err := staged.Discard(); err != nil {
		t.Fatal(err)
	}
}

func wantPublished(t *testing.T, l lake.Lake, day calendar.Date, want string) {
	t.Helper()
	if got, err := l.Published(day); err != nil || got != want {
		t.Errorf("Published(%s) = %q, %v; want %q", day, got, err, want)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	l := lake.Lake{Path: filepath.Join(t.TempDir(), "lake"), Table: "demand"}
	wantPublished(t, l, day, "")
	for i, id := range []string{"g1", "g2"} {
		if err := l.Install(day, id, build(t, db, id, i+1)); err != nil {
			t.Fatal(err)
		}
		publish(t, l, day, id)
		wantPublished(t, l, day, id)
	}
	publish(t, l, day, "g1") // a rollback
	wantPublished(t, l, day, "g1")
	publish(t, l, day, "g1") // a republish: rename(2) does nothing for one inode
	wantPublished(t, l, day, "g1")

	if ids, err := l.Generations(day); err != nil || cmp.Diff([]string{"g1", "g2"}, ids) != "" {
		t.Errorf("Generations = %v, %v; want g1 and g2", ids, err)
	}
	info, err := os.Stat(filepath.Join(l.Generation(day, "g1"), lake.PartFile))
	if err != nil || info.Mode().Perm() != 0o444 {
		t.Errorf("mode of the generation = %v, %v; want read-only", info.Mode(), err)
	}
	// A plain glob sees one file with one generation.
	files, err := filepath.Glob(filepath.Join(l.Path, l.Table, "dt=*", "*"))
	if err != nil || len(files) != 1 || files[0] != l.Partition(day) {
		t.Errorf("files of the table = %v, %v; want %s alone", files, err, l.Partition(day))
	}
	if err := l.RemoveGeneration(day, "g1"); err != nil {
		t.Fatal(err)
	}
	if whole, err := l.Whole(day, "g1"); whole || err != nil {
		t.Errorf("Whole(g1) = %t, %v; want false after its removal", whole, err)
	}
	wantPublished(t, l, day, "g1") // the file names it
	if err := l.Unpublish(day); err != nil {
		t.Fatal(err)
	}
	wantPublished(t, l, day, "")
	if err := l.Unpublish(day); err != nil {
		t.Errorf("Unpublish again = %v; want nil", err)
	}
}

// TestCrashes leaves what a kill at each point of a publish leaves, and checks
// that readers and the next try see nothing torn.
func TestCrashes(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	newLake := func(t *testing.T) lake.Lake {
		t.Helper()
		l := lake.Lake{Path: t.TempDir(), Table: "demand"}
		if err := l.Install(day, "g1", build(t, db, "g1", 1)); err != nil {
			t.Fatal(err)
		}
		publish(t, l, day, "g1")
		return l
	}
	tests := []struct {
		name  string
		crash func(t *testing.T, l lake.Lake, built string)
		want  string // published after the crash
	}{
		{"before the manifest", func(t *testing.T, l lake.Lake, built string) {
			t.Helper()
			dir := l.Generation(day, "g2")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Link(filepath.Join(built, lake.PartFile), filepath.Join(dir, lake.PartFile)); err != nil {
				t.Fatal(err)
			}
		}, "g1"},
		{"in the middle of a copy", func(t *testing.T, l lake.Lake, _ string) {
			t.Helper()
			dir := l.Generation(day, "g2")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, lake.PartFile+".tmp"), []byte("PAR1"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "g1"},
		{"after staging", func(t *testing.T, l lake.Lake, built string) {
			t.Helper()
			if err := l.Install(day, "g2", built); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Stage(day, "g2"); err != nil {
				t.Fatal(err)
			}
		}, "g1"},
		{"after the rename", func(t *testing.T, l lake.Lake, built string) {
			t.Helper()
			if err := l.Install(day, "g2", built); err != nil {
				t.Fatal(err)
			}
			staged, err := l.Stage(day, "g2")
			if err != nil {
				t.Fatal(err)
			}
			if err := staged.Swap(); err != nil {
				t.Fatal(err)
			}
		}, "g2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l, built := newLake(t), build(t, db, "g2", 2)
			test.crash(t, l, built)
			wantPublished(t, l, day, test.want)
			if err := l.Install(day, "g2", built); err != nil {
				t.Fatal(err)
			}
			publish(t, l, day, "g2")
			wantPublished(t, l, day, "g2")
			if whole, err := l.Whole(day, "g2"); !whole || err != nil {
				t.Errorf("Whole(g2) = %t, %v; want true", whole, err)
			}
			entries, err := filepath.Glob(filepath.Join(filepath.Dir(l.Generation(day, "g2")), ".*"))
			if err != nil || len(entries) > 0 {
				t.Errorf("left behind: %v, %v", entries, err)
			}
		})
	}
}

// TestTornGenerations checks that a part of another size than the manifest's is
// not whole, can't be staged, and is replaced by the next Install.
func TestTornGenerations(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	l := lake.Lake{Path: t.TempDir(), Table: "demand"}
	if err := l.Install(day, "g1", build(t, db, "g1", 3)); err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(l.Generation(day, "g1"), lake.PartFile)
	if err := os.Remove(part); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(part, []byte("PAR1 torn"), 0o644); err != nil {
		t.Fatal(err)
	}
	if whole, err := l.Whole(day, "g1"); whole || err != nil {
		t.Errorf("Whole = %t, %v; want false", whole, err)
	}
	if _, err := l.Stage(day, "g1"); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Stage = %v; want ErrNotFound", err)
	}
	if err := l.Install(day, "g1", build(t, db, "g1", 3)); err != nil {
		t.Fatal(err)
	}
	if whole, err := l.Whole(day, "g1"); !whole || err != nil {
		t.Errorf("Whole after Install = %t, %v; want true", whole, err)
	}
}

func TestInstallRefuses(t *testing.T) {
	t.Parallel()
	day := calendar.Of(2026, 1, 15)
	l := lake.Lake{Path: t.TempDir(), Table: "demand"}
	for _, id := range []string{"", "..", "a/b", ".hidden"} {
		if err := l.Install(day, id, t.TempDir()); !errors.Is(err, forecast.ErrInvalid) {
			t.Errorf("Install(%q) = %v; want ErrInvalid", id, err)
		}
	}
	if err := l.Install(day, "g1", t.TempDir()); err == nil {
		t.Error("Install without a manifest succeeds")
	}
	built := t.TempDir()
	text, err := json.Marshal(map[string]any{"files": []map[string]any{{"path": "../../etc/passwd", "bytes": 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(built, lake.ManifestFile), text, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := l.Install(day, "g1", built); err == nil || !strings.Contains(err.Error(), "is not a file name") {
		t.Errorf("Install of a path outside = %v; want a refusal", err)
	}
}

// TestInstallChecks checks what a project's own PostProc may get wrong.
func TestInstallChecks(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	// 4,096 rows in groups of 2,048, by DuckDB's COPY.
	groups, err := os.ReadFile("testdata/two_row_groups.parquet")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(dir string) error
		want   string
	}{
		{"no part", func(dir string) error { return os.Remove(filepath.Join(dir, lake.PartFile)) }, "no such file"},
		{"another size", func(dir string) error { return os.Truncate(filepath.Join(dir, lake.PartFile), 7) }, "part-0.parquet has 7 bytes, manifest.json says"},
		{"another name", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, lake.ManifestFile), []byte(`{"files": [{"path": "data.parquet", "bytes": 1}]}`), 0o644)
		}, "manifest.json does not name part-0.parquet"},
		{"two row groups", func(dir string) error {
			text := fmt.Sprintf(`{"files": [{"path": %q, "bytes": %d}]}`, lake.PartFile, len(groups))
			return errors.Join(os.WriteFile(filepath.Join(dir, lake.PartFile), groups, 0o644), os.WriteFile(filepath.Join(dir, lake.ManifestFile), []byte(text), 0o644))
		}, "has 2 row groups"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := lake.Lake{Path: t.TempDir(), Table: "demand"}
			built := build(t, db, "g1", 3)
			if err := test.change(built); err != nil {
				t.Fatal(err)
			}
			err := l.Install(day, "g1", built)
			if err == nil || class(err) != forecast.ReasonStep || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Install = %s: %v; want step: ..%s..", class(err), err, test.want)
			}
			if ids, err := l.Generations(day); err != nil || len(ids) > 0 {
				t.Errorf("Generations = %v, %v; want none", ids, err)
			}
		})
	}
}

func TestPublishedForeign(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	l := lake.Lake{Path: t.TempDir(), Table: "demand"}
	path := l.Partition(day)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("not Parquet"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Published(day); !errors.Is(err, lake.ErrForeign) {
		t.Errorf("Published of a text = %v; want ErrForeign", err)
	}
	frame := &lake.Frame{}
	frame.Ints("a", []int64{1})
	if err := db.WriteParquet(t.Context(), path, frame, lake.ParquetOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Published(day); !errors.Is(err, lake.ErrForeign) {
		t.Errorf("Published of a file without a generation = %v; want ErrForeign", err)
	}
}

// TestWriteCurrent reads current.csv as any DuckDB can.
func TestWriteCurrent(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	l := lake.Lake{Path: t.TempDir(), Table: "demand"}
	current := map[calendar.Date]string{day: "g2", day - 1: "g1"}
	for d, id := range current {
		if err := l.Install(d, id, build(t, db, id, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.WriteCurrent(current); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(l.CurrentPath())
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("dt,file\n2026-01-14,%s/part-0.parquet\n2026-01-15,%s/part-0.parquet\n", l.Generation(day-1, "g1"), l.Generation(day, "g2"))
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("current.csv (-want +got):\n%s", diff)
	}
}
