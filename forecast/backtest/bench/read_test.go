package bench_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/daybatch/daybatch/forecast/backtest/bench"
	"github.com/daybatch/daybatch/forecast/calendar"
)

func TestRead(t *testing.T) {
	t.Parallel()
	gap := math.NaN()
	day := calendar.Of(2026, time.March, 1)
	for _, tt := range []struct {
		name, text string
		columns    bench.Columns
		want       []bench.Sample
	}{
		{
			"numbers in any order, a hole, a test part",
			"series,t,value,split\nb,3,30,test\nb,1,10,train\na,1,5,train\na,2,,train\na,4,7,test\n",
			bench.Columns{},
			[]bench.Sample{{ID: "a", Values: []float64{5, gap, gap, 7}, Test: 1}, {ID: "b", Values: []float64{10, gap, 30}, Test: 1}},
		},
		{
			"dates and names of one's own",
			"\ufeffshop,ds,y\nx,2026-03-01,1\nx,2026-03-02,NA\nx,2026-03-03,3e2\n",
			bench.Columns{Series: "shop", Value: "y"},
			[]bench.Sample{{ID: "x", Start: day, Values: []float64{1, gap, 300}}},
		},
		{
			"a mark before a quoted header, midnights, and blanks",
			"\ufeff\"series\", \"date\", \"value\"\nx, 2026-03-01 00:00:00, 1\nx,2026-03-02T00:00:00.000Z ,2 \nx,2026-03-03 00:00, \nx,2026-03-04,+4.5\n",
			bench.Columns{},
			[]bench.Sample{{ID: "x", Start: day, Values: []float64{1, 2, gap, 4.5}}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set, err := bench.Read("sales", strings.NewReader(tt.text), tt.columns, bench.Frequency{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, set.Series, cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("series differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text, want string
		columns          bench.Columns
	}{
		{"nothing", "", "no rows", bench.Columns{}},
		{"a header only", "series,t,value\n", "no rows", bench.Columns{}},
		{"no column", "shop,t,value,price\na,1,2,3\n", "line 1: no column series or unique_id or item_id or series_id or series_name or id for the series: it has shop, t, value, price: name it (--series)", bench.Columns{}},
		{"no time", "id,when,value\na,1,2\n", "for the time: it has id, when, value: name it (--time)", bench.Columns{}},
		{"no such split", "series,t,value\na,1,2\n", "line 1: no column part for the split", bench.Columns{Split: "part"}},
		{"not a number", "series,t,value\na,1,2\na,2,two\n", `line 3, column 5: "two" is not a number`, bench.Columns{}},
		{"hexadecimal", "series,t,value\na,1,0x1p4\n", `"0x1p4" is not a number`, bench.Columns{}},
		{"underscores", "series,t,value\na,1,1_000\n", `"1_000" is not a number`, bench.Columns{}},
		{"no day", "series,date,value\na,2026-02-30,1\n", `"2026-02-30" is not a time`, bench.Columns{}},
		{"no hour", "series,date,value\na,2026-02-20 25:00,1\n", `"2026-02-20 25:00" is not a time`, bench.Columns{}},
		{"no month", "series,date,value\na,2026-13,1\n", `"2026-13" is not a time`, bench.Columns{}},
		{"no month's name", "series,date,value\na,2026 Jam,1\n", `"2026 Jam" is not a time`, bench.Columns{}},
		{"no week", "series,date,value\na,2026-W54,1\n", `"2026-W54" is not a time`, bench.Columns{}},
		{"a day first", "series,date,value\na,20/01/2026,1\n", `line 2, column 3: "20/01/2026" is not a time`, bench.Columns{}},
		{"infinite", "series,t,value\na,1,1e999\n", "line 2, column 5", bench.Columns{}},
		{"a number among dates", "series,t,value\na,2026-01-02,2\na,2,2\n", `line 3, column 3: "2" is not a time`, bench.Columns{}},
		{"another split", "series,t,value,split\na,1,2,validate\n", `line 2, column 7: "validate" is not train or test`, bench.Columns{}},
		{"twice", "series,t,value\na,1,2\nb,1,2\na,1,3\n", "series a: line 4: its time is that of line 2 too", bench.Columns{}},
		{"train after test", "series,t,value,split\na,1,2,test\na,2,2,train\n", "series a: line 3: a training row", bench.Columns{}},
		{"an hour twice", "series,date,value\na,2026-01-01 00:00,1\na,2026-01-01 01:00,1\na,2026-01-01T01:00,2\n", "series a: line 4: its time is that of line 3 too", bench.Columns{}},
		{"a short row", "series,t,value\na,1\n", "line 2", bench.Columns{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := bench.Read("sales", strings.NewReader(tt.text), tt.columns, bench.Frequency{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Read = %v; want an error with %q", err, tt.want)
			}
		})
	}
}

// table is one of a series without a name, whose times are given; the values count.
func table(times ...string) string {
	var text strings.Builder
	text.WriteString("ds,y\n")
	for i, at := range times {
		fmt.Fprintf(&text, "%s,%d\n", at, i)
	}
	return text.String()
}

// times are n of them, apart as next says, in the layout of time.Format.
func times(n int, layout string, next func(i int) time.Time) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = next(i).Format(layout)
	}
	return all
}

func TestReadFindsTheFrequency(t *testing.T) {
	t.Parallel()
	first := time.Date(2019, time.December, 31, 0, 0, 0, 0, time.UTC)
	days := func(step int) func(int) time.Time {
		return func(i int) time.Time { return first.AddDate(0, 0, step*i) }
	}
	months := func(step, day int) func(int) time.Time {
		return func(i int) time.Time { return time.Date(2018, time.Month(1+step*i), day, 0, 0, 0, 0, time.UTC) }
	}
	minutes := func(step int) func(int) time.Time {
		return func(i int) time.Time { return first.Add(time.Duration(step*i) * time.Minute) }
	}
	tokyo := time.FixedZone("", 9*3600)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	workday := func(i int) time.Time { return first.AddDate(0, 0, 7*((i+1)/5)+(i+1)%5-1) } // from a Tuesday
	for _, tt := range []struct {
		name    string
		times   []string
		given   string
		want    string
		seasons []int
		horizon int
		length  int
	}{
		{"days", times(20, "2006-01-02", days(1)), "", "daily", []int{7}, 14, 20},
		{"days at six", times(20, "2006-01-02 15:04", func(i int) time.Time { return days(1)(i).Add(6 * time.Hour) }), "", "daily", []int{7}, 14, 20},
		{"midnights in summer time", times(300, time.RFC3339, func(i int) time.Time { return time.Date(2020, 1, 1+i, 0, 0, 0, 0, berlin) }), "", "daily", []int{7}, 14, 300},
		{"compact days", times(20, "20060102", days(1)), "", "daily", []int{7}, 14, 20},
		{"every fourth day", times(20, "2006-01-02", days(4)), "", "every 4 days", []int{1}, 14, 20},
		{"weeks", times(20, "2006-01-02", days(7)), "", "weekly", []int{52}, 13, 20},
		{"weeks by number", []string{"2020-W52", "2020-W53", "2021-W01", "2021-W03"}, "", "weekly", []int{52}, 13, 5},
		{"four weeks", times(20, "2006-01-02", days(28)), "", "every 28 days", []int{1}, 14, 20},
		{"working days", times(20, "2006-01-02", workday), "", "of working days", []int{5}, 14, 20},
		{"working days as days", times(20, "2006-01-02", workday), "D", "daily", []int{7}, 14, 28},
		{"months", times(30, "2006-01-02", months(1, 1)), "", "monthly", []int{12}, 18, 30},
		{"ends of months", times(30, "2006-01-02", months(1, 0)), "", "monthly", []int{12}, 18, 30},
		{"months by name", times(30, "2006-01", months(1, 1)), "", "monthly", []int{12}, 18, 30},
		{"months by their names", times(30, "2006 Jan", months(1, 1)), "", "monthly", []int{12}, 18, 30},
		{"names before years", times(30, "Jan 2006", months(1, 1)), "", "monthly", []int{12}, 18, 30},
		{"months by number", times(30, "200601", months(1, 1)), "", "monthly", []int{12}, 18, 30},
		{"every second month", times(30, "2006-01", months(2, 1)), "", "every 2 months", []int{6}, 14, 30},
		{"quarters", times(20, "2006-01-02", months(3, 1)), "", "quarterly", []int{4}, 8, 20},
		{"quarters by name", []string{"2020Q1", "2020Q2", "2020-Q3", "2021 Q1"}, "", "quarterly", []int{4}, 8, 5},
		{"years", times(20, "2006-01-02", months(12, 15)), "", "yearly", []int{1}, 6, 20},
		{"years by number", times(20, "2006", months(12, 1)), "", "yearly", []int{1}, 6, 20},
		{"hours", times(50, "2006-01-02 15:04:05", minutes(60)), "", "hourly", []int{24, 168}, 48, 50},
		{"hours with offsets", times(50, time.RFC3339, func(i int) time.Time { return minutes(60)(i).In(tokyo) }), "", "hourly", []int{24, 168}, 48, 50},
		{"hours through summer time", times(9000, time.RFC3339, func(i int) time.Time { return minutes(60)(i).In(berlin) }), "", "hourly", []int{24, 168}, 48, 9000},
		{"half hours", times(50, "2006-01-02T15:04", minutes(30)), "", "half-hourly", []int{48, 336}, 96, 50},
		{"quarters of an hour", times(50, "2006/01/02 15:04", minutes(15)), "", "every 15 minutes", []int{96, 672}, 192, 50},
		{"eight hours", times(50, "2006-01-02 15:04", minutes(480)), "", "every 8 hours", []int{3, 21}, 6, 50},
		{"weeks out of step, as told", []string{"2020-01-06", "2020-01-13", "2020-01-21", "2020-01-27"}, "W", "weekly", []int{52}, 13, 4},
		{"numbers", []string{"0", "1", "3"}, "", "of unknown frequency", []int{7}, 14, 4},
		{"numbers as told", []string{"0", "1", "3"}, "M", "monthly", []int{12}, 18, 4},
		{"numbers apart", []string{"0", "10", "30"}, "30min", "half-hourly", []int{48, 336}, 96, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var given bench.Frequency
			if tt.given != "" {
				if given, err = bench.ParseFrequency(tt.given); err != nil {
					t.Fatal(err)
				}
			}
			set, err := bench.Read("sales", strings.NewReader(table(tt.times...)), bench.Columns{}, given)
			if err != nil {
				t.Fatal(err)
			}
			if got := set.Frequency.String(); got != tt.want || set.Horizon != tt.horizon {
				t.Errorf("Read = %s with a horizon of %d; want %s, %d", got, set.Horizon, tt.want, tt.horizon)
			}
			if diff := cmp.Diff(tt.seasons, set.Frequency.Seasons()); diff != "" {
				t.Errorf("seasons differ (-want +got):\n%s", diff)
			}
			if got := len(set.Series[0].Values); got != tt.length {
				t.Errorf("the axis has %d steps; want %d", got, tt.length)
			}
		})
	}
}

// Numbers have no frequency, but a name may.
func TestReadFindsTheFrequencyInTheName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"m4_hourly": "hourly", "M3-Quarterly": "quarterly", "half_hourly_demand": "half-hourly", "tourism yearly 2": "yearly",
		"nn5_daily": "daily", "dailyness": "of unknown frequency", "carparts": "of unknown frequency",
	} {
		set, err := bench.Read(name, strings.NewReader(table("1", "2", "3")), bench.Columns{}, bench.Frequency{})
		if err != nil {
			t.Fatal(err)
		}
		if got := set.Frequency.String(); got != want {
			t.Errorf("the frequency of %s is %s; want %s", name, got, want)
		}
	}
}

// What is out of step with nearly all else is a mistake, or another frequency.
func TestReadRefusesIrregularTimes(t *testing.T) {
	t.Parallel()
	day := func(step int) func(int) time.Time {
		return func(i int) time.Time { return time.Date(2020, time.January, 6+step*i, 0, 0, 0, 0, time.UTC) }
	}
	weeks := times(20, "2006-01-02", day(7))
	weeks[10] = "2020-03-18" // a Wednesday
	hours := times(40, "2006-01-02 15:04", func(i int) time.Time { return day(1)(0).Add(time.Duration(i) * time.Hour) })
	hours[30] = "2020-01-07 06:10"
	for _, tt := range []struct {
		name  string
		times []string
		want  string
	}{
		{"a week", weeks, "line 12: it is 9 days after line 11, where 89 % of the observations are 7 days apart"},
		{"an hour", hours, "line 32: it is 70 minutes after line 31, where 95 % of the observations are 1 hour apart"},
		{"sparse", []string{"2020-01-01", "2020-01-02", "2020-03-01", "2020-06-01"}, "series : lines 2 to 5: 4 observations over 153 steps of a daily axis"},
	} {
		_, err := bench.Read("sales", strings.NewReader(table(tt.times...)), bench.Columns{}, bench.Frequency{})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Read of %s = %v; want an error with %q", tt.name, err, tt.want)
		}
	}
}

