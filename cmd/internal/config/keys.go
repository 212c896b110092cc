package config

import (
	"math"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/selection"
)

// key is one key of the project file.
type key struct {
	path     string
	standard string // what holds if nobody says otherwise, as in the file; empty: nothing
	doc      string
	read     func(*Config, value)
}

// maxHistory is the longest history in days: a century.
const maxHistory = 36_525

// keys returns all keys, in the order that explains them best.
func keys() []key {
	return slices.Concat(pipelineKeys(), sourceKeys(), forecastKeys(), gateKeys(), operationKeys(), sageMakerKeys())
}

func pipelineKeys() []key {
	return []key{
		{
			path: "pipeline", doc: "name of the pipeline",
			read: func(c *Config, v value) { c.Definition.Pipeline = v.name() },
		},
		{
			path: "engine", standard: EngineLocal, doc: "what runs it: local or sagemaker",
			read: func(c *Config, v value) { c.Engine = v.oneOf(EngineLocal, EngineSageMaker) },
		},
		{
			path: "timezone", standard: "UTC", doc: "IANA name of the zone that the schedule and the dates are in",
			read: func(c *Config, v value) { c.Definition.Timezone = v.zone() },
		},
		{
			path: "schedule", doc: "when dates become due: cron(0 6 * * ? *) or rate(1 day); without it a date is due when it is over",
			read: func(c *Config, v value) { c.Definition.Schedule = v.schedule() },
		},
		{
			path: "lag_days", standard: "1", doc: "days from the business date to the date of the firing",
			read: func(c *Config, v value) { c.Definition.LagDays = v.integer(0, 366) },
		},
		{
			path: "late_after", doc: "clock time of the due day after which a date without a forecast is late",
			read: func(c *Config, v value) { c.Definition.LateAfter = v.clock() },
		},
		{
			path: "start", doc: "first date that is owed",
			read: func(c *Config, v value) { c.Definition.Start = v.date() },
		},
		{
			path: "end", doc: "last date that is owed; without it there is no end",
			read: func(c *Config, v value) { c.Definition.End = v.date() },
		},
		{
			path: "closed.weekdays", doc: "weekdays that are not owed, for example [Sat, Sun]",
			read: func(c *Config, v value) { c.Definition.Closed.Weekdays = v.weekdays() },
		},
		{
			path: "closed.holidays", doc: "country whose public holidays are not owed, one of those of forecast.holidays",
			read: func(c *Config, v value) { c.Definition.Closed.Holidays = v.country() },
		},
		{
			path: "closed.dates", doc: "further dates that are not owed",
			read: func(c *Config, v value) { c.Definition.Closed.Dates = v.dates() },
		},
		{
			path: "catch_up", standard: string(forecast.CatchUpLatest), doc: "dates that became due while nothing served: all, latest or none of them are run",
			read: func(c *Config, v value) {
				c.Definition.CatchUp = forecast.CatchUp(v.oneOf(string(forecast.CatchUpAll), string(forecast.CatchUpLatest), string(forecast.CatchUpNone)))
			},
		},
		{
			path: "production", standard: "false", doc: "changes ask for the pipeline's name",
			read: func(c *Config, v value) { c.Definition.Production = v.boolean() },
		},
	}
}

func sourceKeys() []key {
	return []key{
		{
			path: "source.files", doc: "views over CSV or Parquet files: name to path or glob, relative to the project",
			read: func(c *Config, v value) { c.Definition.Source.Files = v.files() },
		},
		{
			path: "source.query", standard: "sql/extract.sql", doc: "file of the extract query; {{.From}} and {{.Date}} are bound",
			read: func(c *Config, v value) { c.Definition.Source.Path = v.text() },
		},
		{
			path: "source.series", standard: "[]", doc: "columns that identify a series; none: the data is one series",
			read: func(c *Config, v value) { c.Definition.Source.Series = v.texts() },
		},
		{
			path: "source.time", doc: "column of the date",
			read: func(c *Config, v value) { c.Definition.Source.Time = v.text() },
		},
		{
			path: "source.date_format", doc: "how CSV files write dates that are not YYYY-MM-DD, for example DD/MM/YYYY; without it each file is judged by itself, and one that can be read in two ways is refused",
			read: func(c *Config, v value) { c.Definition.Source.DateFormat = v.pattern() },
		},
		{
			path: "source.value", doc: "column of the value",
			read: func(c *Config, v value) { c.Definition.Source.Value = v.text() },
		},
		{
			path: "source.history_days", standard: "1095", doc: "days up to and including the date that {{.From}} opens",
			read: func(c *Config, v value) { c.Definition.Source.HistoryDays = v.integer(1, maxHistory) },
		},
		{
			path: "source.min_rows", standard: "0.5", doc: "least rows of the date, as a share of the median of the 28 dates before",
			read: func(c *Config, v value) { c.Definition.Source.MinRows = v.number(0, 1) },
		},
	}
}

