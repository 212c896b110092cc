package draw_test

import (
	"testing"
	"time"

	"github.com/daybatch/daybatch/tui/internal/draw"
)

func TestAgo(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 59 * time.Second: "59s", time.Hour - 1: "59m", 2*day - 1: "47h", 2 * day: "2d",
		700 * day: "700d", 731 * day: "2y", 5078 * day: "13y",
	} {
		if got := draw.Ago(d); got != want {
			t.Errorf("Ago(%s) = %s; want %s", d, got, want)
		}
	}
}
