// Package selection chooses a forecasting method for each series of a panel
// from its backtest, with the reason as data.
//
// The class of a series' demand gives it a default, which is a good choice
// before anything was measured. Another method takes its place only if its
// error is significantly lower over the origins: a lower mean alone is mostly luck.
// [Choose] says what is significant. The test takes gains as normal with the
// correlation that days in common give them, which a handful of origins can't check:
// its 5 % are of a series, so that among many series one in twenty may lose a default
// that is as good.
//
// Members of a combination count alike. Weights by the inverse of their squared errors at
// four origins (Bates & Granger, Operational Research Quarterly 20, 1969), also half way
// to equal ones, forecast the monthly and quarterly series of M3 less well and daily sets
// hardly better: such weights are estimates themselves, whose errors cost more than they
// gain (Smith & Wallis, Oxford Bulletin of Economics and Statistics 71, 2009).
//
// The baselines, naive and seasonal_naive, are what their definitions say, of all values as
// they are: errors relative to them are comparable with those of others. What may be
// published in their place is calendar_naive, which knows special days and leaves mistakes
// out.
//
// The error of the method that was chosen, at the origins that chose it, is lower
// than what it will have: only origins after the choice are an honest measure.
package selection

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/weekday"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/arima"
	"github.com/daybatch/daybatch/forecast/model/ces"
	"github.com/daybatch/daybatch/forecast/model/ets"
	"github.com/daybatch/daybatch/forecast/model/intermittent"
	"github.com/daybatch/daybatch/forecast/model/mstl"
	"github.com/daybatch/daybatch/forecast/model/naive"
	"github.com/daybatch/daybatch/forecast/model/theta"
	"github.com/daybatch/daybatch/forecast/model/yearly"
	"github.com/daybatch/daybatch/forecast/series"
)

// Names of the methods.
const (
	Auto          = "auto"           // daybatch chooses the candidates
	SeasonalNaive = "seasonal_naive" // the last season as it was: no calendar, mistakes too
	Naive         = "naive"          // the last value, likewise
	CalendarNaive = "calendar_naive" // the last season without its mistakes, with special days
	Mean          = "mean"
	Drift         = "drift"
	ETS           = "ets" // with a season longer than a day of hours that of MSTL
	ARIMA         = "arima"
	CES           = "ces"        // complex exponential smoothing
	MSTL          = "mstl"       // loess decomposition and ETS
	MSTLARIMA     = "mstl_arima" // and ARIMA; only where a project names it
	MSTLAR        = "mstl_ar"    // and autoregression, for hourly data
	Theta         = "theta"
	ThetaStandard = "theta_standard"
	Ensemble      = "ensemble"       // mean of ETS, Theta and CES
	EnsembleDaily = "ensemble_daily" // middle of ETS, CES, Theta and, with two years of history, regression
	EnsembleLong  = "ensemble_long"  // mean of MSTLAR, Theta and CES, for a season longer than ETS has states for
	Best          = "best"           // middle of ETS, ARIMA, Theta and CES
	Regression    = "regression"     // on weekday, trend and year; needs two years
	SES           = "ses"            // simple exponential smoothing, ets(ANN)
	Holt          = "holt"           // with a linear trend, ets(AAN)
	Damped        = "damped"         // with a damped trend, ets(AAdN)
	WeekdaySES    = "weekday_ses"    // smoothed level times weekday profile, for short series
	TSB           = "tsb"            // times weekday profile, for intermittent demand
	TSBPlain      = "tsb_plain"
	Croston       = "croston"
	SBA           = "sba"   // Croston without its bias
	ADIDA         = "adida" // sums over blocks, for demand without a weekly pattern
	IMAPA         = "imapa" // the same over blocks of several lengths
	Zero          = "zero"  // for series without demand
)

// Names returns the methods that a project may name as candidates.
func Names() []string {
	return []string{
		Auto, SeasonalNaive, CalendarNaive, Naive, Mean, Drift, ETS, ARIMA, CES, MSTL, MSTLARIMA, MSTLAR, Theta, ThetaStandard, Regression,
		Ensemble, EnsembleDaily, EnsembleLong, Best, SES, Holt, Damped, WeekdaySES,
		TSB, TSBPlain, Croston, SBA, ADIDA, IMAPA,
	}
}