func forecastKeys() []key {
	return []key{
		{
			path: "forecast.horizon", standard: "28", doc: "days to forecast",
			read: func(c *Config, v value) { c.Definition.Forecast.Horizon = v.integer(1, 366) },
		},
		{
			path: "forecast.season", standard: "[7]", doc: "seasonal periods in days, ascending; the first is that of all methods, those of mstl use the longer ones too, for example [7, 365.25]; [] for none",
			read: func(c *Config, v value) { c.Definition.Forecast.Season = v.season() },
		},
		{
			path: "forecast.holidays", doc: "country of the public holidays: " + strings.Join(calendar.Countries(), ", "),
			read: func(c *Config, v value) { c.Definition.Forecast.Holidays = v.country() },
		},
		{
			path: "forecast.days", doc: "the project's own special days: a list of {date, class} or {from, to, class}; one with series: {column: value or list} is of the series that have the value in the column of source.series",
			read: func(c *Config, v value) { v.specialDays(&c.Definition.Forecast, c.Definition.Source.Series) },
		},
		{
			path: "forecast.models", standard: "auto", doc: modelDoc(),
			read: func(c *Config, v value) { c.Definition.Forecast.Models = v.models() },
		},
		{
			path: "forecast.levels", standard: "[80, 95]", doc: "prediction intervals in percent, ascending",
			read: func(c *Config, v value) { c.Definition.Forecast.Levels = v.levels() },
		},
		{
			path: "forecast.origins", standard: "4", doc: "rolling origins that models are chosen and judged by",
			read: func(c *Config, v value) { c.Definition.Forecast.Origins = v.integer(1, 60) },
		},
		{
			path: "forecast.seed", standard: "1", doc: "seed of simulations; the same seed gives the same forecast",
			read: func(c *Config, v value) { c.Definition.Forecast.Seed = uint64(v.integer(0, math.MaxInt)) },
		},
	}
}

// modelDoc says which models there are, and which options they have.
func modelDoc() string {
	doc := "candidates: " + strings.Join(selection.Names(), ", ")
	var options []string
	for _, name := range selection.Names() {
		if known := selection.OptionsOf(name); len(known) > 0 {
			options = append(options, name+" has "+strings.Join(known, " and "))
		}
	}
	return doc + ". One with options is a mapping such as {name: ets, form: AAdA}, or its name ets(AAdA): " + strings.Join(options, "; ")
}

func gateKeys() []key {
	return []key{
		{
			path: "gate.wape", doc: "highest weighted absolute percentage error, as a share",
			read: func(c *Config, v value) { c.Definition.Gate.WAPE = v.positive() },
		},
		{
			path: "gate.mase", doc: "highest mean absolute scaled error",
			read: func(c *Config, v value) { c.Definition.Gate.MASE = v.positive() },
		},
		{
			path: "gate.versus", doc: "baseline that must not be significantly better: " + strings.Join(baselines(), " or "),
			read: func(c *Config, v value) { c.Definition.Gate.Versus = v.oneOf(baselines()...) },
		},
		{
			path: "gate.strict", standard: "false", doc: "a gate with too little evidence fails",
			read: func(c *Config, v value) { c.Definition.Gate.Strict = v.boolean() },
		},
	}
}

