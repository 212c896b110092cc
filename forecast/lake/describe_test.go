package lake_test

import (
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	var b strings.Builder
	b.WriteString("day,shop,sold,price,note\n")
	for i := range 200 {
		sold := strconv.Itoa(i % 9)
		if i == 150 {
			sold = "n/a" // one cell in 200 makes no text of a column of numbers
		}
		fmt.Fprintf(&b, "%s,s%d,%s,1.5,\n", day-7*30+1, i%4, sold)
	}
	dir := project(t, map[string]string{"a [1].csv": b.String(), "b.csv.gz": b.String()})
	for _, name := range []string{"a [1].csv", "b.csv.gz", "b.*"} {
		got, err := db.Describe(t.Context(), filepath.Join(dir, name))
		if err != nil {
			t.Errorf("Describe(%s): %v", name, err)
			continue
		}
		var columns []string
		for _, c := range got.Columns {
			columns = append(columns, fmt.Sprintf("%s %s number=%t date=%t nulls=%d", c.Name, c.Type, c.Numeric, c.Dated, c.Nulls))
		}
		want := []string{"day DATE number=false date=true nulls=0", "shop VARCHAR number=false date=false nulls=0", "sold VARCHAR number=true date=false nulls=0", "price DOUBLE number=true date=false nulls=0", "note VARCHAR number=false date=false nulls=200"}
		if diff := cmp.Diff(want, columns); diff != "" {
			t.Errorf("Describe(%s) (-want +got):\n%s", name, diff)
		}
		if got.Rows != 200 || got.Format != "csv" || len(got.Sample) != 5 || got.Sample[1][1] != "s1" || got.Sample[0][4] != "" {
			t.Errorf("Describe(%s) = %d rows of %s, sample %q; want 200 of csv, five rows", name, got.Rows, got.Format, got.Sample)
		}
	}
	for name, want := range map[string]string{"none.csv": "no file matches", "x.xlsx": "no file matches"} {
		if _, err := db.Describe(t.Context(), filepath.Join(dir, name)); class(err) != forecast.ReasonConfig || !strings.Contains(err.Error(), want) {
			t.Errorf("Describe(%s) = %v; want config, ..%s..", name, err, want)
		}
	}
	other := project(t, map[string]string{"a.xlsx": "PK"})
	if _, err := db.Describe(t.Context(), filepath.Join(other, "a.xlsx")); class(err) != forecast.ReasonConfig || !strings.Contains(err.Error(), "neither CSV") {
		t.Errorf("Describe(a.xlsx) = %v; want config, neither CSV nor Parquet", err)
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	db, day := open(t), calendar.Of(2026, 1, 15)
	var b strings.Builder
	b.WriteString("ds,region,vehicle,n\n")
	for i := range 70 {
		fmt.Fprintf(&b, "%s,east,van,%d\n", day-69+calendar.Date(i), []int{10, 12, 15, 14, 20, 40, 35}[i%7])
		if i >= 40 {
			fmt.Fprintf(&b, "%s,west,van,%d\n", day-69+calendar.Date(i), (i*7919)%13)
		}
	}
	b.WriteString("2026-01-15,east,van,7\n")
	path := filepath.Join(project(t, map[string]string{"o.csv": b.String()}), "o.csv")
	got, err := db.Profile(t.Context(), lake.ProfileRequest{File: path, Time: "ds", Value: "n", Series: []string{"region", "vehicle"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Series) != 2 || got.Rows != 101 || got.Duplicates != 1 || got.First != day-69 || got.Last != day {
		t.Fatalf("Profile = %+v; want 2 series, 101 rows, 1 duplicate, %s .. %s", got, day-69, day)
	}
	east := got.Series[0]
	if diff := cmp.Diff([]string{"east", "van"}, east.Parts); diff != "" || east.Dates != 70 || east.Weekly < 0.5 {
		t.Errorf("first series = %+v; want east van, 70 dates, weekly", east)
	}
	one, err := db.Profile(t.Context(), lake.ProfileRequest{File: path, Time: "ds", Value: "n"})
	if err != nil || len(one.Series) != 1 || len(one.Series[0].Parts) != 0 || one.Duplicates != 31 || math.IsNaN(one.Series[0].Weekly) || !one.Weekly {
		t.Errorf("Profile without series = %+v, %v; want one weekly series with 31 duplicates", one, err)
	}
	if _, err := db.Profile(t.Context(), lake.ProfileRequest{File: path, Time: "nope", Value: "n"}); class(err) != forecast.ReasonConfig {
		t.Errorf("Profile(nope) = %v; want config", err)
	}
}
