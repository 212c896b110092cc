package aws_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// subscriber is told by a topic over HTTP, as a program of the team's is.
type subscriber struct {
	mu   sync.Mutex
	told []string
}

// ServeHTTP implements [http.Handler]: it confirms that it wants to be told.
func (s *subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m struct{ Type, SubscribeURL, Message string }
	if json.NewDecoder(r.Body).Decode(&m) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if m.Type == "SubscriptionConfirmation" {
		if response, err := http.Get(m.SubscribeURL); err == nil {
			_ = response.Body.Close()
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, m.Message)
}

// messages are those that have come.
func (s *subscriber) messages() ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.told...), nil
}

// fire starts what the schedule that is deployed does at a time, without waiting for
// that.
func (a *account) fire(t *testing.T, at time.Time) {
	t.Helper()
	loaded, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(a.settings.Region), config.WithBaseEndpoint(a.address))
	must(t, err)
	name := settings.ScheduleName(a.def.Pipeline)
	deployed, err := scheduler.NewFromConfig(loaded).GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: &name})
	must(t, err)
	var in sagemaker.StartPipelineExecutionInput
	text := strings.ReplaceAll(*deployed.Target.Input, "<aws.scheduler.scheduled-time>", at.UTC().Format("2006-01-02T15:04:05Z"))
	must(t, json.Unmarshal([]byte(text), &in))
	_, err = sagemaker.NewFromConfig(loaded).StartPipelineExecution(t.Context(), &in)
	must(t, err)
}

// TestTopicIsTold deploys a topic with everything that belongs to it, and has the
// schedule start a date that fails: whoever subscribes is told which, in the words that
// EventBridge makes of the rule that was deployed.
func TestTopicIsTold(t *testing.T) {
	t.Parallel()
	const times = `, started 2026-02-10T03:\d\d:\d\d\S*, ended 2026-02-10T03:\d\d:\d\d\S*"` + "\n" +
		`"What happened: daybatch days; daybatch logs\. Again: daybatch rerun --failed"` + "\n" +
		`"arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/exercise/execution/[0-9a-z]{12}"$`
	for name, tt := range map[string]struct {
		broken func(j awssim.Job) (awssim.Exit, bool)
		want   string
	}{
		"a step fails": {want: `^"FAILED  exercise 2026-01-10-a1` + times},
		"no job comes so far as to know the date": {
			broken: func(awssim.Job) (awssim.Exit, bool) { return awssim.Exit{Code: 1}, true },
			want:   `^"FAILED  exercise execution-\d+` + times,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			date := day(10)
			def := enginetest.Definition()
			def.Schedule = "cron(0 6 * * ? *)"
			a := newAccount(t, def, enginetest.Script{date: {forecast.Train: {enginetest.Fails("broken")}}}, accountOptions{topic: "alerts", broken: tt.broken})
			var team subscriber
			server := httptest.NewServer(&team)
			t.Cleanup(server.Close)
			loaded, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(a.settings.Region), config.WithBaseEndpoint(a.address))
			must(t, err)
			_, err = sns.NewFromConfig(loaded).Subscribe(t.Context(), &sns.SubscribeInput{
				TopicArn: awssdk.String(a.settings.TopicARN()), Protocol: awssdk.String("http"), Endpoint: &server.URL,
			})
			must(t, err)
			a.sim.Settle()
			a.fire(t, time.Date(2026, time.January, 10, 21, 0, 0, 0, time.UTC)) // 6 o'clock of the 11th in Tokyo
			await(t, "the message", team.messages, func(told []string) bool { return len(told) > 0 })
			told, _ := team.messages()
			if len(told) != 1 || !regexp.MustCompile(tt.want).MatchString(told[0]) {
				t.Errorf("the team was told %q; want one like %s", told, tt.want)
			}
			if failed := a.sim.FailedDeliveries(); len(failed) != 0 {
				t.Errorf("deliveries failed: %q", failed)
			}
		})
	}
}
