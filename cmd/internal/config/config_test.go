package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
)

const query = "SELECT * FROM orders WHERE ds BETWEEN {{.From}} AND {{ .Date }}"

// minimal is a project that says no more than it has to.
const minimal = `pipeline: demand-daily
source: {files: {orders: data/*.csv}, time: ds, value: orders}
`

func load(t *testing.T, text string, environ ...string) (config.Config, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "sql"), 0o750); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"daybatch.yaml": text, "sql/extract.sql": query} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config.Load(dir, environ) //nolint:wrapcheck // the test wants it as it is
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	got, err := load(t, minimal)
	if err != nil {
		t.Fatal(err)
	}
	want := forecast.Definition{
		Pipeline: "demand-daily", Timezone: "UTC", LagDays: 1, CatchUp: forecast.CatchUpLatest,
		Source: forecast.Source{
			Files: map[string]string{"orders": "data/*.csv"}, Query: query, Path: "sql/extract.sql",
			Time: "ds", Value: "orders", HistoryDays: 1095, MinRows: 0.5,
		},
		Forecast: forecast.Settings{
			Horizon: 28, Season: []float64{7}, Models: []string{"auto"}, Levels: []int{80, 95}, Origins: 4, Seed: 1,
		},
		Target: forecast.Target{Table: "demand_daily_forecast", Path: "lake"},
		Limits: forecast.Limits{MaxActive: 2, MaxFailures: 5, StopGrace: 10 * time.Second, Keep: 2, Reserved: 1, Chunk: 10, StaleDays: 3, FallbackDays: 7},
	}
	if diff := cmp.Diff(want, got.Definition); diff != "" {
		t.Errorf("definition of the least project (-want +got):\n%s", diff)
	}
	if got.Engine != config.EngineLocal {
		t.Errorf("engine = %s; want local", got.Engine)
	}
}

