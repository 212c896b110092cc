package lake_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
)

func TestBlemishes(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"good.csv":    "date,shop,value\n2026-01-01,a,1\n2026-01-01,b,1.5\n",
		"long.csv":    "date,shop,value\n2026-01-01,\"a\nb\",1\n2026-01-02,a,1,9\n",
		"short.csv":   "date;shop;value\n2026-01-01;a\n",
		"comma.csv":   "date;shop;value\n2026-01-01;a;1\n2026-01-02;a;1.234,5\n",
		"quoted.csv":  "\ufeffdate,shop,value\n2026-01-01,a,\"10,5\"\n",
		"twice.csv":   "date,shop,value\n2026-01-01,a,1\n2026-01-01,b,1\n2026-01-01,a,2\n",
		"zip.csv.gz":  "date,shop,value\n2026-01-01,a,1\n2026-01-01,a,2\n",
		"leap.csv":    "shop,date,value\nA-31,2028-02-29,1\na,2026/2/29 10:00,1\n",
		"further.csv": "shop,date,value\na,2026-01-01,7\n",
	})
	path := func(name string) string { return filepath.Join(dir, name) }
	duplicate := func(files []string) (lake.Blemish, bool) { return lake.FindDuplicate(files, []string{"date", "shop"}) }
	tests := []struct {
		name  string
		look  func([]string) (lake.Blemish, bool)
		files []string
		want  string // after the file's name; empty: none
	}{
		{"good", lake.FindRagged, []string{"good.csv"}, ""},
		{"good", lake.FindDecimalComma, []string{"good.csv"}, ""},
		{"good", duplicate, []string{"good.csv"}, ""},
		{"long", lake.FindRagged, []string{"good.csv", "long.csv"}, ":4: 4 cells, the header has 3"},
		{"short", lake.FindRagged, []string{"short.csv"}, ":2: 2 cells, the header has 3"},
		{"comma", lake.FindDecimalComma, []string{"comma.csv"}, `:3: value "1.234,5" has a decimal comma`},
		{"quoted", lake.FindDecimalComma, []string{"quoted.csv"}, `:2: value "10,5" has a decimal comma`},
		{"twice", duplicate, []string{"twice.csv"}, ":4: 2026-01-01, a as in line 2"},
		{"compressed", duplicate, []string{"zip.csv.gz"}, ":3: 2026-01-01, a as in line 2"},
		{"over two files", duplicate, []string{"good.csv", "further.csv"}, ":2: 2026-01-01, a as in line 2 of " + path("good.csv")},
		{"impossible", lake.FindImpossibleDate, []string{"good.csv", "leap.csv"}, `:3: date "2026/2/29 10:00" is not a date of the calendar`},
		{"possible", lake.FindImpossibleDate, []string{"good.csv", "comma.csv"}, ""},
		{"gone", lake.FindRagged, []string{"gone.csv"}, ""},
	}
	for _, tt := range tests {
		var files []string
		for _, name := range tt.files {
			files = append(files, path(name))
		}
		got, found := tt.look(files)
		want := ""
		if tt.want != "" {
			want = files[len(files)-1] + tt.want
		}
		if found != (want != "") || found && got.String() != want {
			t.Errorf("%s: %v, %t; want %q", tt.name, got, found, want)
		}
	}
}

// TestExtractNamesBlemishes checks that Extract tells the place in the file, not
// only what its query makes of it.
func TestExtractNamesBlemishes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"ds,vehicle,orders\n2026-01-14,van,1\n2026-01-15,van,2,9\n":   "data/a.csv:3: 4 cells, the header has 3",
		"ds;vehicle;orders\n2026-01-14;van;1,5\n2026-01-15;van;2,5\n": `data/a.csv:2: orders "1,5" has a decimal comma`,
		"ds,vehicle,orders\n2026-01-15,van,1\n2026-01-15,van,2\n":     "(data/a.csv:3: 2026-01-15, van as in line 2)",
	} {
		r := request(t, project(t, map[string]string{"data/a.csv": text}))
		r.Source.Query = "SELECT ds, vehicle, CAST(orders AS DOUBLE) AS orders FROM orders WHERE ds <= {{.Date}}"
		_, err := open(t).Extract(t.Context(), r)
		failed, ok := errors.AsType[*lake.Error](err)
		if !ok || failed.Class != forecast.ReasonData || !strings.Contains(err.Error(), want) {
			t.Errorf("Extract = %v; want a data failure with %q", err, want)
		}
	}
}
