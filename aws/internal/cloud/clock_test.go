package cloud_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/daybatch/daybatch/aws/internal/cloud"
)

// The clock is compared with what each answer tells, an error too; a time that is
// none tells nothing.
func TestClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.January, 20, 6, 0, 0, 0, time.UTC)
	date := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = []string{date}
		w.WriteHeader(http.StatusForbidden)
	}))
	defer server.Close()
	clock := &cloud.Clock{Now: func() time.Time { return now }}
	loaded, err := cloud.Load(t.Context(), cloud.Account{Region: "us-east-1", Endpoint: server.URL, Simulated: true, Clock: clock, Limits: &cloud.Limits{Attempts: 1}})
	if err != nil {
		t.Fatal(err)
	}
	client := sts.NewFromConfig(loaded)
	for _, tt := range []struct {
		date string
		want time.Duration
		ok   bool
	}{
		{"some other day", 0, false},
		{now.Add(-42 * time.Second).Format(http.TimeFormat), 42 * time.Second, true},
		{now.Add(7 * time.Minute).Format(http.TimeFormat), -7 * time.Minute, true},
		{"", -7 * time.Minute, true},
	} {
		date = tt.date
		if _, err := client.GetCallerIdentity(t.Context(), nil); err == nil {
			t.Fatal("the call succeeded; want the server's error")
		}
		if ahead, ok := clock.Ahead(); ahead != tt.want || ok != tt.ok {
			t.Errorf("after an answer of %q Ahead = %v, %v; want %v, %v", tt.date, ahead, ok, tt.want, tt.ok)
		}
	}
	if ahead, ok := (*cloud.Clock)(nil).Ahead(); ok || ahead != 0 {
		t.Errorf("Ahead without a clock = %v, %v; want nothing", ahead, ok)
	}
}
