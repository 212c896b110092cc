package cli

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/bench"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

// benchOptions are those of the verb bench forecast.
type benchOptions struct {
	bench.Options

	app       *app
	files     []string
	columns   bench.Columns
	methods   []string
	seasons   []int // none: those of the frequency
	freq      string
	frequency bench.Frequency // by freq
	holidays  string
	ids       string
	scale     string
	workers   int
	plain     bool // without intervals
}

func newBench(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:    "bench",
		Hidden: true,
		Short:  "Measure what daybatch is made of",
		Args:   cobra.NoArgs,
		RunE:   func(cmd *cobra.Command, _ []string) error { return cmd.Help() }, //nolint:wrapcheck // it writes to standard output
	}
	cmd.AddCommand(newBenchForecast(a))
	return cmd
}

func newBenchForecast(a *app) *cobra.Command {
	opts := benchOptions{app: a}
	cmd := &cobra.Command{
		Use:   "forecast FILE...",
		Short: "Measure forecasting methods on tables of series",
		Long: `Measure forecasting methods on tables of series: CSV with a header and a row for each
observation, or the format of the Monash archive (.tsf), both also with gzip (.gz). The
columns are the series, its time, the value (empty: missing), and a split with train or
test; they are found by the names they commonly have, or named by flags. Without the
split --horizon says how many values at the end of each series are held back; with
--origins they are forecast from rolling origins. A series with no more values than the
horizon is left out, which is said.

A time is a date with or without a clock time and an offset (2026-03-01T06:00+09:00), a
month (2026-03), a quarter (2026Q1), a week (2026-W10), a year, or a whole number that
counts. How far apart observations are is told by their times, or for numbers by a word
in the name of the file (m4_monthly.csv), and --freq says otherwise. By it are the seasons,
unless --season names them (12 monthly, 4 quarterly, 52 weekly, 7 daily, 5 of working
days, 24 and 168 hourly, 48 and 336 half-hourly, 1 yearly), and the horizon where there
is neither a split nor --horizon (as in the M4 competition: 6 yearly, 8 quarterly, 18
monthly, 13 weekly, 14 daily, 48 hourly). What was taken is said below the table and in JSON.
Numbers of which nothing tells more are taken as days.

smape and mase are those of the M4 competition, owa is their mean relative to
naive2, and msis is of the widest interval. Intervals come from the errors at
four origins before the one that is measured; what they cover is told of all
observations, and below the table and in JSON of the first ahead, of those that end
a season and of the last. rmsse and bias are for intermittent demand.

cpu_ms is the processor time of one forecast, on one processor without reading
and scoring: the mean over the series of the median of the repetitions, and
beside it the 99th percentile. -o csv begins with the columns dataset, method, peer,
cpu_ms, smape and mase, and has a line for each method and each of its peers: those
in R's package forecast by the names of their functions (ets, auto.arima, thetaf),
those in statsforecast with sf_ before them. A script that times these on the series
of the same --ids compares both in one run.

Methods: ` + strings.Join(selection.Names(), ", ") + `.
auto chooses for each series as a batch does, by its errors at four origins in the
training part, which is part of its time. A method with options is one of its own:
ets(AAdA), arima(1,1,1)(0,1,1), tsb(alpha=0.1).`,
		Example: `  daybatch bench forecast m3_monthly.csv.gz --season 12 --methods 'ets,ets(AAdA)'
  daybatch bench forecast m4_hourly.csv.gz --methods mstl_ar
  daybatch bench forecast tourism.csv --series region,purpose --freq quarterly
  daybatch bench forecast sales.csv --horizon 28 --origins 5 --holidays JP
  daybatch bench forecast nn5.csv.gz --ids ids.csv -o csv > ours.csv`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.files = args
			return runBenchForecast(cmd.Context(), opts)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&opts.methods, "methods", []string{selection.SeasonalNaive + "," + selection.Ensemble}, "methods to measure")
	flags.StringVar(&opts.freq, "freq", "", "how far apart observations are: yearly, quarterly, monthly, weekly, daily, business, hourly, half_hourly, 15min, 4h, ... (default: by their times)")
	flags.IntSliceVar(&opts.seasons, "season", nil, "observations in a season, 1 for none; longer seasons behind it are for mstl and its kin (default: by the frequency)")
	flags.IntVar(&opts.Horizon, "horizon", 0, "observations to forecast (default: the test rows, else by the frequency)")
	flags.IntVar(&opts.Origins, "origins", 0, "number of rolling origins (default: the end of the training rows only)")
	flags.IntVar(&opts.Step, "step", 0, "observations between rolling origins (default: the horizon)")
	flags.StringVar(&opts.scale, "scale", "training", "what errors are scaled by: the training part of each origin, or the whole series")
	flags.StringVar(&opts.holidays, "holidays", "", "country of the holidays: "+strings.Join(calendar.Countries(), ", "))
	flags.IntSliceVar(&opts.Levels, "levels", []int{80, 95}, "percents of the intervals")
	flags.BoolVar(&opts.plain, "no-intervals", false, "measure no intervals, which is faster")
	flags.StringVar(&opts.ids, "ids", "", "CSV file with the columns dataset and series: measure only these")
	flags.IntVar(&opts.Repeat, "repeat", 3, "how often each forecast is timed")
	flags.IntVar(&opts.workers, "workers", 1, "processors for what is not timed")
	flags.StringVar(&opts.columns.Series, "series", "", "column of the series, or several with commas (default: series, unique_id, item_id, series_id or id)")
	flags.StringVar(&opts.columns.Time, "time", "", "column of the time (default: date, ds, timestamp, t, index, time, month, year, ...)")
	flags.StringVar(&opts.columns.Value, "value", "", "column of the value (default: value, y or target)")
	flags.StringVar(&opts.columns.Split, "split", "", "column of the split (default: split, if there is one)")
	return cmd
}

