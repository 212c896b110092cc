package deploy

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/settings"
)

// Need is a right that something needs: an action on one thing, and what a policy may
// ask about the call besides, as a key of conditions with its value.
type Need struct{ Action, Resource, Key, Value string }

// Ability is something that somebody does, with the rights that it needs.
type Ability struct {
	What  string // a stable word
	Needs []Need
}

// Worker is somebody who works for the pipeline, whom the project names.
type Worker struct {
	Who       string
	Role      string // its ARN
	Abilities []Ability
}

// example stands in ARNs where names differ from call to call.
const example = "2026-01-01"

// Abilities returns what an operator does that changes something, in the order in which
// people ask. The account is that of the operator, for a project that does not say whose
// it is.
func Abilities(o Options, account string) []Ability {
	w := abilities{rights{o.Settings, o}, cmp.Or(o.Settings.Account(), account)}
	start, execution := w.pipelines()
	record := w.objects(naming.Dates+example+".json", naming.Plans+example+".json", naming.Starts+naming.Slots+".json")
	put := need("s3", record, "PutObject")
	all := []Ability{
		{"start", slices.Concat(need("sagemaker", start, "StartPipelineExecution"), put)},
		{"stop", slices.Concat(need("sagemaker", execution, "StopPipelineExecution"), put)},
		{"discard a plan", need("s3", w.objects(naming.Plans+example+".json"), "DeleteObject")},
	}
	if !o.Settings.Foreign.IsZero() {
		// Reruns of our own are executions of their own. Of another team's there is
		// nothing else.
		return slices.Insert(all, 1, Ability{"retry", slices.Concat(need("sagemaker", execution, "RetryPipelineExecution"), put)})
	}
	all[0].Needs = append(all[0].Needs, need("s3", w.objects(naming.Projects+example), "PutObject")...)
	table := need("glue", w.table(), "CreatePartition", "UpdatePartition")
	files := w.objects(naming.Built + o.Definition.Target.Table + "/dt=" + example + "/0/part-0.parquet")
	all = append(
		all,
		Ability{"fallback", slices.Concat(need("s3", files, "PutObject"), put, table)},
		Ability{"rollback", slices.Concat(put, table, need("glue", w.table(), "DeletePartition"))},
		Ability{"clear up", need("s3", files, "DeleteObject")},
		Ability{"query", slices.Concat(
			need("athena", []string{w.arn("athena", "workgroup/"+w.Workgroup)}, "StartQueryExecution", "GetQueryExecution", "GetQueryResults"),
			need("s3", w.objects("athena/"+example), "GetObject", "PutObject"),
		)},
	)
	if w.Dashboard.DataSet != "" {
		all = append(all, Ability{"refresh the dashboard", w.refresh()})
	}
	return append(all, Ability{"deploy", w.deploys()})
}

// Workers returns those who work for the pipeline by roles of the project. Another
// team's pipeline names its own.
func Workers(o Options) []Worker {
	if !o.Settings.Foreign.IsZero() {
		return nil
	}
	w := abilities{rights{o.Settings, o}, o.Settings.Account()}
	all := []Worker{{"the jobs", w.Role, []Ability{{"run the steps", w.steps()}}}}
	if w.SchedulerRole != "" {
		start, _ := w.pipelines()
		all = append(all, Worker{"the schedule", w.SchedulerRole, []Ability{{"start", need("sagemaker", start[:1], "StartPipelineExecution")}}})
	}
	return all
}

// need returns the rights to some actions of a service on each of some things.
func need(service string, resources []string, actions ...string) []Need {
	var all []Need
	for _, resource := range resources {
		for _, action := range actions {
			all = append(all, Need{Action: service + ":" + action, Resource: resource})
		}
	}
	return all
}

// abilities names the things of a project that calls are about: unlike the statements
// of its policies each by one name, and only those that an action is about.
type abilities struct {
	rights

	account string
}

func (w abilities) arn(service, resource string) string {
	return strings.Join([]string{"arn", w.Partition(), service, w.Region, w.account, resource}, ":")
}

// pipelines returns the ARNs of the pipelines, that of single dates first, and one
// execution of each. The name in them is in small letters, as SageMaker writes it.
func (w abilities) pipelines() (all, executions []string) {
	name := cmp.Or(w.Foreign.Pipeline, w.options.Definition.Pipeline)
	names := []string{name}
	if w.Foreign.IsZero() && w.RangePipeline(name) != name {
		names = append(names, w.RangePipeline(name))
	}
	for _, name := range names {
		arn := w.arn("sagemaker", "pipeline/"+strings.ToLower(name))
		all, executions = append(all, arn), append(executions, arn+"/execution/"+strings.Repeat("0", 12))
	}
	return all, executions
}

