package scheduler

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// plan waits for the next firing after an instant. The lock is held.
func (s *Service) plan(sc *schedule, after time.Time) {
	if sc.State != "ENABLED" {
		return
	}
	if start := sc.StartDate.Time(); start.After(after) {
		after = start.Add(-time.Nanosecond)
	}
	at, ok, err := sc.next(after)
	if err != nil || !ok || !sc.EndDate.Time().IsZero() && at.After(sc.EndDate.Time()) {
		return
	}
	late := time.Duration(sc.FlexibleTimeWindow.MaximumWindowInMinutes) * time.Minute / 2
	sc.cancel = s.o.Clock.After(at.Add(late).Sub(s.o.Clock.Now()), func() {
		s.mu.Lock()
		s.seq++
		id := fmt.Sprintf("%016x", s.seq)
		s.plan(sc, at)
		if strings.HasPrefix(sc.ScheduleExpression, "at(") && sc.ActionAfterCompletion == "DELETE" {
			delete(s.schedules, sc.key())
		}
		s.mu.Unlock()
		s.invoke(sc, firing{at: at.UTC(), id: id, attempt: 1})
	})
}

// firing is one occurrence on its way to its target.
type firing struct {
	at      time.Time
	id      string
	attempt int
}

// invoke calls the target, and again after a minute if that fails for a reason
// that may pass. The lock is not held: the target may be slow.
func (s *Service) invoke(sc *schedule, f firing) {
	role := sc.Target.RoleArn[strings.LastIndex(sc.Target.RoleArn, "/")+1:]
	caller := fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/scheduler", s.o.Account, role)
	err := s.o.Start(caller, []byte(s.input(sc, f)))
	s.mu.Lock()
	defer s.mu.Unlock()
	note := Firing{Schedule: sc.name, Scheduled: f.at, Attempt: f.attempt}
	if err != nil {
		note.Error = err.Error()
	}
	s.firings = append(s.firings, note)
	if err == nil || lasting(err) || f.attempt > sc.Target.retries() {
		return
	}
	f.attempt++
	s.o.Clock.After(time.Minute, func() { s.invoke(sc, f) })
}

// lasting says whether an error will be the same next time.
func lasting(err error) bool {
	var e *wire.Error
	return errors.As(err, &e) && (e.Code == "ValidationException" || e.Code == "ResourceNotFound" || e.Code == "ConflictException")
}

func (t *target) retries() int {
	const usual = 185
	if t.RetryPolicy == nil || t.RetryPolicy.MaximumRetryAttempts == nil {
		return usual
	}
	return *t.RetryPolicy.MaximumRetryAttempts
}

// input is the request that the target gets, context attributes filled in.
func (s *Service) input(sc *schedule, f firing) string {
	if sc.Target.Arn != universal {
		request := map[string]any{"PipelineName": sc.Target.Arn, "PipelineParameters": []pipelineParameter{}}
		if p := sc.Target.SageMakerPipelineParameters; p != nil {
			request["PipelineParameters"] = p.PipelineParameterList
		}
		text, err := json.Marshal(request)
		if err != nil {
			return "{}"
		}
		return string(text)
	}
	return strings.NewReplacer(
		"<aws.scheduler.scheduled-time>", f.at.Format("2006-01-02T15:04:05Z"),
		"<aws.scheduler.schedule-arn>", s.arn(sc),
		"<aws.scheduler.execution-id>", f.id,
		"<aws.scheduler.attempt-number>", strconv.Itoa(f.attempt),
	).Replace(sc.Target.Input)
}