func TestAllKeys(t *testing.T) {
	t.Parallel()
	got, err := load(t, `
pipeline: demand-daily
engine: local
timezone: Asia/Tokyo
schedule: cron(0 6 * * ? *)
lag_days: 2
late_after: 09:00
start: 2026-01-01
end: 2026-12-31
production: true
closed: {weekdays: [sat, Sunday], holidays: JP, dates: [2026-08-14]}
catch_up: all
limits: {max_active: 4, reserved: 2, max_failures: 0, stop_grace: 1m30s, keep: 0, chunk: 5, stale_days: 9, fallback_days: 10}
source:
  files: &files {orders: data/orders/*.parquet}
  query: sql/extract.sql
  series: [vehicle, region]
  time: ds
  value: orders
  history_days: 730
  min_rows: 0
forecast:
  horizon: 14
  season: [7, 365.25]
  holidays: JP
  models: [ets, theta]
  levels: [50, 80]
  origins: 6
  seed: 42
  days:
    - {from: 2026-02-01, to: 2026-02-02, class: promotion}
    - {date: 2026-03-01, class: closure}
    - {date: 2026-03-02, class: closure, series: {vehicle: van, region: [north, 7]}}
    - from: 2026-03-02
      to: 2026-03-04
      class: promotion
      series: {region: [south]}
gate: {wape: 0.35, mase: 1, versus: seasonal_naive, strict: true}
target: {table: demand_forecast, path: lake}
on_missing: fallback
steps:
  train: {command: [python, train.py], timeout: 1h, retries: 2, backoff: 30s, memory: 2GiB}
  train_evaluation: {timeout: 10m}
  PreProc: {retries: 1}
  predict: {memory: 1.5 gb}
notify: {failed: ["slack://${TOKEN}@x", {command: [ring, bell]}], late: "https://example.org/${ABSENT}"}
refresh: {webhook: "https://example.org/${TOKEN}"}
sagemaker:
  region: ap-northeast-1
  profile: prod
  endpoint: http://127.0.0.1:4566
  bucket: example-forecast
  prefix: batches/demand
  role: arn:aws:iam::123456789012:role/daybatch-job
  scheduler_role: arn:aws:iam::123456789012:role/daybatch-scheduler
  image: 123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/daybatch:1.0
  layout: steps
  train_as: processing
  instance: ml.m5.large
  volume_gb: 50
  max_runtime: 2h
  steps: {train: {instance: ml.m5.4xlarge, volume_gb: 100, instances: 1, max_runtime: 12h}}
  prices: {ml.m5.large: 0.149}
  database: forecasts
  workgroup: batches
  source_queries: 3
  live_tail: true
  runs_days: 14
  topic: alerts
  dashboard: {account: "999999999999", data_set: demand}
  foreign: {pipeline: theirs, date_parameter: ProcessDate, date_format: YYYYMMDD}
`, "TOKEN=s3cret")
	if err != nil {
		t.Fatal(err)
	}
	d := got.Definition
	steps := map[forecast.StepName]forecast.StepOptions{
		forecast.Train:           {Command: []string{"python", "train.py"}, Timeout: time.Hour, Retries: 2, Backoff: 30 * time.Second, Memory: 2 << 30},
		forecast.TrainEvaluation: {Timeout: 10 * time.Minute},
		forecast.PreProc:         {Retries: 1},
		forecast.Predict:         {Memory: 1_500_000_000},
	}
	if diff := cmp.Diff(steps, d.Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	days := map[calendar.Date]string{
		calendar.Of(2026, 2, 1): "promotion", calendar.Of(2026, 2, 2): "promotion", calendar.Of(2026, 3, 1): "closure",
	}
	if diff := cmp.Diff(days, d.Forecast.Days); diff != "" {
		t.Errorf("special days (-want +got):\n%s", diff)
	}
	ofSeries := []forecast.SeriesDays{
		{Dates: calendar.Range{From: calendar.Of(2026, 3, 2), To: calendar.Of(2026, 3, 2)}, Class: "closure", Series: map[string][]string{"vehicle": {"van"}, "region": {"north", "7"}}},
		{Dates: calendar.Range{From: calendar.Of(2026, 3, 2), To: calendar.Of(2026, 3, 4)}, Class: "promotion", Series: map[string][]string{"region": {"south"}}},
	}
	if diff := cmp.Diff(ofSeries, d.Forecast.SeriesDays); diff != "" {
		t.Errorf("special days of series (-want +got):\n%s", diff)
	}
	closed := forecast.Closed{
		Weekdays: []time.Weekday{time.Saturday, time.Sunday}, Holidays: "JP", Dates: []calendar.Date{calendar.Of(2026, 8, 14)},
	}
	if diff := cmp.Diff(closed, d.Closed); diff != "" || d.CatchUp != forecast.CatchUpAll {
		t.Errorf("catch up = %s, closed days (-want +got):\n%s", d.CatchUp, diff)
	}
	limits := forecast.Limits{MaxActive: 4, StopGrace: 90 * time.Second, Reserved: 2, Chunk: 5, StaleDays: 9, FallbackDays: 10}
	if diff := cmp.Diff(limits, d.Limits); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
	channels := map[alert.Kind][]alert.Channel{
		alert.Failed: {{Name: "notify.failed[0]", URL: "slack://s3cret@x"}, {Name: "notify.failed[1]", Command: []string{"ring", "bell"}}},
		alert.Late:   {{Name: "notify.late[0]", URL: "https://example.org/", Lacks: "ABSENT"}},
	}
	if diff := cmp.Diff(channels, got.Notify); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
	if want := (alert.Channel{Name: "refresh", URL: "https://example.org/s3cret"}); got.Refresh == nil || !cmp.Equal(want, *got.Refresh) {
		t.Errorf("refresh = %+v; want %+v", got.Refresh, want)
	}
	if len(got.Warnings) != 0 || d.OnMissing != forecast.OnMissingFallback {
		t.Errorf("warnings = %q, on_missing %q; want none and fallback", got.Warnings, d.OnMissing)
	}
	account := settings.Settings{
		Region: "ap-northeast-1", Profile: "prod", Endpoint: "http://127.0.0.1:4566", Bucket: "example-forecast", Prefix: "batches/demand",
		Role: jobRole, SchedulerRole: "arn:aws:iam::123456789012:role/daybatch-scheduler",
		Image: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/daybatch:1.0", Layout: settings.LayoutSteps, TrainAs: settings.TrainAsProcessing,
		Machine:  settings.Machine{Instance: "ml.m5.large", VolumeGB: 50, MaxRuntime: 2 * time.Hour},
		Steps:    map[forecast.StepName]settings.Machine{forecast.Train: {Instance: "ml.m5.4xlarge", VolumeGB: 100, Instances: 1, MaxRuntime: 12 * time.Hour}},
		Database: "forecasts", Workgroup: "batches", LiveTail: true, RunsDays: 14, SourceQueries: 3, Topic: "alerts", Dashboard: settings.Dashboard{Account: "999999999999", DataSet: "demand"},
		Prices:  settings.WithPrices(map[string]float64{"ml.m5.large": 0.149}),
		Foreign: settings.Foreign{Pipeline: "theirs", DateParameter: "ProcessDate", DateFormat: "YYYYMMDD"},
	}
	if diff := cmp.Diff(account, got.SageMaker); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
	for _, setting := range got.Settings {
		if strings.Contains(setting.Value, "s3cret") {
			t.Errorf("setting %s shows a secret: %s", setting.Key, setting.Value)
		}
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ add, want string }{
		"unknown key":         {"tagret: {table: x}", "daybatch.yaml:3:1: tagret: unknown key; did you mean target?"},
		"unknown key far off": {"wibble: 1", "daybatch.yaml:3:1: wibble: unknown key; there are pipeline, engine,"},
		"key of elsewhere":    {"wape: 0.3", "wape: unknown key; did you mean gate.wape?"},
		"key in wrong group":  {"gate: {horizon: 3}", "daybatch.yaml:3:8: gate.horizon: unknown key here; it belongs under forecast"},
		"twice":               {"pipeline: b", "daybatch.yaml:3:1: mapping key \"pipeline\" already defined"},
		"number as text":      {"lag_days: '1'", `lag_days: is the text "1", must be a whole number`},
		"fraction":            {"lag_days: 1.5", "lag_days: is the number 1.5, must be a whole number"},
		"truth":               {"production: yes", `production: is the text "yes", must be true or false`},
		"range":               {"forecast: {horizon: 0}", "forecast.horizon: is 0, must be from 1 to 366"},
		"level":               {"forecast: {levels: [80, 100]}", "forecast.levels[1]: is 100, must be from 1 to 99"},
		"season of a day":     {"forecast: {season: [1]}", "daybatch.yaml:3:21: forecast.season[0]: is 1, must be from 2 to"},
		"seasons backwards":   {"forecast: {season: [365.25, 7]}", "daybatch.yaml:3:29: forecast.season[1]: seasons must ascend by whole days: 7 comes after 365.25"},
		"seasons of one day":  {"forecast: {season: [7, 7.25]}", "forecast.season[1]: seasons must ascend by whole days: 7.25 comes after 7"},
		"no levels":           {"forecast: {levels: []}", "forecast.levels: needs at least one level"},
		"duration":            {"limits: {stop_grace: 10}", "limits.stop_grace: is the number 10, must be a length of time"},
		"negative duration":   {"limits: {stop_grace: -1s}", "limits.stop_grace: is -1s, must not be negative"},
		"gate of nothing":     {"gate: {wape: 0}", "gate.wape: must be above 0"},
		"baseline":            {"gate: {versus: seasonal-naive}", "gate.versus: is \"seasonal-naive\"; did you mean seasonal_naive?"},
		"schedule":            {"schedule: cron(0 6 * * *)", "schedule: "},
		"weekday":             {"closed: {weekdays: [Sat, Caturday]}", `closed.weekdays[1]: is "Caturday", must be a weekday`},
		"weekday twice":       {"closed: {weekdays: [Sat, saturday]}", "closed.weekdays[1]: Saturday is there twice"},
		"every weekday":       {"closed: {weekdays: [Mon, Tue, Wed, Thu, Fri, Sat, Sun]}", "closed.weekdays: no day of the week is left"},
		"holidays of nowhere": {"closed: {holidays: XX}", `closed.holidays: holidays of "XX" are unknown`},
		"policy":              {"catch_up: some", `catch_up: is "some", must be all or latest or none`},
		"clock":               {"late_after: 25:00", `late_after: is "25:00", must be a clock time`},
		"local zone":          {"timezone: Local", `timezone: "Local" is not a time zone`},
		"end before start":    {"start: 2026-02-01\nend: 2026-01-01", "daybatch.yaml:4:6: end: 2026-01-01 is before start, 2026-02-01"},
		"table":               {"target: {table: Demand}", `target.table: "Demand" must be lower-case letters`},
		"empty command":       {"steps: {train: {command: []}}", "steps.train.command: is empty"},
		"memory number":       {"steps: {train: {memory: 2}}", "daybatch.yaml:3:25: steps.train.memory: is the number 2, must be a number of bytes such as 512MiB"},
		"memory unit":         {"steps: {train: {memory: 2GG}}", `steps.train.memory: is the text "2GG", must be a number of bytes`},
		"little memory":       {"steps: {train: {memory: 2MiB}}", "steps.train.memory: is 2MiB, must be at least 64MiB"},
		"endless memory":      {"steps: {train: {memory: 99999999TiB}}", "steps.train.memory: is the text"},
		"negative back-off":   {"steps: {train: {backoff: -1s}}", "steps.train.backoff: is -1s, must not be negative"},
		"step limit":          {"steps: {train: {memoy: 2GiB}}", "steps.train.memoy: unknown key; did you mean memory?"},
		"step twice":          {"steps: {train: {}, Train: {}}", "steps.Train: Train is there twice"},
		"auto and more":       {"forecast: {models: [auto, ets]}", "forecast.models: auto chooses the candidates itself"},
		"form of a model":     {"forecast:\n  models:\n    - name: ets\n      form: AAM", `daybatch.yaml:6:13: forecast.models[0].form: unknown ETS form "AAM": error A or M`},
		"form of CES":         {"forecast: {models: [{name: ces, form: X}]}", `forecast.models[0].form: form "X" of CES is unknown: known are N, S, P, F`},
		"option of no model":  {"forecast: {models: [{form: AAA}]}", "daybatch.yaml:3:21: forecast.models[0]: needs the name of a model"},
		"option of another":   {"forecast: {models: [ets, {name: ets, order: [1, 1, 1]}]}", "daybatch.yaml:3:38: forecast.models[1].order: unknown key; there are name, form"},
		"misspelt option":     {"forecast: {models: [{name: ets, from: AAA}]}", "forecast.models[0].from: unknown key; did you mean form?"},
		"no options":          {"forecast: {models: [{name: ses, form: x}]}", "forecast.models[0].form: ses has no options: write its name alone"},
		"options of nothing":  {"forecast: {models: [{name: etz, form: x}]}", `forecast.models[0].name: model "etz" is not known; did you mean ets?`},
		"two orders":          {"forecast: {models: [{name: arima, order: [1, 1]}]}", "forecast.models[0].order: must be three whole numbers"},
		"order as text":       {"forecast: {models: [{name: arima, order: [1, a, 1]}]}", `forecast.models[0].order[1]: is the text "a", must be a whole number`},
		"high order":          {"forecast: {models: [{name: arima, order: [6, 1, 1]}]}", "forecast.models[0].order[0]: is 6, must be from 0 to 5"},
		"high seasonal order": {"forecast: {models: [{name: arima, order: [1, 1, 1], seasonal: [3, 0, 0]}]}", "forecast.models[0].seasonal[0]: is 3, must be from 0 to 2"},
		"only seasonal":       {"forecast: {models: [{name: arima, seasonal: [0, 1, 1]}]}", "forecast.models[0]: seasonal orders need an order as well"},
		"no smoothing":        {"forecast: {models: [{name: tsb, alpha: 0}]}", "forecast.models[0].alpha: is 0, must be above 0 and at most 1"},
		"small theta":         {"forecast: {models: [{name: theta, theta: 0.5}]}", "forecast.models[0].theta: is 0.5, must be from 1 to"},
		"season of theta":     {"forecast: {models: [{name: theta, season: additve}]}", `forecast.models[0].season: is "additve"; did you mean additive?`},
		"theta of standard":   {"forecast: {models: [{name: theta_standard, theta: 2}]}", "forecast.models[0].theta: unknown key"},
		"much smoothing":      {"forecast: {models: [{name: sba, alpha: 1.5}]}", "forecast.models[0].alpha: is 1.5, must be from 0 to 1"},
		"variant twice":       {"forecast: {models: [{name: ets, form: ANA}, ets(ANA)]}", `forecast.models[1]: "ets(ANA)" is there twice`},
		"model as written":    {"forecast: {models: [ets(AAM)]}", `forecast.models[0]: model "ets(AAM)": unknown ETS form`},
		"days backwards":      {"forecast: {days: [{from: 2026-02-02, to: 2026-02-01, class: x}]}", "from 2026-02-02 is after to 2026-02-01"},
		"days of no column":   {"forecast: {days: [{date: 2026-02-02, class: x, series: {regoin: a}}]}", "the data is one series"},
		"days without class":  {"forecast: {days: [{date: 2026-02-02}]}", "forecast.days[0]: needs a date"},
		"no address":          {"notify: {failed: [mail]}", "notify.failed[0]: must be an address such as slack://"},
		"odd channel":         {"notify: {failed: [{cmd: [x]}]}", "notify.failed[0].cmd: unknown key; there are command, webhook"},
		"empty hook":          {"refresh: {command: []}", "refresh.command: is empty: give the program and its arguments"},
		"odd webhook":         {"refresh: {webhook: ftp://x}", "refresh.webhook: must be an http:// or https:// address"},
		"on_missing":          {"on_missing: fallbak", `on_missing: is "fallbak"; did you mean fallback?`},
		"list for mapping":    {"gate: [1]", "gate: is a list, must be a mapping"},
		"mapping for text":    {"timezone: {a: b}", "timezone: is a mapping, must be text"},
		"alias of nothing":    {"timezone: *zone", "timezone: is an alias of nothing, must be text"},
		"second document":     {"---\na: 1", "daybatch.yaml:4:1: a project file is one YAML document"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, minimal+test.add+"\n")
			if !errors.Is(err, forecast.ErrInvalid) {
				t.Fatalf("load with %q: %v; want an invalid configuration", test.add, err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("load with %q says\n%v\nwant in it\n%s", test.add, err, test.want)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	_, err := load(t, "# nothing\n")
	for _, key := range []string{"pipeline", "source.files", "source.time", "source.value"} {
		if err == nil || !strings.Contains(err.Error(), "daybatch.yaml: "+key+": is missing") {
			t.Errorf("an empty project says %v; want that %s is missing", err, key)
		}
	}
	if _, err := config.Load(t.TempDir(), nil); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("load without a file: %v; want not found", err)
	}
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	got, err := load(t, minimal+"limits: {max_active: 3}\n", "DAYBATCH_LIMITS_KEEP=9", "DAYBATCH_FORECAST_SEASON=[7, 365.25]", "DAYBATCH_GATE_WAPE=")
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{}
	for _, setting := range got.Settings {
		sources[setting.Key] = setting.Value + " from " + setting.Source
	}
	want := map[string]string{
		"limits.max_active":   "3 from daybatch.yaml:3:22",
		"limits.keep":         "9 from DAYBATCH_LIMITS_KEEP",
		"forecast.season":     "[7, 365.25] from DAYBATCH_FORECAST_SEASON",
		"limits.max_failures": "5 from default",
		"gate.wape":           " from default",
	}
	for key, source := range want {
		if sources[key] != source {
			t.Errorf("%s = %q; want %q", key, sources[key], source)
		}
	}
	if got.Definition.Limits.Keep != 9 || got.Definition.Limits.MaxActive != 3 {
		t.Errorf("limits = %+v; want 9 kept and 3 at once", got.Definition.Limits)
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"SELECT 1":                              "does not use {{.Date}}",
		"SELECT '{{.Dat}}' WHERE d < {{.Date}}": "has {{.Dat}}; only {{.Date}} and {{.From}} are bound",
		" \n":                                   "is empty",
		"SELECT * FROM orders WHERE d={{ .Date}}": "",
	} {
		dir := t.TempDir()
		files := map[string]string{
			"daybatch.yaml": strings.Replace(minimal, "time: ds", "query: q.sql, time: ds", 1), "q.sql": text,
		}
		for name, content := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := config.Load(dir, nil)
		if got := err != nil; got != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("query %q says %v; want %q", text, err, want)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(deep, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, config.FileName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := config.Find(deep); got != dir || err != nil {
		t.Errorf("Find(%s) = %s, %v; want %s", deep, got, err, dir)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"days", "steps", "metrics", "forecast"}
	for word, want := range map[string]string{
		"dasy": "days", "step": "steps", "metrcis": "metrics", "forcast": "forecast", "zebra": "", "": "", "x": "",
	} {
		if got := config.Nearest(word, words); got != want {
			t.Errorf("Nearest(%q) = %q; want %q", word, got, want)
		}
	}
}

// FuzzLoad checks that no file makes Load panic, and that what it takes is valid.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{minimal, "a: *a", "a: &a *a", "[", "source: {files: 1}", "steps: {train: {command: x}}", "<<: *x", "? a", "- - -"} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(dir, nil)
		if err != nil {
			if !errors.Is(err, forecast.ErrInvalid) || err.Error() == "" {
				t.Errorf("Load of %q: %v; want what is invalid", text, err)
			}
			return
		}
		if _, err := c.Definition.Zone(); err != nil || c.Definition.Pipeline == "" {
			t.Errorf("Load of %q took %+v; want a valid definition", text, c.Definition)
		}
	})
}