// benchMethods returns the methods of a list with commas, which may stand between
// parentheses as well.
func benchMethods(list string, seasons []int) ([]bench.Method, error) {
	var methods []bench.Method
	depth := 0
	names := strings.FieldsFunc(list, func(r rune) bool {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		return r == ',' && depth == 0
	})
	for _, name := range names {
		if err := selection.Check([]string{name}); err != nil {
			return nil, usagef("--methods: %s", err.Error())
		}
		method := bench.Method{Name: name}
		if name == selection.Auto {
			method.Chooser = autoChooser{seasons: seasons}
		} else {
			method.Candidates = selection.Candidates(name)
		}
		methods = append(methods, method)
	}
	return methods, nil
}

// autoChooser chooses as a batch does whose project leaves the models to daybatch.
type autoChooser struct{ seasons []int } // the main one first

func (c autoChooser) Compared(known series.Series) []backtest.Candidate {
	_, set := c.set(known)
	return selection.Candidates(set.Choices...)
}

func (c autoChooser) Chosen(known series.Series, table *backtest.Table) []backtest.Candidate {
	class, set := c.set(known)
	end := known.Start + calendar.Date(len(known.Values)-1)
	return selection.Candidates(selection.Choose(table, class, set, end).Model)
}

func (c autoChooser) set(known series.Series) (series.Class, selection.Set) {
	class := series.Classify(known, c.seasons[0])
	return class, selection.SetFor(class, c.seasons, nil)
}

func runBenchForecast(ctx context.Context, opts benchOptions) error {
	if err := opts.prepare(); err != nil {
		return err
	}
	opts.Stop = func() bool { return ctx.Err() != nil }
	previous := runtime.GOMAXPROCS(max(1, opts.workers))
	defer runtime.GOMAXPROCS(previous)
	var all []bench.Result
	var warnings []string
	for _, file := range opts.files {
		set, err := opts.read(file)
		if err != nil {
			return err
		}
		seasons := opts.seasons
		if len(seasons) == 0 {
			seasons = set.Frequency.Seasons()
			if set.By == "" {
				warnings = append(warnings, set.Name+": nothing tells how far apart its observations are: they are taken as days (--freq, --season)")
			}
		}
		opts.Period, opts.Longer = seasons[0], seasons[1:]
		methods, err := benchMethods(strings.Join(opts.methods, ","), seasons)
		if err != nil {
			return err
		}
		results, err := bench.Run(set, methods, opts.Options, bench.Meter{CPU: processorTime, Allocations: allocations})
		if ctx.Err() != nil {
			return context.Cause(ctx) //nolint:wrapcheck // the caller's own
		}
		if err != nil {
			return usagef("%s", err.Error())
		}
		all = append(all, results...)
	}
	l := benchListing(all)
	l.warnings = append(warnings, l.warnings...)
	return opts.app.print(l)
}