// Check returns an error if one of the names is neither a method, which are then
// listed, nor a method with options.
func Check(names []string) error {
	for _, name := range names {
		if strings.Contains(name, "(") {
			if _, err := variantOf(name); err != nil {
				return err
			}
			continue
		}
		if !slices.Contains(Names(), name) {
			return fmt.Errorf("model %q is unknown: known are %s", name, strings.Join(Names(), ", "))
		}
	}
	return nil
}

const (
	daysOfWeek = 7
	daysOfYear = 365
)

// Set is what a class of demand may choose from.
type Set struct {
	// Default is chosen unless another is clearly better.
	Default string
	// Choices are the methods that may be chosen, the default first.
	Choices []string
}

// hoursOfDay is the season of a day in hours, and also the longest that a smoother has
// seasonal states for.
const hoursOfDay = 24

// withinDay tells whether a season is that of a day in hours, or in equal parts of
// them, or of several days.
func withinDay(period int) bool { return period > 0 && period%hoursOfDay == 0 }

// SetFor returns the choices of a class of demand with the given seasons in
// observations, ascending, the main one first; none, or one of 1, if it has no season.
// The project's names replace those of the classes whose demand can be modelled, where
// it names any but auto; the other classes have one method each.
//
// The smoothers know the main season alone, and few states of it. What has several
// seasons, or one within the day, is decomposed by default. The exception is daily
// demand, whose year is a regression's: there a longer season adds a choice. ARIMA is a
// fourth member where series are short, of months, quarters or years: it forecasts M3 and
// macroeconomic series of the United States better with it, and of daily demand it costs
// more than all others together.
func SetFor(class series.Class, seasons []int, names []string) Set {
	period, several := 1, len(seasons) > 1
	if len(seasons) > 0 {
		period = seasons[0]
	}
	switch class {
	case series.ClassNoData, series.ClassAllZero, series.ClassDead:
		return Set{Default: Zero, Choices: []string{Zero}}
	case series.ClassConstant:
		return Set{Default: Naive, Choices: []string{Naive}}
	case series.ClassShort:
		if period != daysOfWeek && !withinDay(period) { // the panel's profile is of weekdays
			return Set{Default: Best, Choices: []string{Best}}
		}
		return Set{Default: WeekdaySES, Choices: []string{WeekdaySES}}
	case series.ClassIntermittent:
		switch {
		case period == daysOfWeek:
			return set(names, TSB, EnsembleDaily, WeekdaySES, Mean)
		case withinDay(period): // the nights of hourly demand are no chance
			return set(names, MSTLAR, CalendarNaive, IMAPA)
		}
		return set(names, IMAPA, ADIDA, TSBPlain, WeekdaySES, Mean) // no weekday is a closed one
	case series.ClassDaily:
		own := []string{EnsembleDaily, ETS, CES, Theta, Regression, CalendarNaive}
		if slices.ContainsFunc(seasons, func(m int) bool { return m != daysOfWeek && m != daysOfYear }) {
			own = append(own, MSTL)
		}
		return set(names, own...)
	case series.ClassOther:
		switch {
		case several, withinDay(period):
			return set(names, MSTLAR, MSTL, CalendarNaive)
		case period > hoursOfDay:
			return set(names, EnsembleLong, Theta, CES, CalendarNaive, MSTL, MSTLAR)
		}
		return set(names, Best, ETS, ARIMA, Theta, CES, CalendarNaive)
	}
	return set(names, CalendarNaive)
}

// set puts the class' default first among the choices. Without it among the
// project's names the first of those is the default.
func set(names []string, own ...string) Set {
	if len(names) == 0 || slices.Contains(names, Auto) {
		for _, name := range names {
			if name != Auto && !slices.Contains(own, name) {
				own = append(own, name)
			}
		}
		return Set{Default: own[0], Choices: own}
	}
	choices := slices.Clone(names)
	if at := slices.Index(choices, own[0]); at > 0 {
		choices = slices.Insert(slices.Delete(choices, at, at+1), 0, own[0])
	}
	return Set{Default: choices[0], Choices: choices}
}

// Candidates returns what must be forecast so that the named methods can be
// compared or used: the methods, in the catalogue's order, and the members of
// those that combine others. A [Variant] comes behind its method's place.
func Candidates(names ...string) []backtest.Candidate {
	needed := slices.Clone(names)
	all := catalogue()
	for _, candidate := range all {
		if slices.Contains(names, candidate.Name) {
			needed = append(needed, candidate.Members()...)
		}
	}
	var candidates []backtest.Candidate
	for _, candidate := range all {
		if slices.Contains(needed, candidate.Name) {
			candidates = append(candidates, candidate)
		}
		candidates = append(candidates, variants(candidate.Name, names)...)
	}
	return candidates
}