func TestReadFindsTheColumns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ header, row, id string }{
		{"unique_id,ds,y", "a,2020-01-01,1", "a"},
		{"item_id,timestamp,target", "a,2020-01-01 00:00:00,1", "a"},
		{"series_id,date,value", "a,2020-01-01,1", "a"},
		{"ID,Date,Value,Set", "a,2020-01-01,1,TRAIN", "a"},
		{"id;t;value", "a;1;1", "a"},
		{"ds\tunique_id\ty", "2020-01-01\ta\t1", "a"},
		{"shop,month,value", "a,2020-01,1", "a"},
		{"id,month,sales", "a,2020-01,1", "a"},
		{"date,value", "2020-01-01,1", ""},
	} {
		set, err := bench.Read("sales", strings.NewReader(tt.header+"\n"+tt.row+"\n"), bench.Columns{}, bench.Frequency{})
		if err != nil {
			t.Errorf("Read of %q: %v", tt.header, err)
			continue
		}
		if s := set.Series[0]; s.ID != tt.id || s.Values[0] != 1 {
			t.Errorf("Read of %q = %v of series %q; want 1 of %q", tt.header, s.Values, s.ID, tt.id)
		}
	}
	set, err := bench.Read("sales", strings.NewReader("region,shop,t,value\nn,1,1,5\nn,2,1,6\n"), bench.Columns{Series: "region,shop"}, bench.Frequency{})
	if err != nil || len(set.Series) != 2 || set.Series[1].ID != "n/2" {
		t.Errorf("Read of a key of two columns = %+v, %v; want two series, the second n/2", set.Series, err)
	}
}

