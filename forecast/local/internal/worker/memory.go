//go:build unix

package worker

import (
	"fmt"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
)

// memoryPeriod is how often the memory of a step is looked at: a process fills
// some hundred megabytes in that time.
const memoryPeriod = 100 * time.Millisecond

// excess returns the bytes that the group of a process holds if they are above
// the limit, else 0.
func excess(group int, limit int64) int64 {
	if process.Memory(group) <= limit {
		return 0
	}
	if held := process.ExactMemory(group); held > limit {
		return held
	}
	return 0
}

// memoryReason says that a step held more memory than it may.
func memoryReason(name forecast.StepName, held, limit int64) forecast.Reason {
	return forecast.Reason{
		Class: forecast.ReasonInfrastructure,
		Text:  fmt.Sprintf("used %s of the %s it may (steps.%s.memory)", size(held), size(limit), strings.ToLower(string(name))),
	}
}

// size returns a number of bytes for people: "2.1 GiB", "512 MiB".
func size(bytes int64) string {
	value, unit := float64(bytes)/(1<<20), "MiB"
	if value >= 1024 {
		value, unit = value/1024, "GiB"
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", value), ".0") + " " + unit
}
