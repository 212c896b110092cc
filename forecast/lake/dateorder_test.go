package lake_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
)

func TestAmbiguousDate(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"iso.csv":      "ds,n\n2026-01-02,1\n2026-02-01,2\n",
		"american.csv": "ds,n\n01/02/2026,1\n01/13/2026,2\n",
		"european.csv": "ds,n\n02.01.2026,1\n13.01.2026,2\n",
		"either.csv":   "ds,n\n05/05/2026,1\n02/01/2026,1\n03/01/2026,2\n",
		"same.csv":     "ds,n\n01/01/2026,1\n",
		"d/1.csv":      "ds,n\n01/13/2026,1\n",
		"d/2.csv":      "ds,n\n01/02/2026,1\n",
	})
	db := open(t)
	for file, want := range map[string]string{
		"iso.csv": "", "american.csv": "", "european.csv": "", "same.csv": "", "either.csv": "02/01/2026", "d/*.csv": "01/02/2026",
	} {
		if got, err := db.AmbiguousDate(t.Context(), filepath.Join(dir, file), "ds"); err != nil || got.Text != want {
			t.Errorf("AmbiguousDate(%s) = %q, %v; want %q", file, got.Text, err, want)
		}
	}
}

// TestExtractRefusesDatesOfTwoReadings begins with a file whose dates can be told;
// a later one can't.
func TestExtractRefusesDatesOfTwoReadings(t *testing.T) {
	t.Parallel()
	const told = "ds,vehicle,orders\n14/01/2026,van,3\n15/01/2026,van,4\n"
	tests := []struct {
		name, file, text string
		format           calendar.Pattern
		query            string
		want             string // of the error; empty: none
	}{
		{"told", "b.csv", "ds,vehicle,orders\n13/01/2026,van,2\n", "", "", ""},
		{"not told", "b.csv", "ds,vehicle,orders\n11/11/2025,van,2\n02/01/2026,van,2\n", "", "", `data/b.csv:3: ds "02/01/2026" can be read in two ways`},
		{"compressed", "b.csv.gz", "ds,vehicle,orders\n02/01/2026,van,2\n", "", "", `data/b.csv.gz:2: ds "02/01/2026" can be read in two ways`},
		{"the format is known", "b.csv", "ds,vehicle,orders\n02/01/2026,van,2\n", "DD/MM/YYYY", "", ""},
		{"another format", "b.csv", "ds,vehicle,orders\n02/01/2026,van,2\n", "MM/DD/YYYY", "", `data/a.csv:2: ds "14/01/2026" is not written MM/DD/YYYY`},
		{"another column, which is read", "b.csv", "ds,vehicle,orders,sent\n13/01/2026,van,2,02/01/2026\n", "", "SELECT ds, vehicle, orders FROM orders WHERE sent IS NULL OR true", `data/b.csv:2: sent "02/01/2026"`},
		{"another column", "b.csv", "ds,vehicle,orders,sent\n13/01/2026,van,2,02/01/2026\n", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := request(t, project(t, map[string]string{"data/a.csv": told, "data/" + tt.file: tt.text}))
			r.Source.Files = map[string]string{"orders": "data/*"}
			r.Source.DateFormat, r.Source.MinRows = tt.format, -1
			if tt.query != "" {
				r.Source.Query = tt.query
			}
			report, err := open(t).Extract(t.Context(), r)
			failed, _ := errors.AsType[*lake.Error](err)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("Extract = %v; want nil", err)
			case tt.want == "" && report.Rows != 3:
				t.Errorf("Extract = %d rows; want 3", report.Rows)
			case tt.want != "" && (failed == nil || failed.Class != forecast.ReasonData || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("Extract = %v; want a data failure with %q", err, tt.want)
			}
		})
	}
}

// TestDatesWithTimes checks that the format of dates settles nothing about dates
// that have a time of day.
func TestDatesWithTimes(t *testing.T) {
	t.Parallel()
	r := request(t, project(t, map[string]string{"data/a.csv": "ds,vehicle,orders\n02/01/2026 10:00:00,van,3\n"}))
	r.Source.Query, r.Source.DateFormat, r.Source.MinRows = "SELECT CAST(ds AS DATE) AS ds, vehicle, orders FROM orders", "DD/MM/YYYY", -1
	if _, err := open(t).Extract(t.Context(), r); err == nil || !strings.Contains(err.Error(), `ds "02/01/2026 10:00:00" can be read in two ways`) {
		t.Errorf("Extract = %v; want the date of two readings", err)
	}
}

// TestDateFormatLeavesOtherSources checks that a format is not forced on files
// whose dates are YYYY-MM-DD.
func TestDateFormatLeavesOtherSources(t *testing.T) {
	t.Parallel()
	r := request(t, project(t, map[string]string{
		"data/a.csv": "ds,vehicle,orders\n02/01/2026,van,3\n15/01/2026,van,4\n", "closed.csv": "day\n2026-01-02\n",
	}))
	r.Source.Files["closed"], r.Source.DateFormat = "closed.csv", "DD/MM/YYYY"
	r.Source.Query = "SELECT ds, vehicle, orders FROM orders WHERE ds NOT IN (SELECT day FROM closed)"
	if report, err := open(t).Extract(t.Context(), r); err != nil || report.Rows != 1 {
		t.Errorf("Extract = %d rows, %v; want 1", report.Rows, err)
	}
}

// TestDatesAreJudgedAgain changes a file that was found to be clear.
func TestDatesAreJudgedAgain(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"data/a.csv": "ds,vehicle,orders\n14/01/2026,van,3\n15/01/2026,van,4\n"})
	db, r := open(t), request(t, dir)
	r.Source.MinRows = -1
	for range 2 {
		if _, err := db.Extract(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "a.csv"), []byte("ds,vehicle,orders\n02/01/2026,van,3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Extract(t.Context(), r); err == nil || !strings.Contains(err.Error(), "two ways") {
		t.Errorf("Extract = %v; want the date of two readings", err)
	}
}
