package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/scrub"
	"github.com/daybatch/daybatch/forecast/series"
)

// forecastOptions are those of the verb forecast.
type forecastOptions struct {
	app     *app
	args    []string
	series  string
	history int
}

func newForecast(a *app) *cobra.Command {
	opts := forecastOptions{app: a}
	cmd := &cobra.Command{
		Use:   "forecast [DATE]",
		Short: "Plot a date's forecast, or list its rows",
		Long: `Plot the forecast of a date with its prediction intervals and the actual values
before it and, as far as they have arrived, after it. With -o csv or json it is
the rows. Without DATE it is the newest date that has a forecast.

--series names one series by the values of its columns, separated by commas;
without it the series with the largest forecast is plotted, and all are listed.

` + dateHelp,
		Example: `  daybatch forecast
  daybatch forecast 2026-01-15 --series suv,Tokyo
  daybatch forecast latest -o csv > forecast.csv`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.args = args
			return runForecast(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.series, "series", "", "one series: the values of its columns, separated by commas")
	cmd.Flags().IntVar(&opts.history, "history", 56, "days of actual values before the date")
	return cmd
}

func runForecast(ctx context.Context, opts forecastOptions) error {
	if opts.history < 0 {
		return usagef("--history %d: give a number of days", opts.history)
	}
	return opts.app.with(ctx, reading, func(s *session) error {
		date, err := s.publishedDate(ctx, opts.args)
		if err != nil {
			return err
		}
		query := forecast.SeriesQuery{Date: date, History: opts.history}
		if opts.series != "" {
			parts := strings.Split(opts.series, ",")
			if len(parts) != len(s.pipeline.Series) {
				return usagef("--series %s: give %s: %s", opts.series, count(len(s.pipeline.Series), "value"), strings.Join(s.pipeline.Series, ","))
			}
			query.Series = series.MakeKey(parts...)
		}
		forecasts, err := s.engine.Forecasts(ctx, query)
		if err != nil {
			return fmt.Errorf("read forecast of %s: %w", date, err)
		}
		if len(forecasts) == 0 {
			err := fmt.Errorf("%s has no series %s: %w", date, scrub.Text(opts.series), forecast.ErrNotFound)
			return &hintError{err, "`daybatch metrics " + date.String() + " --all` lists the series"}
		}
		if opts.app.flags.format == formatTable {
			return s.plotForecast(forecasts)
		}
		return opts.app.print(s.forecastListing(forecasts))
	})
}

// publishedDate reads the DATE; without one it is the newest of the last 30 that
// has a forecast.
func (s *session) publishedDate(ctx context.Context, args []string) (calendar.Date, error) {
	if len(args) > 0 {
		return s.date(args)
	}
	days, err := s.engine.Days(ctx, forecast.DayQuery{})
	if err != nil {
		return 0, doing("read days", err)
	}
	for _, day := range days {
		if day.Partition.Generation != "" {
			return day.Date, nil
		}
	}
	err = fmt.Errorf("none of the last %s has a forecast: %w", count(len(days), "date"), forecast.ErrNotFound)
	return 0, &hintError{err, "`daybatch run` makes one"}
}

// forecastItem is the forecast of one series and date in JSON.
type forecastItem struct {
	Series  keyed              `json:"series"`
	Date    calendar.Date      `json:"date"`
	Horizon int                `json:"horizon"`
	Mean    float64            `json:"mean"`
	Lower   map[string]float64 `json:"lower"` // by level
	Upper   map[string]float64 `json:"upper"`
	Actual  *float64           `json:"actual"`
	Model   string             `json:"model"`
	MadeFor calendar.Date      `json:"made_for"` // of a fallback an earlier date than the partition's
	Kind    string             `json:"forecast_kind"`
	Age     int                `json:"forecast_age"` // days
}

// forecastListing lists all points. Its CSV has the columns of the target table.
func (s *session) forecastListing(forecasts []forecast.SeriesForecast) listing {
	l := listing{fields: slices.Clone(s.pipeline.Series)}
	l.fields = append(l.fields, "ds", "horizon", "yhat")
	for _, level := range forecasts[0].Levels {
		l.fields = append(l.fields, "lo"+strconv.Itoa(level), "hi"+strconv.Itoa(level))
	}
	l.fields = append(l.fields, "actual", "model", "made_for", "forecast_kind", "forecast_age")
	items := []forecastItem{}
	for _, f := range forecasts {
		actuals := map[calendar.Date]float64{}
		for _, observation := range f.Actuals {
			actuals[observation.Date] = observation.Value
		}
		for _, point := range f.Points {
			item := makeForecastItem(s.pipeline.Series, f, point)
			record := slices.Concat(item.Series.record(), []string{point.Date.String(), strconv.Itoa(item.Horizon), exact(point.Mean)})
			for i := range f.Levels {
				record = append(record, exact(point.Lower[i]), exact(point.Upper[i]))
			}
			actual := ""
			if value, ok := actuals[point.Date]; ok {
				item.Actual, actual = &value, exact(value)
			}
			items = append(items, item)
			l.records = append(l.records, append(record, actual, f.Model, item.MadeFor.String(), item.Kind, strconv.Itoa(item.Age)))
		}
	}
	l.items = items
	return l
}

func makeForecastItem(columns []string, f forecast.SeriesForecast, point forecast.Point) forecastItem {
	item := forecastItem{
		Series: keyed{columns, f.Series}, Date: point.Date, Horizon: int(point.Date - f.Date), Mean: point.Mean,
		Lower: map[string]float64{}, Upper: map[string]float64{}, Model: f.Model, MadeFor: f.Date, Kind: string(forecast.GenerationOwn),
	}
	if of := f.FallbackOf; !of.IsZero() {
		item.MadeFor, item.Kind, item.Age = of, string(forecast.GenerationFallback), int(f.Date-of)
	}
	for i, level := range f.Levels {
		item.Lower[strconv.Itoa(level)], item.Upper[strconv.Itoa(level)] = point.Lower[i], point.Upper[i]
	}
	return item
}

// plotForecast plots the series with the largest forecast.
func (s *session) plotForecast(forecasts []forecast.SeriesForecast) error {
	f := slices.MaxFunc(forecasts, func(x, y forecast.SeriesForecast) int {
		switch a, b := total(x), total(y); {
		case a < b:
			return -1
		case a > b:
			return 1
		default:
			return 0
		}
	})
	width := s.app.style.width
	if width == 0 {
		width = plotWidth
	}
	title := fmt.Sprintf("%s  %s  made for %s by %s, generation %s", s.pipeline.Name, scrub.Text(f.Series.String()), f.Date, f.Model, f.Generation)
	if of := f.FallbackOf; !of.IsZero() {
		title = fmt.Sprintf("%s  %s  %s: a fallback of %s, %s old, by %s, generation %s",
			s.pipeline.Name, scrub.Text(f.Series.String()), f.Date, of, count(int(f.Date-of), "day"), f.Model, f.Generation)
	}
	if _, err := fmt.Fprintf(s.app.env.Stdout, "%s\n\n%s", title, plot(f, width, s.app.style)); err != nil {
		return fmt.Errorf("write plot: %w", err)
	}
	if len(forecasts) > 1 {
		fmt.Fprintf(s.app.env.Stderr, "1 of %d series, the one with the largest forecast; --series chooses another, -o csv lists all\n", len(forecasts))
	}
	return nil
}

func total(f forecast.SeriesForecast) float64 {
	sum := 0.0
	for _, point := range f.Points {
		sum += point.Mean
	}
	return sum
}