// catalogue returns all methods; a combination comes after its members.
func catalogue() []backtest.Candidate {
	return []backtest.Candidate{
		backtest.Of(Zero, zero{}),
		backtest.Baseline(Naive, naive.New()),
		backtest.Of(Mean, naive.NewMean()),
		backtest.Of(Drift, naive.NewDrift()),
		backtest.Baseline(SeasonalNaive, naive.NewSeasonal()),
		backtest.Of(CalendarNaive, naive.NewSeasonal()),
		{Name: WeekdaySES, New: func(g backtest.Group) model.Model { return weekday.NewSES(g.Week) }},
		backtest.Of(TSB, weekday.NewTSB()),
		backtest.Of(TSBPlain, intermittent.NewTSB()),
		backtest.Of(Croston, intermittent.NewCroston()),
		backtest.Of(SBA, intermittent.NewSBA()),
		backtest.Of(ADIDA, intermittent.NewADIDA()),
		backtest.Of(IMAPA, intermittent.NewIMAPA()),
		backtest.Of(ETS, bySeason{few: ets.New(), many: mstl.New()}),
		backtest.Of(SES, textbook("ANN")),
		backtest.Of(Holt, textbook("AAN")),
		backtest.Of(Damped, textbook("AAdN")),
		backtest.Of(ARIMA, lasting{arima.New()}),
		backtest.Of(CES, lasting{yearly.Over(ces.New())}),
		backtest.Of(MSTL, mstl.New()),
		backtest.Of(MSTLARIMA, mstl.NewWith(arima.New())),
		backtest.Of(MSTLAR, mstl.NewAR()),
		backtest.Of(Theta, lasting{yearly.Over(theta.New())}),
		backtest.Of(ThetaStandard, theta.NewStandard()),
		backtest.Of(Regression, yearly.New()),
		{Name: Ensemble, Mean: []string{ETS, Theta, CES}},
		{Name: EnsembleDaily, Mean: []string{ETS, CES, Theta, Regression}},
		{Name: EnsembleLong, Mean: []string{MSTLAR, Theta, CES}},
		{Name: Best, Mean: []string{ETS, ARIMA, Theta, CES}},
	}
}

// bySeason is a method with few states of a season, and another one for a longer season
// and a history of several. It has the name of the first.
type bySeason struct{ few, many model.Model }

func (b bySeason) Name() string { return b.few.Name() }

func (b bySeason) Fit(y []float64, c model.Context) (model.Fitted, error) {
	if c.Period > hoursOfDay {
		if fitted, err := b.many.Fit(y, c); err == nil {
			return fitted, nil
		}
	}
	return b.few.Fit(y, c) //nolint:wrapcheck // it says what was fitted
}

// lasting is a method for a history of at least leastTrend observations.
type lasting struct{ model.Model }

// leastTrend is how many observations show a trend, or say which order of many is
// likely. Of four to seven these methods carried on in the training parts of M3 what
// was chance.
const leastTrend = 8

func (l lasting) Fit(y []float64, c model.Context) (model.Fitted, error) {
	observed := 0
	for _, v := range y {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			observed++
		}
	}
	if observed < leastTrend {
		return nil, fmt.Errorf("fit %s: %w: %d of %d observations", l.Name(), model.ErrTooShort, observed, leastTrend)
	}
	return l.Model.Fit(y, c) //nolint:wrapcheck // it names the method
}

// textbook returns the form of exponential smoothing that has a name of its own (Hyndman,
// Koehler, Ord & Snyder, Forecasting with Exponential Smoothing, 2008, section 2.5).
func textbook(form string) model.Model {
	m, err := ets.NewForm(form)
	if err != nil {
		panic(err) // the forms are ours
	}
	return m
}

// zero forecasts no demand.
type zero struct{}

func (zero) Name() string { return Zero }

func (zero) Fit([]float64, model.Context) (model.Fitted, error) { return zero{}, nil }

func (zero) Predict(h int) []float64 { return make([]float64, max(0, h)) }

func (zero) Append([]float64) {}

func (zero) Description() model.Description { return model.Description{Form: Zero} }
