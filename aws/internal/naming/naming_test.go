package naming_test

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// TestNamesAreLegal checks the names against what SageMaker takes.
func TestNamesAreLegal(t *testing.T) {
	t.Parallel()
	display := regexp.MustCompile(`^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,81}$`)
	rapid.Check(t, func(t *rapid.T) {
		first := calendar.Of(2000, time.January, 1) + calendar.Date(rapid.IntRange(0, 30000).Draw(t, "day"))
		last := first + calendar.Date(rapid.IntRange(1, 92).Draw(t, "days"))
		n := rapid.IntRange(1, 999_999).Draw(t, "attempt")
		for _, c := range []struct {
			name string
			want naming.Name
		}{
			{naming.Attempt(first, n), naming.Name{First: first, Last: first, Attempt: n}},
			{naming.Range(first, last, n), naming.Name{First: first, Last: last, Attempt: n}},
		} {
			if !display.MatchString(c.name) {
				t.Errorf("%q is no display name", c.name)
			}
			if got, ok := naming.ParseName(c.name); !ok || got != c.want {
				t.Errorf("ParseName(%q) = %+v, %t; want %+v", c.name, got, ok, c.want)
			}
		}
		d, attempt, err := naming.ParseExecutionID(naming.ExecutionID(first, n))
		if err != nil || d != first || attempt != n {
			t.Errorf("ParseExecutionID = %s, %d, %v; want %s, %d", d, attempt, err, first, n)
		}
		tokens := map[string]bool{}
		for _, token := range []string{
			naming.Token("demand-daily", first, n), naming.Token("demand-daily", first, n+1), naming.Token("demand-daily", first+1, n),
			naming.Token("other", first, n), naming.ScheduleToken("p1", time.Unix(int64(n), 0)),
			naming.ActionToken("stop", "abc", time.Unix(1, 0)), naming.ActionToken("retry", "abc", time.Unix(1, 0)),
			naming.RangeToken("demand-daily", "bf-1-1", []string{"a", "b"}), naming.RangeToken("demand-daily", "bf-1-1", []string{"ab"}),
			naming.RangeToken("demand-daily", "bf-1-2", []string{"a", "b"}),
		} {
			if len(token) < 32 || len(token) > 128 {
				t.Errorf("token %q has %d characters; want 32 to 128", token, len(token))
			}
			tokens[token] = true
		}
		if len(tokens) != 10 {
			t.Errorf("%d tokens; want 10 that differ", len(tokens))
		}
	})
}

func TestForeignNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "execution-1700000000000", "2026-13-01-a1", "2026-01-15", "2026-01-15-a0", "2026-01-15-a01", "x2026-01-15-a1",
		"2026-01-15-to-2026-01-14-a1", "2026-01-15-a1\n", "2026-01-15-a99999999999",
	} {
		if got, ok := naming.ParseName(name); ok {
			t.Errorf("ParseName(%q) = %+v; want it refused", name, got)
		}
	}
	for _, id := range []forecast.ExecutionID{"nobody", "2026-01-15-to-2026-01-16-a1"} {
		if _, _, err := naming.ParseExecutionID(id); !errors.Is(err, forecast.ErrNotFound) {
			t.Errorf("ParseExecutionID(%q) = %v; want ErrNotFound", id, err)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, time.January, 15)
	for got, want := range map[string]string{
		naming.OutputPrefix("abc123def456", d, forecast.Train, "model"): "runs/abc123def456/2026-01-15/Train/model/",
		naming.GenerationPrefix("demand", d, "g1"):                      "generations/demand/dt=2026-01-15/g1/",
		naming.URI("b", "daybatch/x", "tables/demand/"):                 "s3://b/daybatch/x/tables/demand/",
		naming.RunID("arn:aws:sagemaker:r:1:pipeline/x/execution/abc"):  "abc",
	} {
		if got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	}
}