func operationKeys() []key {
	return []key{
		{
			path: "target.table", doc: "table of the forecasts; by default the pipeline's name and _forecast",
			read: func(c *Config, v value) { c.Definition.Target.Table = v.table() },
		},
		{
			path: "target.path", standard: "lake", doc: "directory of the tables, relative to the project",
			read: func(c *Config, v value) { c.Definition.Target.Path = v.text() },
		},
		{
			path: "steps", doc: "own commands and limits of steps: {train: {command: [...], timeout: 1h, retries: 2, backoff: 30s, memory: 2GiB}}; without memory, DuckDB takes half of the machine, shared by limits.max_active",
			read: func(c *Config, v value) { c.Definition.Steps = v.steps() },
		},
		{
			path: "limits.max_active", standard: "2", doc: "dates at once",
			read: func(c *Config, v value) { c.Definition.Limits.MaxActive = v.integer(1, 64) },
		},
		{
			path: "limits.max_failures", standard: "5", doc: "failed dates after which a plan pauses; 0: never",
			read: func(c *Config, v value) { c.Definition.Limits.MaxFailures = v.integer(0, math.MaxInt) },
		},
		{
			path: "limits.stop_grace", standard: "10s", doc: "from asking a step to end to killing it",
			read: func(c *Config, v value) { c.Definition.Limits.StopGrace = v.duration() },
		},
		{
			path: "limits.keep", standard: "2", doc: "older generations kept per date",
			read: func(c *Config, v value) { c.Definition.Limits.Keep = v.integer(0, 1000) },
		},
		{
			path: "limits.stale_days", standard: "3", doc: "newest dates of which it is looked whether their inputs changed since; 0: none",
			read: func(c *Config, v value) { c.Definition.Limits.StaleDays = v.integer(0, 366) },
		},
		{
			path: "limits.fallback_days", standard: "7", doc: "how many days old a forecast may be that fills another date; an older one gives way to the same weekdays of the latest data",
			read: func(c *Config, v value) { c.Definition.Limits.FallbackDays = v.integer(1, 28) },
		},
		{
			path: "limits.chunk", standard: "10", doc: "dates of a plan that one process, on SageMaker one machine, works through, one after the other; 1: each step of each date has a process of its own, on SageMaker each date its machines",
			read: func(c *Config, v value) { c.Definition.Limits.Chunk = v.integer(1, 1000) },
		},
		{
			path: "limits.reserved", standard: "1", doc: "slots of max_active kept for the daily run while it is due or about to be",
			read: func(c *Config, v value) { c.Definition.Limits.Reserved = v.integer(0, 64) },
		},
		{
			path: "on_missing", standard: "nothing", doc: "what readers see of a date that failed, was gated, or has no forecast of its own at late_after: nothing, or fallback, the last good forecast, marked as such",
			read: func(c *Config, v value) {
				if v.oneOf("fallback", "nothing") == "fallback" {
					c.Definition.OnMissing = forecast.OnMissingFallback
				}
			},
		},
		{
			path: "notify", doc: "who is told what: for failed, gated, late, recovered, backfill and drift a list of addresses (slack://..., smtp://..., https://...) and {command: [...]}; ${NAME} is taken from the environment",
			read: func(c *Config, v value) { c.Notify = v.notify(c.environ) },
		},
		{
			path: "refresh", doc: "brings the dashboard up to date after a publish, once for a backfill: {command: [...]} or {webhook: URL}",
			read: func(c *Config, v value) { c.Refresh = v.refresh(c.environ) },
		},
	}
}

// baselines returns the names that gate.versus may have.
func baselines() []string { return []string{selection.SeasonalNaive} }

// stepName returns the step whose name is written in any case, with or without
// underscores and hyphens.
func stepName(text string, steps []forecast.StepName) (forecast.StepName, bool) {
	bare := strings.NewReplacer("_", "", "-", "")
	for _, name := range steps {
		if strings.EqualFold(bare.Replace(text), bare.Replace(string(name))) {
			return name, true
		}
	}
	return "", false
}

// StepName returns the step of a pipeline that text names: Train, train,
// TrainEvaluation, train_evaluation and train-evaluation are read alike.
func StepName(text string, steps []forecast.StepName) (forecast.StepName, error) {
	if slices.Contains(steps, forecast.StepName(text)) {
		return forecast.StepName(text), nil // whatever is like it
	}
	if name, ok := stepName(text, steps); ok {
		return name, nil
	}
	var names []string
	for _, name := range steps {
		names = append(names, string(name))
	}
	return "", unknown("step", text, names)
}

// widest is the longest range of special days that is spelled out.
const widest = calendar.Date(3660)
