package notify_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/alert/notify"
	"github.com/daybatch/daybatch/forecast/calendar"
)

func message() alert.Message {
	return alert.Message{
		Kind: alert.Failed, Key: "demand/2026-01-15/2/failed", Pipeline: "demand", Dates: []calendar.Date{calendar.Of(2026, 1, 15)},
		Attempt: 2, Step: "Train", Subject: "FAILED  demand 2026-01-15 at Train", Body: "why     boom", Commands: []string{"daybatch rerun 2026-01-15"},
	}
}

// TestWebhook checks that a webhook gets the message as JSON, and that what it
// answers is told.
func TestWebhook(t *testing.T) {
	t.Parallel()
	var got alert.Message
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || r.Header.Get("Content-Type") != "application/json" {
			http.Error(w, "no JSON", http.StatusBadRequest)
		}
	}))
	t.Cleanup(server.Close)
	s := notify.Sender{Timeout: time.Minute}
	if err := s.Send(t.Context(), alert.Channel{Name: "notify.failed[0]", URL: server.URL + "/hook"}, message()); err != nil {
		t.Fatalf("Send = %v; want nil", err)
	}
	if diff := cmp.Diff(message(), got); diff != "" {
		t.Errorf("the webhook got (-want +got): %s", diff)
	}
}

// TestService sends through the library, to a service that speaks plain HTTP.
func TestService(t *testing.T) {
	t.Parallel()
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got = string(text)
	}))
	t.Cleanup(server.Close)
	address := "generic://" + strings.TrimPrefix(server.URL, "http://") + "/hook?disabletls=yes&template=json"
	if err := (notify.Sender{Timeout: time.Minute}).Send(t.Context(), alert.Channel{Name: "x", URL: address}, message()); err != nil {
		t.Fatalf("Send = %v; want nil", err)
	}
	if !strings.Contains(got, "FAILED  demand 2026-01-15 at Train") || !strings.Contains(got, "why     boom") {
		t.Errorf("the service got %q; want subject and body", got)
	}
}

// TestFailures checks that errors say what went wrong and hold no secret.
func TestFailures(t *testing.T) {
	t.Parallel()
	angry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "go away from "+r.URL.Path, http.StatusTeapot)
	}))
	t.Cleanup(angry.Close)
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(release) })
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	plain := func(url string) string { return strings.TrimPrefix(url, "http://") }
	tests := []struct {
		name    string
		channel alert.Channel
		want    string
	}{
		{"refused by the page", alert.Channel{URL: angry.URL + "/s3cr3t-token"}, "answered 418"},
		{"refused by the service", alert.Channel{URL: "generic://" + plain(angry.URL) + "/s3cr3t-token?disabletls=yes"}, "418"},
		{"nobody is there", alert.Channel{URL: gone.URL + "/s3cr3t-token"}, "connection refused"},
		{"no answer", alert.Channel{URL: slow.URL + "/s3cr3t-token"}, "no answer in 50ms"},
		{"no answer of a service", alert.Channel{URL: "generic://" + plain(slow.URL) + "/s3cr3t-token?disabletls=yes"}, "no answer in 50ms"},
		{"no such service", alert.Channel{URL: "carrierpigeon://s3cr3t-token"}, "carrierpigeon"},
		{"no variable", alert.Channel{Lacks: "SLACK_URL"}, "the variable SLACK_URL is not set in this process"},
		{"a command fails", alert.Channel{Command: []string{"sh", "-c", "echo no disk; exit 3"}}, "exit status 3: no disk"},
		{"a command hangs", alert.Channel{Command: []string{"sleep", "60"}}, "sleep did not end in 50ms"},
		{"no such command", alert.Channel{Command: []string{"./nowhere"}}, "nowhere"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.channel.Name = "notify.failed[0]"
			timeout := time.Minute
			if strings.Contains(tt.want, "50ms") {
				timeout = 50 * time.Millisecond
			}
			err := notify.Sender{Dir: t.TempDir(), Timeout: timeout}.Send(t.Context(), tt.channel, message())
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "notify.failed[0]") {
				t.Fatalf("Send = %v; want the channel and %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("Send = %v; want no secret in it", err)
			}
		})
	}
}

// TestCommand checks what a command finds.
func TestCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	channel := alert.Channel{Name: "x", Command: []string{"sh", "-c", `cat > got.json; echo "$DAYBATCH_EVENT $DAYBATCH_DATES $DAYBATCH_STEP" > got.txt`}}
	if err := (notify.Sender{Dir: dir, Timeout: time.Minute}).Send(t.Context(), channel, message()); err != nil {
		t.Fatalf("Send = %v; want nil", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "got.txt"))
	if err != nil || string(text) != "failed 2026-01-15 Train\n" {
		t.Errorf("the environment gave %q, %v", text, err)
	}
	var got alert.Message
	text, err = os.ReadFile(filepath.Join(dir, "got.json"))
	if err == nil {
		err = json.Unmarshal(text, &got)
	}
	if diff := cmp.Diff(message(), got); err != nil || diff != "" {
		t.Errorf("standard input gave %v (-want +got): %s", err, diff)
	}
}