// prepare checks the flags.
func (o *benchOptions) prepare() error {
	if err := o.prepareSteps(); err != nil {
		return err
	}
	if _, err := benchMethods(strings.Join(o.methods, ","), nil); err != nil {
		return err
	}
	for _, number := range []struct {
		flag         string
		value, least int
	}{
		{"horizon", o.Horizon, 0}, {"origins", o.Origins, 0}, {"step", o.Step, 0}, {"repeat", o.Repeat, 1}, {"workers", o.workers, 1},
	} {
		if number.value < number.least {
			return usagef("--%s %d: give a whole number, not below %d", number.flag, number.value, number.least)
		}
	}
	for i, level := range o.Levels {
		if level < 1 || level > 99 || (i > 0 && level <= o.Levels[i-1]) {
			return usagef("--levels %v: give percents between 1 and 99, ascending", o.Levels)
		}
	}
	if o.plain {
		o.Levels = nil
	}
	if o.scale != "training" && o.scale != "series" {
		return usagef("--scale %q: write training or series", o.scale)
	}
	o.WholeScale = o.scale == "series"
	holidays, err := calendar.HolidaysFor(o.holidays)
	if err != nil {
		return usagef("--holidays: %s", err.Error())
	}
	o.Holidays, o.Class, o.Workers = o.holidays != "", holidays.Class, o.workers
	return nil
}

// prepareSteps checks what is told of the steps of series.
func (o *benchOptions) prepareSteps() error {
	for i, m := range o.seasons {
		if m < 1 || (i > 0 && m <= o.seasons[i-1]) {
			return usagef("--season %v: give whole numbers from 1, ascending", o.seasons)
		}
	}
	if o.freq == "" {
		return nil
	}
	var err error
	if o.frequency, err = bench.ParseFrequency(o.freq); err != nil {
		return usagef("--freq: %s", err.Error())
	}
	return nil
}

// read reads a table, and of it only the series of --ids.
func (o *benchOptions) read(path string) (bench.Set, error) {
	file, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return bench.Set{}, usagef("%s", err.Error())
	}
	defer func() { _ = file.Close() }()
	var from io.Reader = bufio.NewReader(file)
	name := strings.TrimSuffix(filepath.Base(path), ".gz")
	if strings.HasSuffix(path, ".gz") {
		if from, err = gzip.NewReader(from); err != nil {
			return bench.Set{}, usagef("read %s: %s", path, err.Error())
		}
	}
	var set bench.Set
	if tsf, ok := strings.CutSuffix(name, ".tsf"); ok {
		set, err = bench.ReadTSF(tsf, from, o.frequency)
	} else {
		set, err = bench.Read(strings.TrimSuffix(name, ".csv"), from, o.columns, o.frequency)
	}
	if err != nil {
		return bench.Set{}, usagef("read %s: %s", path, err.Error())
	}
	if o.ids == "" {
		return set, nil
	}
	wanted, err := idsOf(o.ids, set.Name)
	if err != nil {
		return bench.Set{}, err
	}
	set.Series = slices.DeleteFunc(set.Series, func(s bench.Sample) bool { return !wanted[s.ID] })
	if len(set.Series) == 0 {
		return bench.Set{}, usagef("%s names no series of %s", o.ids, set.Name)
	}
	return set, nil
}

// idsOf reads which series of a data set are wanted.
func idsOf(path, dataset string) (map[string]bool, error) {
	file, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return nil, usagef("--ids: %s", err.Error())
	}
	defer func() { _ = file.Close() }()
	rows := csv.NewReader(bench.WithoutMark(file))
	header, err := rows.Read()
	if err != nil {
		return nil, usagef("--ids: read %s: %s", path, err.Error())
	}
	of, id := slices.Index(header, "dataset"), slices.Index(header, "series")
	if of < 0 || id < 0 {
		return nil, usagef("--ids: %s: line 1: its columns are %s, not dataset and series", path, strings.Join(header, ", "))
	}
	wanted := make(map[string]bool)
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return wanted, nil
		}
		if err != nil {
			return nil, usagef("--ids: read %s: %s", path, err.Error())
		}
		if row[of] == dataset {
			wanted[row[id]] = true
		}
	}
}

// processorTime is what the process has used of the processor, by itself and
// through the system.
func processorTime() time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		panic(fmt.Sprintf("getrusage: %v", err)) // it can't fail for the process itself
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// allocations is how many objects the process has made.
func allocations() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.Mallocs
}
