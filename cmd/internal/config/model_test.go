package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
)

func TestModelsWithOptions(t *testing.T) {
	t.Parallel()
	got, err := load(t, minimal+`
forecast:
  models:
    - ets
    - name: ets
      form: AAdA
    - {name: ces, form: P}
    - {name: arima, order: [1, 1, 1], seasonal: [0, 1, 1]}
    - {order: [2, 0, 0], name: arima, seasonal: [0, 0, 0]}
    - {name: croston, alpha: .2}
    - {name: tsb, alpha: 0.10, beta: 5e-2}
    - {name: theta}
    - sba(alpha=0.3)
    - {name: theta, theta: 2}
    - {name: theta, season: additive, theta: 1.5}
    - {name: theta_standard, season: none}
    - {name: adida, alpha: .2}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"ets", "ets(AAdA)", "ces(P)", "arima(1,1,1)(0,1,1)", "arima(2,0,0)",
		"croston(alpha=0.2)", "tsb(alpha=0.1,beta=0.05)", "theta", "sba(alpha=0.3)",
		"theta(theta=2)", "theta(theta=1.5,season=additive)", "theta_standard(season=none)", "adida(alpha=0.2)",
	}
	if diff := cmp.Diff(want, got.Definition.Forecast.Models); diff != "" {
		t.Errorf("models (-want +got):\n%s", diff)
	}
}

// An option is part of what an execution runs.
func TestOptionsChangeTheHash(t *testing.T) {
	t.Parallel()
	hashes := map[string]string{}
	for _, models := range []string{"[ets]", "[{name: ets, form: ANA}]", "[{name: ets, form: MNA}]"} {
		got, err := load(t, minimal+"forecast: {models: "+models+"}\n")
		if err != nil {
			t.Fatal(err)
		}
		hash := hashOf(t, got.Definition)
		if other, twice := hashes[hash]; twice {
			t.Errorf("models %s and %s have the same hash", models, other)
		}
		hashes[hash] = models
	}
}

func hashOf(t *testing.T, d forecast.Definition) string {
	t.Helper()
	hash, err := d.Hash()
	if err != nil {
		t.Fatal(err)
	}
	return hash
}
