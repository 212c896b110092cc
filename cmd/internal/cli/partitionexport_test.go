package cli_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// TestPartitionExport writes a partition under names that can be and that can't:
// what is there stays as it is, and nothing is left of what went wrong.
func TestPartitionExport(t *testing.T) {
	t.Parallel()
	fake := sick()
	fake.Seed(newest-8, enginetest.Made()) // the 12th has two generations
	older := generationAt(t, fake, 1)
	tests := []struct {
		name, args string
		fails      error
		code       int
		want       []string // of stdout and stderr
		file       string   // that is made
		begins     string   // the file
	}{
		{"parquet", "2026-01-12", nil, 0, []string{"168 rows of generation"}, "partition-2026-01-12-" + generationAt(t, fake, 0) + ".parquet", "PAR1"},
		{"csv", "2026-01-12 --out rows.CSV", nil, 0, []string{"rows.CSV, "}, "rows.CSV", "vehicle,region,ds,yhat"},
		{"older", "2026-01-12 --out old.csv --generation " + older, nil, 0, []string{"generation " + older}, "old.csv", "vehicle"},
		{"there", "2026-01-12 --out there.csv", nil, 2, []string{"file already exists; nothing was written", "--force replaces it"}, "there.csv", "mine"},
		{"forced", "2026-01-12 --out there.csv --force", nil, 0, []string{"168 rows"}, "there.csv", "vehicle"},
		{"cut off", "2026-01-12 --out cut.csv", errors.New("reset by peer"), 1, []string{"reset by peer"}, "", ""},
		{"format", "2026-01-12 --out rows.xlsx", nil, 2, []string{"ends in .parquet or .csv"}, "", ""},
		{"no directory", "2026-01-12 --out none/rows.csv", nil, 2, []string{"there is no directory", "make it first"}, "", ""},
		{"a directory", "2026-01-12 --out dir.csv", nil, 2, []string{"is a directory: name a file in it"}, "dir.csv", ""},
		{"no partition", "2026-01-16", nil, 2, []string{"2026-01-16 has no partition", "daybatch run 2026-01-16"}, "", ""},
		{"no generation", "2026-01-12 --generation nope", nil, 2, []string{"has no generation nope", "daybatch partition show 2026-01-12"}, "", ""},
	}
	for _, tt := range tests { // one after the other: a failure belongs to its call
		e, stdout, stderr := env(t, fake, append([]string{"partition", "export"}, strings.Fields(tt.args)...)...)
		if err := errors.Join(os.WriteFile(filepath.Join(e.Dir, "there.csv"), []byte("mine"), 0o600), os.Mkdir(filepath.Join(e.Dir, "dir.csv"), 0o700)); err != nil {
			t.Fatal(err)
		}
		if tt.fails != nil {
			fake.FailNext("Export.Write", tt.fails)
		}
		code := cli.Run(t.Context(), e)
		for _, want := range tt.want {
			if !strings.Contains(stdout.String()+stderr.String(), want) {
				t.Errorf("%s: says %s%s; want %q", tt.name, stdout, stderr, want)
			}
		}
		if code != tt.code {
			t.Errorf("%s: exit code %d; want %d\n%s", tt.name, code, tt.code, stderr)
		}
		if tt.begins != "" {
			if text, err := os.ReadFile(filepath.Join(e.Dir, tt.file)); err != nil || !bytes.HasPrefix(text, []byte(tt.begins)) {
				t.Errorf("%s: %s begins %.20q, %v; want %q", tt.name, tt.file, text, err, tt.begins)
			}
		}
		known := []string{"daybatch.yaml", "dir.csv", "extract.sql", "there.csv", tt.file}
		entries, err := os.ReadDir(e.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if !strings.Contains(strings.Join(known, " "), entry.Name()) {
				t.Errorf("%s: has left %s", tt.name, entry.Name())
			}
		}
	}
}

// TestPartitionPreview looks at the rows of the current generation and of an older
// one, which differ, through filters.
func TestPartitionPreview(t *testing.T) {
	t.Parallel()
	fake := sick()
	fake.Seed(newest-8, enginetest.Made())
	older := generationAt(t, fake, 1)
	tests := []struct {
		name string
		args []string
		code int
		want []string
		rows int // of CSV, with its header
	}{
		{"current", []string{"2026-01-12"}, 0, []string{"VEHICLE", "YHAT", "168 rows of 168", "which readers see"}, 169},
		{"older", []string{"2026-01-12", "--generation", older}, 0, []string{"generation " + older, "; readers see " + generationAt(t, fake, 0)}, 169},
		{"filter", []string{"2026-01-12", "--generation", older, "--filter", "vehicle=VAN 02-0"}, 0, []string{"18 rows of 168", "2026-02-09"}, 19},
		{"limit", []string{"2026-01-12", "--filter", "kei", "--limit", "30"}, 0, []string{"only the first 30 of 56 rows", "partition export"}, 31},
		{"nothing", []string{"2026-01-12", "--filter", "tank"}, 0, []string{"no row has these words", "0 rows of 168"}, 1},
		{"column", []string{"2026-01-12", "--filter", "colour=red"}, 2, []string{"there is no column colour, but vehicle, region, ds, model"}, -1},
		{"unknown", []string{"2026-01-12", "--generation", "nope"}, 2, []string{"has no generation nope"}, -1},
		{"no rows", []string{"2026-01-12", "--limit", "0"}, 2, []string{"--limit 0"}, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"partition", "preview"}, tt.args...)
			e, stdout, stderr := env(t, fake, args...)
			if code := cli.Run(t.Context(), e); code != tt.code {
				t.Errorf("exit code %d; want %d\n%s", code, tt.code, stderr)
			}
			for _, want := range tt.want {
				if !strings.Contains(stdout.String()+stderr.String(), want) {
					t.Errorf("says %s%s; want %q", stdout, stderr, want)
				}
			}
			if tt.rows < 0 {
				return
			}
			if rows := strings.Count(command(t, fake, append(args, "-o", "csv")...), "\n"); rows != tt.rows {
				t.Errorf("CSV has %d lines; want %d", rows, tt.rows)
			}
		})
	}
	one, other := command(t, fake, "partition", "preview", "2026-01-12", "-o", "csv"), command(t, fake, "partition", "preview", "2026-01-12", "--generation", older, "-o", "csv")
	if one == other {
		t.Error("an older generation shows the rows of the current one")
	}
}

// generationAt returns a generation of the 12th: 0 is the current one.
func generationAt(t *testing.T, fake *enginetest.Fake, i int) string {
	t.Helper()
	list, err := fake.Partitions(t.Context(), forecast.PartitionQuery{Range: calendar.Range{From: newest - 8, To: newest - 8}, All: true})
	if err != nil || len(list) <= i {
		t.Fatalf("generations = %+v, %v; want more than %d", list, err, i)
	}
	return list[i].Generation
}
