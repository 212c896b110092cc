package cli

import (
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
)

// TestServingText says who starts dates, which is not the server where another team
// defined the pipeline.
func TestServingText(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]forecast.Pipeline{
		"cron(0 6 * * ? *) in Asia/Tokyo":                  {Name: "demand", Schedule: "cron(0 6 * * ? *)", Timezone: "Asia/Tokyo"},
		"every date as soon as it is over":                 {Name: "demand", Timezone: "Asia/Tokyo"},
		"by the schedule that RevenueDaily has of its own": {Name: "revenue", Timezone: "Asia/Tokyo", Foreign: "RevenueDaily"},
	} {
		if got := servingText(p); !strings.Contains(got, want) || !strings.Contains(got, "serving "+p.Name) {
			t.Errorf("servingText(%+v) = %q; want %q", p, got, want)
		}
	}
}
