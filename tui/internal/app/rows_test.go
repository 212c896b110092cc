package app_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/tui/internal/effects"
)

// written reads the records of a file, and checks that each has all fields.
func written(t *testing.T, path string) (fields []string, rows [][]string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll() // it compares the number of fields
	if err != nil || len(records) == 0 {
		t.Fatalf("read %s: %v, %d records", path, err, len(records))
	}
	return records[0], records[1:]
}

// TestExportRows writes the rows of each page to a file, and looks that they are
// those of the screen.
func TestExportRows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		page, keys, file string
		fields           string // some, in their order
		rows             int
		first            string // of the first row
	}{
		{"days", "", "days-2026-01-21.csv", "date state flags attempts execution wape reason", 51, "2026-01-20"},
		{"days that failed", "/ F a i l e d enter", "days-2026-01-21.csv", "date state", 1, "2026-01-18"},
		{"days across", "T", "days-2026-01-21.csv", "date state", 51, "2026-01-20"},
		{"steps", "2*j enter", "steps-2026-01-18-attempt1.csv", "name status tries started duration_s reason_class reason reused_from start_up_s", 6, "Extract"},
		{"activity", "@", "activity-2026-01-21.csv", "at who what command outcome", 50, "2026-01-21"},
		{"metrics", "j m", "metrics-2026-01-19.csv", "vehicle region model share wape mase", 6, ""},
		{"metrics, filtered", "j m / k e i enter", "metrics-2026-01-19.csv", "vehicle region wape", 2, "kei"},
		{"what came true", "8*j m a", "realised-2026-01-12.csv", "horizon published_rows published_wape expected_median drift", 28, "1"},
		{"partition", "8*j d", "partition-2026-01-12-*.csv", "vehicle region ds yhat lo80 hi80 model", 168, ""},
		{"partition, filtered", "8*j d / v a n enter", "partition-2026-01-12-*.csv", "vehicle region ds yhat", 56, "van"},
		{"forecast", "8*j f", "forecast-2026-01-12.csv", "vehicle region ds yhat lo80 actual model", 56, ""},
		{"plan", "B", "plan.csv", "date action start_step reason", 30, ""},
		{"findings", "!", "doctor-2026-01-21.csv", "severity kind text advice", 3, "error"},
	}
	for _, tt := range tests {
		t.Run(tt.page, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			play(t, scene{seed: ill, desk: effects.Desk{Dir: dir}}, func(p *script) {
				p.Press(tt.keys + " ctrl+s").Expect(" written to ")
			})
			found, _ := filepath.Glob(filepath.Join(dir, "*"))
			if match, _ := filepath.Match(filepath.Join(dir, tt.file), strings.Join(found, "")); !match {
				t.Fatalf("files = %q; want %s", found, tt.file)
			}
			fields, rows := written(t, found[0])
			at := -1
			for name := range strings.FieldsSeq(tt.fields) {
				next := slices.Index(fields, name)
				if next <= at {
					t.Errorf("fields = %q; want %q in this order", fields, tt.fields)
				}
				at = next
			}
			if len(rows) != tt.rows || !strings.HasPrefix(rows[0][0], tt.first) {
				t.Errorf("%d rows, the first %q; want %d and %q", len(rows), rows[0], tt.rows, tt.first)
			}
		})
	}
}

// TestExportNamed writes to a file that the palette names, and never over one that
// is there.
func TestExportNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	play(t, scene{seed: month, desk: effects.Desk{Environ: map[string]string{"HOME": dir}}}, func(p *script) {
		p.Press("/").Type("Failed").Press("enter :").Type("export ~/bad.json").Press("enter").Expect("1 row written to ", "/bad.json")
		p.Press(":").Type("export ~/bad.json").Press("enter").Expect("bad-2.json, as there is a bad.json")
		p.Press(":").Type("export ~/bad.txt").Press("enter").Expect(`"bad.txt" is to end in .csv or .json`)
		p.Press(":").Type("export ~/none/bad.json").Press("enter").Expect("export the rows: write ", "none/bad.json: no such file or directory")
		p.Press("esc /").Type("nothing like it").Press("enter ctrl+s").Expect("no row is shown")
		p.Press("esc 2*j l :").Type("export ~/pre.log").Press("enter").Expect("lines written to ", "/pre.log")
		p.Press("?").Type("export").Expect("ctrl+s", ":export FILE")
	})
	text, err := os.ReadFile(filepath.Join(dir, "bad.json"))
	if err != nil || !strings.Contains(string(text), `"date": "2026-01-18"`) {
		t.Errorf("bad.json = %s, %v; want the day that failed", text, err)
	}
}

// TestExportStored writes a generation as it is stored, the one under the cursor, and
// leaves nothing of what went wrong.
func TestExportStored(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	play(t, scene{seed: twice, desk: effects.Desk{Dir: dir}}, func(p *script) {
		p.Press(":").Type("export all.parquet").Press("enter").Expect("only a partition").Press("8*j d")
		p.fake.FailNext("Export.Write", errors.New("reset by peer"))
		p.Press(":").Type("export all.parquet").Press("enter").Expect("reset by peer")
		p.Press("j :").Type("export old.Parquet").Press("enter").Expect("168 rows written to ", "/old.Parquet")
		p.Press(":").Type("export old.Parquet").Press("enter").Expect("old-2.Parquet, as there")
		p.Press("esc 6*k d :").Type("export none.parquet").Press("enter").Expect("there is no generation")
	})
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 2 || entries[0].Name() != "old-2.Parquet" || entries[1].Name() != "old.Parquet" {
		t.Fatalf("files = %v, %v; want the two that were written", entries, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "old.Parquet"))
	if err != nil || !bytes.HasPrefix(text, []byte("PAR1")) {
		t.Errorf("the file begins %.20q, %v; want that of Parquet", text, err)
	}
}
