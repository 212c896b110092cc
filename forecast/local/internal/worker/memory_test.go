//go:build unix

package worker_test

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
	"github.com/daybatch/daybatch/forecast/local/internal/worker"
)

// hold is a shell function that keeps so many bytes in a variable.
const hold = `hold() { x=$(head -c "$1" /dev/zero | tr '\0' a); : > "$2"; sleep 1000; }; `

// A step is killed with all that it has started when its processes together hold
// more than it may, though none of them does.
func TestMemory(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("memory is sampled on Linux only")
	}
	r := request(t, hold+`trap '' TERM; hold 70000000 "$2/one" & hold 70000000 "$2/other" & wait`)
	r.Memory = 100 << 20
	r.Spec.Step = forecast.TrainEvaluation
	var id process.ID
	note := r.Started
	r.Started = func(ctx context.Context, started process.ID) error {
		id = started
		return note(ctx, started)
	}
	result, err := worker.Run(t.Context(), r)
	if err != nil || result.Code != -1 || result.Reason.Class != forecast.ReasonInfrastructure {
		t.Fatalf("Run = %+v, %v; want it killed, infrastructure", result, err)
	}
	if text := result.Reason.Text; !strings.HasPrefix(text, "used 1") || !strings.HasSuffix(text, " MiB of the 100 MiB it may (steps.trainevaluation.memory)") {
		t.Errorf("reason = %q; want both numbers and the key", text)
	}
	for process.Memory(id.Pid) > 0 {
		if t.Context().Err() != nil {
			t.Fatal("processes of the step outlive it")
		}
	}
}

// A step within its memory is not touched.
func TestMemoryWithin(t *testing.T) {
	t.Parallel()
	r := request(t, `sleep 0.3; printf '{"code":0}' > "$2/exit.json"`)
	r.Memory = 1 << 30
	if result, err := worker.Run(t.Context(), r); err != nil || result != (worker.Result{}) {
		t.Errorf("Run = %+v, %v; want success", result, err)
	}
}
