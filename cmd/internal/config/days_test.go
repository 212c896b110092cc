package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
)

func TestDaysOfSeriesRefused(t *testing.T) {
	t.Parallel()
	const project = `pipeline: demand-daily
source: {files: {orders: data/*.csv}, time: ds, value: orders, series: [vehicle, region]}
forecast:
  days:
    - {date: 2026-02-02, class: promotion, `
	for given, want := range map[string]string{
		"series: {regoin: north}}":          "daybatch.yaml:5:53: forecast.days[0].series.regoin: unknown key; did you mean region?",
		"series: {country: JP}}":            "forecast.days[0].series.country: unknown key; there are vehicle, region",
		"series: {}}":                       "forecast.days[0].series: needs a column of source.series and its values, for example {vehicle: [...]}",
		"series: north}":                    `forecast.days[0].series: is the text "north", must be a mapping of keys to values`,
		"series: {region: []}}":             "forecast.days[0].series.region: needs a value",
		"series: {region: [north, north]}}": `forecast.days[0].series.region[1]: "north" is there twice`,
		"serie: {region: north}}":           "forecast.days[0].serie: unknown key; did you mean series?",
	} {
		_, err := load(t, project+given+"\n")
		if !errors.Is(err, forecast.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("load with %s = %v; want %s", given, err, want)
		}
	}
}

// Days of some series are part of what an execution runs.
func TestDaysOfSeriesChangeTheHash(t *testing.T) {
	t.Parallel()
	hashes := map[string]string{}
	for _, days := range []string{"", ", series: {region: north}", ", series: {region: south}"} {
		got, err := load(t, `pipeline: demand-daily
source: {files: {orders: data/*.csv}, time: ds, value: orders, series: [vehicle, region]}
forecast: {days: [{date: 2026-02-02, class: promotion`+days+"}]}\n")
		if err != nil {
			t.Fatal(err)
		}
		hash := hashOf(t, got.Definition)
		if other, twice := hashes[hash]; twice {
			t.Errorf("days %q and %q have the same hash", days, other)
		}
		hashes[hash] = days
	}
}
