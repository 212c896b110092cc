package definition_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

// root is the module's root.
var root = filepath.Join("..", "..", "..")

var update = flag.Bool("update", false, "write the golden files")

func options(layout settings.Layout) definition.Options {
	return definition.Options{
		Settings: settings.Settings{
			Region: "ap-northeast-1", Bucket: "example-forecast", Prefix: "daybatch/demand-daily",
			Role: "arn:aws:iam::123456789012:role/daybatch-job", Image: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/daybatch:1.0",
			Layout: layout, Machine: settings.Machine{Instance: "ml.m5.xlarge", VolumeGB: 30, MaxRuntime: 6 * time.Hour},
			Steps: map[forecast.StepName]settings.Machine{
				forecast.Extract: {Instance: "ml.m5.large", MaxRuntime: time.Hour},
				forecast.Train:   {Instance: "ml.m5.4xlarge", VolumeGB: 100, MaxRuntime: 12 * time.Hour},
			},
			Database: "daybatch", Workgroup: "primary", Prices: settings.Prices(),
		},
		Definition: forecast.Definition{
			Pipeline: "demand-daily", Timezone: "Asia/Tokyo", LagDays: 1,
			Source: forecast.Source{Query: "SELECT * FROM orders WHERE ds <= {{.Date}}", Series: []string{"vehicle"}, Time: "ds", Value: "orders"},
			Gate:   forecast.Gate{WAPE: 0.35, MASE: 1, Versus: "seasonal_naive"},
		},
	}
}

// TestGolden compares the definitions with those that were looked at, and with
// the rules of the service if its checker is there.
func TestGolden(t *testing.T) {
	t.Parallel()
	fused := options(settings.LayoutFused)
	fused.Settings.Dashboard = settings.Dashboard{Account: "123456789012", DataSet: "demand"}
	open := options(settings.LayoutSteps)
	open.Definition.Gate = forecast.Gate{}
	processing := options(settings.LayoutSteps)
	processing.Settings.TrainAs = settings.TrainAsProcessing
	processing.Settings.Steps[forecast.Train] = settings.Machine{Instance: "ml.m5.4xlarge", Instances: 4}
	for name, o := range map[string]definition.Options{"fused": fused, "steps": options(settings.LayoutSteps), "ungated": open, "processing": processing} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pipelines, err := definition.Write(o)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range pipelines {
				compare(t, filepath.Join("testdata", name+"-"+p.Name+".json"), p.Definition)
				wirecheck(t, p.Definition)
			}
		})
	}
}

func compare(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; -update writes it", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// wirecheck checks a definition against AWS's own API models.
func wirecheck(t *testing.T, text []byte) {
	t.Helper()
	dirs := []string{os.Getenv("WIRECHECK"), //nolint:forbidigo // where the checker is, on this machine
		filepath.Join(root, "shared", "wirecheck"), filepath.Join(root, "..", "shared", "wirecheck")}
	i := slices.IndexFunc(dirs, func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "wirecheck.py"))
		return err == nil
	})
	python, err := exec.LookPath("python3")
	if i < 0 || err != nil {
		t.Log("not checked against the API models: there is no wirecheck, or no python3")
		return
	}
	script := filepath.Join(dirs[i], "wirecheck.py")
	path := filepath.Join(t.TempDir(), "definition.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), python, script, "pipeline", path).CombinedOutput(); err != nil {
		t.Errorf("wirecheck: %v\n%s", err, out)
	}
}

// TestPipelines: which pipelines there are, and in which order.
func TestPipelines(t *testing.T) {
	t.Parallel()
	for layout, want := range map[settings.Layout][]string{
		settings.LayoutFused: {"demand-daily"},
		settings.LayoutSteps: {"demand-daily-range", "demand-daily"},
	} {
		pipelines, err := definition.Write(options(layout))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range pipelines {
			got = append(got, p.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pipelines of layout %s (-want +got):\n%s", layout, diff)
		}
	}
	if _, err := definition.Write(options("other")); !errors.Is(err, forecast.ErrInvalid) {
		t.Errorf("a layout that is none: %v; want invalid", err)
	}
}

// TestRules walks through all values of the definitions: nothing is cached,
// nothing is empty, and no path of an input is put together.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, layout := range []settings.Layout{settings.LayoutFused, settings.LayoutSteps} {
		pipelines, err := definition.Write(options(layout))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pipelines {
			var tree any
			if err := json.Unmarshal(p.Definition, &tree); err != nil {
				t.Fatal(err)
			}
			walk(tree, func(key string, v any) {
				if v == "" || key == "CacheConfig" {
					t.Errorf("%s has %s = %v", p.Name, key, v)
				}
				if input, ok := v.(map[string]any); ok && key == "S3Input" {
					if reference, ok := input["S3Uri"].(map[string]any); !ok || reference["Get"] == nil {
						t.Errorf("%s reads %v; want the output of a step", p.Name, input["S3Uri"])
					}
				}
			})
		}
	}
}

func walk(v any, visit func(key string, v any)) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			walk(item, visit)
		}
	case map[string]any:
		for key, item := range v {
			visit(key, item)
			walk(item, visit)
		}
	}
}

// TestSameText: the same project gives the same text: a second deploy finds
// nothing to change.
func TestSameText(t *testing.T) {
	t.Parallel()
	first, err := definition.Write(options(settings.LayoutSteps))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := definition.Write(options(settings.LayoutSteps))
		if err != nil || !reflect.DeepEqual(first, again) { // cmp would compare byte by byte
			t.Fatalf("written again: %v (-first +again):\n%s", err, cmp.Diff(first, again))
		}
	}
}
