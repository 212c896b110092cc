package settings_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

func TestMachineOf(t *testing.T) {
	t.Parallel()
	s := settings.Settings{
		Machine: settings.Machine{Instance: "ml.m5.xlarge", VolumeGB: 30, MaxRuntime: time.Hour},
		Steps:   map[forecast.StepName]settings.Machine{forecast.Train: {Instance: "ml.m5.2xlarge", MaxRuntime: 2 * time.Hour}},
	}
	tests := map[forecast.StepName]settings.Machine{
		forecast.Extract: {Instance: "ml.m5.xlarge", VolumeGB: 30, Instances: 1, MaxRuntime: time.Hour},
		forecast.Train:   {Instance: "ml.m5.2xlarge", VolumeGB: 30, Instances: 1, MaxRuntime: 2 * time.Hour},
	}
	for step, want := range tests {
		if got := s.MachineOf(step); got != want {
			t.Errorf("MachineOf(%s) = %+v; want %+v", step, got, want)
		}
	}
}

func TestNamesInTheAccount(t *testing.T) {
	t.Parallel()
	s := settings.Settings{Region: "ap-northeast-1", Role: "arn:aws-cn:iam::123456789012:role/job", Topic: "alerts"}
	if got, want := s.TopicARN(), "arn:aws-cn:sns:ap-northeast-1:123456789012:alerts"; got != want {
		t.Errorf("topic = %s; want %s", got, want)
	}
	s.Topic = "arn:aws:sns:eu-west-1:999999999999:theirs"
	if got := s.TopicARN(); got != s.Topic {
		t.Errorf("topic = %s; want %s as it is", got, s.Topic)
	}
	if got := (settings.Settings{}).Account(); got != "" {
		t.Errorf("account without a role = %q; want none", got)
	}
	for layout, want := range map[settings.Layout]string{settings.LayoutFused: "demand", settings.LayoutSteps: "demand-range"} {
		if got := (settings.Settings{Layout: layout}).RangePipeline("demand"); got != want {
			t.Errorf("pipeline of ranges in layout %s = %s; want %s", layout, got, want)
		}
	}
}

// TestLongNames: names fit what the services take, and two long pipelines that
// begin alike do not share one.
func TestLongNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("demand-", 10) + "daily"
	for _, name := range []func(string) string{settings.ScheduleName, settings.RuleName} {
		if got := name("demand-daily"); !strings.Contains(got, "demand-daily") {
			t.Errorf("name of demand-daily = %s; want the pipeline in it", got)
		}
		a, b := name(long), name(long+"2")
		if len(a) > 64 || a == b {
			t.Errorf("names of two long pipelines = %s, %s; want two of at most 64", a, b)
		}
	}
}

func TestDateFormat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		format settings.DateFormat
		text   string
		want   string // empty: none
	}{
		{settings.ISODate, "2026-01-15", "2026-01-15"},
		{"YYYYMMDD", "20260115", "2026-01-15"},
		{"DD.MM.YYYY", "15.01.2026", "2026-01-15"},
		{"DD.MM.YYYY", "15x01x2026", ""},
		{settings.ISODate, "AUTO", ""},
		{settings.ISODate, "2026-02-30", ""},
		{"YYYYMMDD", "2026011", ""},
		{"YYYY-MM", "2026-01", ""},
	}
	for _, test := range tests {
		d, ok := test.format.Read(test.text)
		if ok != (test.want != "") || ok && d.String() != test.want {
			t.Errorf("%s reads %q as %s, %v; want %q", test.format, test.text, d, ok, test.want)
		}
	}
	for format, good := range map[settings.DateFormat]bool{"YYYY-MM-DD": true, "YYYY-MM": false, "YYYYMMDDMM": false, "": false} {
		if err := format.Check(); (err == nil) != good {
			t.Errorf("Check(%q) = %v; want good %v", format, err, good)
		}
	}
}

// TestDatesAreReadBack: what is written is read as the same date.
func TestDatesAreReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := calendar.Of(2000, 1, 1) + calendar.Date(rapid.IntRange(0, 40_000).Draw(t, "days"))
		format := rapid.SampledFrom([]settings.DateFormat{"YYYY-MM-DD", "YYYYMMDD", "(DD)MM.YYYY", "dt=YYYY/MM/DD"}).Draw(t, "format")
		if got, ok := format.Read(format.Write(d)); !ok || got != d {
			t.Fatalf("%s in %s is read as %s, %v", d, format, got, ok)
		}
	})
}

func TestPrices(t *testing.T) {
	t.Parallel()
	got := settings.WithPrices(map[string]float64{"ml.m5.large": 0.149, "ml.r5.large": 0.2})
	if got["ml.m5.large"] != 0.149 || got["ml.r5.large"] != 0.2 || got["ml.m5.xlarge"] != 0.23 {
		t.Errorf("prices = %v; want the project's over the table's", got)
	}
	if settings.Prices()["ml.m5.large"] != 0.115 {
		t.Error("a project's price changed the table")
	}
}
