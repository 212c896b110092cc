package backtest_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/series"
)

// panelOf returns all series of shards.
func panelOf(t *testing.T, shards backtest.Shards) []series.Series {
	t.Helper()
	var panel []series.Series
	for shard, err := range shards {
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range shard {
			s.Values = slices.Clone(s.Values)
			panel = append(panel, s)
		}
	}
	return panel
}

// exactly compares tables bit by bit, and the errors in them by their texts.
func exactly() cmp.Options {
	return cmp.Options{
		cmp.AllowUnexported(backtest.Table{}),
		cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }),
		cmp.Comparer(func(a, b error) bool { return a.Error() == b.Error() }),
	}
}

var errRefused = errors.New("does not fit anything")

// refusing is a method that fails.
type refusing struct{}

func (refusing) Name() string { return "refusing" }

func (refusing) Fit([]float64, model.Context) (model.Fitted, error) { return nil, errRefused }

// TestTablesFromOtherMachines checks that the tables of machines which share the
// series of a panel, and have written them for each other, are those of one
// machine.
func TestTablesFromOtherMachines(t *testing.T) {
	t.Parallel()
	panel := panelOf(t, generated(9, 100, 9))
	panel[4].Values = panel[4].Values[:5] // too short for the origins
	panel[5].Values[60] = math.NaN()
	candidates := func(int) []backtest.Candidate { return append(methods(), backtest.Of("refusing", refusing{})) }
	o := options(7, today-14, today-7)
	want, err := backtest.Run(panel, candidates, o)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]*backtest.Table, len(panel))
	for machine := range 3 {
		o.Only = func(key series.Key) bool { return int(key[len("vehicle-00000")]-'0')%3 == machine }
		own, err := backtest.Run(panel, candidates, o)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		encoder, read := backtest.NewEncoder(&text), 0
		for i, table := range own {
			if (table != nil) != (i%3 == machine) {
				t.Fatalf("machine %d: table of series %d is %v", machine, i, table)
			}
			if table == nil {
				continue
			}
			if err := encoder.Encode(table); err != nil {
				t.Fatal(err)
			}
		}
		decoder := backtest.NewDecoder(&text)
		for i := machine; ; i += 3 {
			table, err := decoder.Decode()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got[i], read = table, read+1
		}
		if read != 3 {
			t.Errorf("machine %d has written %d tables; want 3", machine, read)
		}
	}
	if diff := cmp.Diff(want, got, exactly()); diff != "" {
		t.Errorf("tables (-one machine +three):\n%s", diff)
	}
	if len(want[0].Failures) == 0 || want[0].Failures[0].Err.Error() != errRefused.Error() {
		t.Errorf("failures = %v; want those of a method that fails", want[0].Failures)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	if err := backtest.NewEncoder(&text).Encode(backtest.NewTable("a", nil, 7, nil)); err != nil {
		t.Fatal(err)
	}
	whole := text.Bytes()
	for name, tt := range map[string]struct {
		text []byte
		want string
	}{
		"half a table":  {whole[:len(whole)-2], "read a table"},
		"no table":      {[]byte("half a file"), "read a table"},
		"another shape": {misshapen(t), "don't fit"},
	} {
		if _, err := backtest.NewDecoder(bytes.NewReader(tt.text)).Decode(); err == nil || errors.Is(err, io.EOF) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Decode = %v; want an error with %q", name, err, tt.want)
		}
	}
}

// misshapen is a table with more origins than there are forecasts.
func misshapen(t *testing.T) []byte {
	t.Helper()
	table := backtest.NewTable("a", nil, 7, nil)
	table.Origins = append(table.Origins, today)
	var text bytes.Buffer
	if err := backtest.NewEncoder(&text).Encode(table); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

func TestClosedDaysFromOtherMachines(t *testing.T) {
	t.Parallel()
	want := backtest.NewTable("a", options(7, today).Origins, 7, []string{"ets"})
	want.Fits, want.Closed = make([]model.Description, 1), []int{3, 5}
	var text bytes.Buffer
	if err := backtest.NewEncoder(&text).Encode(want); err != nil {
		t.Fatal(err)
	}
	got, err := backtest.NewDecoder(&text).Decode()
	if diff := cmp.Diff(want, got, exactly()); err != nil || diff != "" {
		t.Errorf("Decode: %v (-want +got):\n%s", err, diff)
	}
}