const tsf = `# Data set Information
@relation tourism
@attribute series_name string
@attribute start_timestamp date
@frequency quarterly
@horizon 3
@missing true
@equallength false
@data
T2:1996-01-01 00-00-00:1,2,?,4.5
T1:1994-04-01 00-00-00:7,8
`

func TestReadTSF(t *testing.T) {
	t.Parallel()
	set, err := bench.ReadTSF("tourism", strings.NewReader(tsf), bench.Frequency{})
	if err != nil {
		t.Fatal(err)
	}
	want := bench.Set{
		Name: "tourism", Frequency: bench.Frequency{Unit: bench.UnitMonth, Step: 3}, By: "as the file says", Horizon: 3,
		Series: []bench.Sample{
			{ID: "T1", Start: calendar.Of(1994, time.April, 1), Values: []float64{7, 8}},
			{ID: "T2", Start: calendar.Of(1996, time.January, 1), Values: []float64{1, 2, math.NaN(), 4.5}},
		},
	}
	if diff := cmp.Diff(want, set, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("ReadTSF differs (-want +got):\n%s", diff)
	}
	for _, tt := range []struct{ name, from, to, want string }{
		{"frequency", "quarterly", "sometimes", `line 5: "sometimes" is no frequency`},
		{"horizon", "@horizon 3", "@horizon no", `line 6: @horizon "no" is no number`},
		{"value", "4.5", "4,5x", `line 10: value 5: "5x" is not a number`},
		{"attributes", "T1:1994-04-01 00-00-00:", "T1:", "line 11: a series has its attributes"},
		{"start", "1994-04-01 00-00-00", "spring", `line 11: start_timestamp "spring"`},
		{"header", "@relation", "relation", "line 2: not a line of the tsf format"},
		{"data", "@data", "# data", "line 10: not a line of the tsf format"},
	} {
		_, err := bench.ReadTSF("tourism", strings.NewReader(strings.Replace(tsf, tt.from, tt.to, 1)), bench.Frequency{})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ReadTSF with another %s = %v; want an error with %q", tt.name, err, tt.want)
		}
	}
}

// FuzzRead checks that no table breaks the reader, and that what it reads can be laid
// out.
func FuzzRead(f *testing.F) {
	f.Add("series,date,value,split\na,2026-01-01,1,train\na,2026-01-02T00:00Z,2,test\n")
	f.Add("ds,y\n2020Q1,1\n2020Q2,\n")
	f.Add("t;y\n0;1\n4;2\n8;3\n")
	f.Fuzz(func(t *testing.T, text string) {
		set, err := bench.Read("any", strings.NewReader(text), bench.Columns{}, bench.Frequency{})
		if err != nil {
			return
		}
		for _, s := range set.Series {
			if len(s.Values) == 0 || s.Test > len(s.Values) || math.IsInf(s.Values[0], 0) {
				t.Errorf("Read(%q) = %+v", text, s)
			}
		}
	})
}