// objects returns the ARNs of objects of the project.
func (w abilities) objects(keys ...string) []string {
	arns := make([]string, len(keys))
	for i, key := range keys {
		arns[i] = w.bucketARN() + "/" + w.Prefix + "/" + key
	}
	return arns
}

// table is all of what the calls about the table's partitions are about.
func (w abilities) table() []string {
	return []string{w.arn("glue", "catalog"), w.arn("glue", "database/"+w.Database), w.arn("glue", "table/"+w.Database+"/"+w.options.Definition.Target.Table)}
}

func (w abilities) refresh() []Need {
	ingestion := strings.Join([]string{"arn", w.Partition(), "quicksight", w.Region, w.Dashboard.Account, "dataset/" + w.Dashboard.DataSet + "/ingestion/" + example}, ":")
	return need("quicksight", []string{ingestion}, "CreateIngestion")
}

// passes is the right to give a role to a service.
func passes(role, service string) []Need {
	return []Need{{"iam:PassRole", role, "iam:PassedToService", service}}
}

func (w abilities) deploys() []Need {
	pipelines, _ := w.pipelines()
	all := slices.Concat(
		need("sagemaker", pipelines, "CreatePipeline", "UpdatePipeline", "AddTags"),
		passes(w.Role, "sagemaker.amazonaws.com"),
		need("s3", w.objects(naming.Projects+example), "PutObject"),
		need("glue", w.table()[:2], "CreateDatabase"),
		need("glue", w.table(), "CreateTable", "UpdateTable"),
		need("scheduler", []string{w.arn("scheduler", "schedule/default/"+settings.ScheduleName(w.options.Definition.Pipeline))}, "CreateSchedule", "UpdateSchedule"),
	)
	if w.RunsDays > 0 {
		all = append(all, need("s3", []string{w.bucketARN()}, "PutLifecycleConfiguration")...)
	}
	if w.SchedulerRole != "" {
		all = append(all, passes(w.SchedulerRole, "scheduler.amazonaws.com")...)
	}
	if w.Topic != "" {
		all = append(all, need("events", []string{ruleARN(w.options)}, "PutRule", "PutTargets")...)
		all = append(all, need("sns", []string{w.TopicARN()}, "CreateTopic", "SetTopicAttributes")...)
	}
	return all
}

// steps are the rights of the jobs, and of the pipeline that makes them.
func (w abilities) steps() []Need {
	all := passes(w.Role, "sagemaker.amazonaws.com")
	for _, k := range w.kinds() {
		job := strings.TrimSuffix(k.arn, "*") + example
		all = append(all, need("sagemaker", []string{job}, "Create"+k.name+"Job", "Describe"+k.name+"Job", "Stop"+k.name+"Job", "AddTags")...)
		all = append(all, need("logs", []string{k.group + ":log-stream:" + example}, "CreateLogStream", "PutLogEvents")...)
	}
	all = append(all, need("s3", []string{w.bucketARN()}, "ListBucket")...)
	all = append(all, need("s3", w.objects(naming.Dates+example+".json", naming.Runs+example, naming.Built+example), "GetObject", "PutObject", "DeleteObject")...)
	all = append(all, need("glue", w.table(), "GetPartition", "CreatePartition", "UpdatePartition")...)
	all = append(all, need("athena", []string{w.arn("athena", "workgroup/"+w.Workgroup)}, "StartQueryExecution", "GetQueryExecution")...)
	for _, name := range slices.Sorted(maps.Values(w.options.Definition.Source.Files)) {
		database, table, _ := strings.Cut(name, ".")
		all = append(all, need("glue", []string{w.arn("glue", "database/"+database), w.arn("glue", "table/"+database+"/"+table)}, "GetTable")...)
	}
	if w.Trains() {
		all = append(all, Need{"cloudwatch:PutMetricData", "*", "cloudwatch:namespace", "/aws/sagemaker/TrainingJobs"})
	}
	if repository, ok := w.repository(); ok {
		all = append(all, need("ecr", []string{"*"}, "GetAuthorizationToken")...)
		all = append(all, need("ecr", []string{repository}, "BatchGetImage", "GetDownloadUrlForLayer")...)
	}
	if w.Dashboard.DataSet != "" {
		all = append(all, w.refresh()...)
	}
	return all
}
