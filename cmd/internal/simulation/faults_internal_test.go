package simulation

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast"
)

// TestFaults makes something go wrong in an account by its address: who calls is told
// so, but for the jobs, until all is well again.
func TestFaults(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, time.January, 15, 6, 0, 0, 0, time.UTC) }
	sim, err := awssim.New(awssim.Options{Dir: t.TempDir(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	s := &server{Options: Options{Dir: t.TempDir(), Now: now}, sim: sim}
	listen := func() string {
		endpoint, end, err := s.listen(t.Context(), anywhere)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(end)
		return endpoint
	}
	s.inside = listen()
	outside := listen()
	call := func(endpoint, operation string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Amz-Target", "SageMaker."+operation)
		request.Header.Set("Content-Type", "application/x-amz-json-1.1")
		request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=simulated/20260115/ap-northeast-1/sagemaker/aws4_request, SignedHeaders=host, Signature=0")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		return response.StatusCode
	}
	list := func(endpoint string) int { return call(endpoint, "ListPipelines") }
	for _, tt := range []struct {
		fault string
		want  int
	}{{NoFault, 200}, {"login", 400}, {"outage", 502}, {"rights", 200}, {NoFault, 200}} {
		if err := SetFault(t.Context(), outside, tt.fault); err != nil {
			t.Fatal(err)
		}
		if got := list(outside); got != tt.want {
			t.Errorf("with the fault %s a call is answered with %d; want %d", tt.fault, got, tt.want)
		}
		if got := list(s.inside); got != 200 {
			t.Errorf("with the fault %s a job is answered with %d", tt.fault, got)
		}
	}
	if err := SetFault(t.Context(), outside, "throttling"); err != nil {
		t.Fatal(err)
	}
	for n, want := range []int{200, 200, 200, 200, 400} { // the clock stands still
		if got := list(outside); got != want {
			t.Errorf("throttled, call %d is answered with %d; want %d", n+1, got, want)
		}
	}
	if got := call(outside, "ListTags"); got != 400 && got != 200 {
		t.Errorf("throttled, the first call of another operation is answered with %d", got)
	}
	if err := SetFault(t.Context(), outside, "fire"); !errors.Is(err, forecast.ErrInvalid) || !strings.Contains(err.Error(), "none, login, rights, throttling, outage") {
		t.Errorf("an unknown fault: %v; want the names of those there are", err)
	}
}
