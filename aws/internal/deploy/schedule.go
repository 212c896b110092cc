package deploy

import (
	"context"
	"encoding/json"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/settings"
)

type scheduleClient interface {
	GetSchedule(ctx context.Context, in *scheduler.GetScheduleInput, options ...func(*scheduler.Options)) (*scheduler.GetScheduleOutput, error)
	CreateSchedule(ctx context.Context, in *scheduler.CreateScheduleInput, options ...func(*scheduler.Options)) (*scheduler.CreateScheduleOutput, error)
	UpdateSchedule(ctx context.Context, in *scheduler.UpdateScheduleInput, options ...func(*scheduler.Options)) (*scheduler.UpdateScheduleOutput, error)
}

// scheduledTime is what EventBridge Scheduler replaces by the time of a firing.
const scheduledTime = "<aws.scheduler.scheduled-time>"

// schedule starts an execution whenever a date becomes due. Its target is the
// call itself, not the template for pipelines, because only a call has a client
// token: the one that an operator's first attempt at the date has too.
type schedule struct {
	client   scheduleClient
	name     string
	pipeline string
	wanted   bool // the project has a schedule, and a role for it
	reason   string

	expression, timezone string
	arn, role, input     string // of the target

	found *scheduler.GetScheduleOutput // by the last read; nil: none
	token string
}

// startRequest is the request that a firing makes.
type startRequest struct {
	PipelineName       string
	ClientRequestToken string
	PipelineParameters []startParameter
}

type startParameter struct {
	Name  string
	Value string
}

func newSchedule(client scheduleClient, o Options) *schedule {
	name := o.Definition.Pipeline
	s := &schedule{
		client: client, name: settings.ScheduleName(name), pipeline: name,
		expression: o.Definition.Schedule, timezone: o.Definition.Timezone,
		arn:  "arn:" + o.Settings.Partition() + ":scheduler:::aws-sdk:sagemaker:startPipelineExecution",
		role: o.Settings.SchedulerRole,
		input: compact(startRequest{
			PipelineName: name, ClientRequestToken: "daybatch/" + name + "/" + scheduledTime,
			PipelineParameters: []startParameter{{definition.ParameterScheduledTime, scheduledTime}},
		}),
	}
	s.token = o.token("schedule", s.expression, s.timezone, s.role, s.input)
	switch {
	case s.expression == "":
		s.reason = "the project has no schedule"
	case s.role == "":
		s.reason = "there is no sagemaker.scheduler_role: only `daybatch serve` starts dates that become due"
	default:
		s.wanted = true
	}
	return s
}

// description says whose the schedule is, and whether it was daybatch that
// switched it off: then it switches it on again.
func (s *schedule) description() string {
	if s.wanted {
		return "daybatch: starts " + s.pipeline + " for each date"
	}
	return "daybatch: disabled, because the project of " + s.pipeline + " has no schedule"
}

func (s *schedule) read(ctx context.Context) (Change, error) {
	change := Change{Kind: KindSchedule, Name: s.name, Action: ActionKeep, Reason: s.reason}
	out, err := s.client.GetSchedule(ctx, &scheduler.GetScheduleInput{Name: &s.name})
	if absent(err) {
		s.found = nil
		if s.wanted {
			change.Action = ActionCreate
		}
		return change, nil
	}
	if err != nil {
		return Change{}, failed(err, "look at schedule %s", s.name)
	}
	s.found = out
	if !s.ours() {
		change.Action, change.Reason = ActionRefuse, "there is a schedule of that name that starts something else: rename it or the pipeline"
		return change, nil
	}
	if change.Fields = s.differences(); len(change.Fields) > 0 {
		change.Action = ActionUpdate
	}
	if s.wanted && s.state() == types.ScheduleStateDisabled {
		change.Reason = "somebody disabled it: it starts nothing until it is enabled again"
		change.Wrong = true
	}
	return change, nil
}

// ours reports whether the schedule starts this pipeline.
func (s *schedule) ours() bool {
	var request startRequest
	target := s.target()
	return awssdk.ToString(target.Arn) == s.arn && json.Unmarshal([]byte(awssdk.ToString(target.Input)), &request) == nil && request.PipelineName == s.pipeline
}

func (s *schedule) target() types.Target {
	if s.found.Target == nil {
		return types.Target{}
	}
	return *s.found.Target
}

// state returns the state that the schedule gets. What an operator switched off
// stays off; what daybatch switched off comes on again.
func (s *schedule) state() types.ScheduleState {
	off := *s
	off.wanted = false
	switch {
	case !s.wanted:
		return types.ScheduleStateDisabled
	case s.found.State == types.ScheduleStateDisabled && awssdk.ToString(s.found.Description) == off.description():
		return types.ScheduleStateEnabled
	default:
		return s.found.State
	}
}

func (s *schedule) differences() []Field {
	fields := difference("state", string(s.found.State), string(s.state()))
	if !s.wanted {
		return fields
	}
	target := s.target()
	fields = append(fields, difference("description", awssdk.ToString(s.found.Description), s.description())...)
	fields = append(fields, difference("expression", awssdk.ToString(s.found.ScheduleExpression), s.expression)...)
	fields = append(fields, difference("timezone", awssdk.ToString(s.found.ScheduleExpressionTimezone), s.timezone)...)
	fields = append(fields, difference("role", awssdk.ToString(target.RoleArn), s.role)...)
	return append(fields, differences("input", awssdk.ToString(target.Input), s.input)...)
}

func (s *schedule) apply(ctx context.Context) error {
	if s.found == nil {
		_, err := s.client.CreateSchedule(ctx, &scheduler.CreateScheduleInput{
			Name: &s.name, Description: awssdk.String(s.description()), ClientToken: &s.token,
			ScheduleExpression: &s.expression, ScheduleExpressionTimezone: &s.timezone, State: types.ScheduleStateEnabled,
			FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
			Target:             &types.Target{Arn: &s.arn, RoleArn: &s.role, Input: &s.input},
		})
		if err != nil {
			return failed(err, "create schedule %s", s.name)
		}
		return nil
	}
	if _, err := s.client.UpdateSchedule(ctx, s.update()); err != nil {
		return failed(err, "update schedule %s", s.name)
	}
	return nil
}

// update sends everything back, because UpdateSchedule replaces everything: what
// an operator has set besides stays as it is.
func (s *schedule) update() *scheduler.UpdateScheduleInput {
	found, target := s.found, s.target()
	in := &scheduler.UpdateScheduleInput{
		Name: &s.name, GroupName: found.GroupName, Description: awssdk.String(s.description()), ClientToken: &s.token, State: s.state(),
		ScheduleExpression: found.ScheduleExpression, ScheduleExpressionTimezone: found.ScheduleExpressionTimezone,
		StartDate: found.StartDate, EndDate: found.EndDate, KmsKeyArn: found.KmsKeyArn, ActionAfterCompletion: found.ActionAfterCompletion,
		FlexibleTimeWindow: found.FlexibleTimeWindow,
	}
	if s.wanted {
		in.ScheduleExpression, in.ScheduleExpressionTimezone = &s.expression, &s.timezone
		target.RoleArn, target.Input = &s.role, &s.input
	}
	in.Target = &target
	return in
}
