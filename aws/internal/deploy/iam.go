package deploy

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/aws/settings"
)

// Policy is an IAM policy with what it is for.
type Policy struct {
	Name     string         `json:"name"`
	About    string         `json:"about"`
	Document PolicyDocument `json:"document"`
}

// PolicyDocument is a policy as IAM reads it.
type PolicyDocument struct {
	Version   string      `json:"Version"`
	Statement []Statement `json:"Statement"`
}

// Statement is a statement of a policy.
type Statement struct {
	Sid       string                       `json:"Sid"`
	Effect    string                       `json:"Effect"`
	Principal map[string]string            `json:"Principal,omitempty"` // of a trust policy
	Action    []string                     `json:"Action"`
	Resource  []string                     `json:"Resource,omitempty"`
	Condition map[string]map[string]string `json:"Condition,omitempty"`
}

// Policies returns the least rights that a project needs, apart by who has them
// and what for. They name the project's own things wherever a service can tell
// them apart.
func Policies(o Options) []Policy {
	if !o.Settings.Foreign.IsZero() {
		return foreignPolicies(o)
	}
	w := rights{o.Settings, o}
	return []Policy{
		policy("job-trust", "trust policy of sagemaker.role", trust("sagemaker.amazonaws.com")),
		policy("job", "rights of sagemaker.role; besides, it must be able to read the data of the source tables", w.job()...),
		policy("scheduler-trust", "trust policy of sagemaker.scheduler_role", trust("scheduler.amazonaws.com")),
		policy("scheduler", "rights of sagemaker.scheduler_role", w.scheduler()...),
		policy("view", "rights of a person who looks", w.view()...),
		policy("operate", "rights of a person who runs, stops, retries, publishes and rolls back, besides those to look", w.operate()...),
		policy("source", "rights of whoever serves, to see whether rows came, and of a person who queries tables, besides those to look; it must also be able to list and read the data of the source tables", w.source()...),
		policy("deploy", "rights of whoever deploys", w.deploy()...),
		policy("rights", optionalRights, w.rights()...),
	}
}

// optionalRights says what the rights to ask about rights are for.
const optionalRights = "optional: lets a person have doctor say what they, the jobs and the schedule may do, before it is tried; it shows the rights of all users and roles that it names"

// rights lets somebody ask what policies say: of users and roles, for it is not known
// here by which the operators log in. GetRole is for roles that have a path.
func (w rights) rights() []Statement {
	iam := func(kind string) string {
		return strings.Join([]string{"arn", w.Partition(), "iam", "", cmp.Or(w.Account(), "*"), kind + "/*"}, ":")
	}
	return []Statement{
		allow("Ask", "iam", []string{"SimulatePrincipalPolicy"}, []string{iam("user"), iam("role")}),
		allow("Paths", "iam", []string{"GetRole"}, []string{iam("role")}),
	}
}

func policy(name, about string, statements ...Statement) Policy {
	return Policy{Name: name, About: about, Document: PolicyDocument{Version: "2012-10-17", Statement: statements}}
}

func trust(service string) Statement {
	return Statement{Sid: "Assume", Effect: "Allow", Principal: map[string]string{"Service": service}, Action: []string{"sts:AssumeRole"}}
}

// rights writes the statements of one project.
type rights struct {
	settings.Settings
	options Options
}

// allow returns a statement about actions of one service.
func allow(sid, service string, actions, resources []string) Statement {
	named := make([]string, len(actions))
	for i, action := range actions {
		named[i] = service + ":" + action
	}
	return Statement{Sid: sid, Effect: "Allow", Action: named, Resource: resources}
}

// pass lets a role be given to a service.
func (rights) pass(sid, service string, roles ...string) Statement {
	s := allow(sid, "iam", []string{"PassRole"}, roles)
	s.Condition = map[string]map[string]string{"StringEquals": {"iam:PassedToService": service}}
	return s
}

func (w rights) bucketARN() string { return "arn:" + w.Partition() + ":s3:::" + w.Bucket }

// objects returns the ARNs of objects below prefixes of the project.
func (w rights) objects(prefixes ...string) []string {
	arns := make([]string, len(prefixes))
	for i, prefix := range prefixes {
		arns[i] = w.bucketARN() + "/" + w.Prefix + "/" + prefix + "*"
	}
	return arns
}

// list lets the bucket be listed. It has no condition on prefixes: with one, S3
// answers for an object that is not there that it is forbidden.
func (w rights) list() Statement {
	return allow("Bucket", "s3", []string{"ListBucket", "GetBucketLocation"}, []string{w.bucketARN()})
}

// pipelines returns the ARNs of the pipelines with an ending. SageMaker writes
// the name in small letters, and IAM tells the cases apart.
func (w rights) pipelines(endings ...string) []string {
	var arns []string
	name := w.options.Definition.Pipeline
	for _, pipeline := range []string{name, w.RangePipeline(name)} {
		for _, ending := range endings {
			arns = append(arns, w.ARN("sagemaker", "pipeline/"+pipeline+ending), w.ARN("sagemaker", "pipeline/"+strings.ToLower(pipeline)+ending))
		}
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

func (w rights) tableARNs() []string {
	return []string{
		w.ARN("glue", "catalog"), w.ARN("glue", "database/"+w.Database), w.ARN("glue", "table/"+w.Database+"/"+w.options.Definition.Target.Table),
	}
}

// sourceARNs are the tables that the extract query reads.
func (w rights) sourceARNs() []string {
	arns := []string{w.ARN("glue", "catalog")}
	tables := slices.Sorted(maps.Values(w.options.Definition.Source.Files))
	for _, name := range tables {
		database, table, _ := strings.Cut(name, ".")
		arns = append(arns, w.ARN("glue", "database/"+database), w.ARN("glue", "table/"+database+"/"+table))
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

// kind is a kind of jobs that the pipeline makes.
type kind struct {
	name  string // in actions
	arn   string // of its jobs
	group string // of their logs
}

func (w rights) kinds() []kind {
	of := func(name, resource string) kind {
		return kind{name, w.ARN("sagemaker", resource+"/pipelines-*"), w.ARN("logs", "log-group:/aws/sagemaker/"+name+"Jobs")}
	}
	kinds := []kind{of("Processing", "processing-job")}
	if w.Trains() {
		kinds = append(kinds, of("Training", "training-job"))
	}
	return kinds
}

// jobs returns a statement with actions on the jobs of all kinds, whose names stand
// where the actions have a star.
func (w rights) jobs(actions ...string) Statement {
	var named, arns []string
	for _, k := range w.kinds() {
		for _, action := range actions {
			if action = strings.ReplaceAll(action, "*", k.name); !slices.Contains(named, action) {
				named = append(named, action)
			}
		}
		arns = append(arns, k.arn)
	}
	return allow("Jobs", "sagemaker", named, arns)
}

// logs returns a statement with actions on the logs of jobs.
func (w rights) logs(actions []string, endings ...string) Statement {
	var arns []string
	for _, k := range w.kinds() {
		for _, ending := range endings {
			arns = append(arns, k.group+ending)
		}
	}
	return allow("Logs", "logs", actions, arns)
}

// job are the rights of the role that the pipeline and its jobs run with: the
// former starts the latter.
func (w rights) job() []Statement {
	all := []Statement{
		w.jobs("Create*Job", "Describe*Job", "Stop*Job", "AddTags"),
		w.pass("PassToJobs", "sagemaker.amazonaws.com", w.Role),
		allow("Name", "sagemaker", []string{"UpdatePipelineExecution"}, w.pipelines("/execution/*")), // after the date, which the schedule does not know
		w.list(),
		allow("Objects", "s3", []string{"GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload"}, w.objects("")),
		allow("Query", "athena", []string{"StartQueryExecution", "GetQueryExecution", "StopQueryExecution"}, []string{w.ARN("athena", "workgroup/"+w.Workgroup)}),
		allow("Sources", "glue", []string{"GetDatabase", "GetTable", "GetPartition", "GetPartitions"}, w.sourceARNs()),
		allow("Partitions", "glue", []string{"GetTable", "GetPartition", "CreatePartition", "UpdatePartition"}, w.tableARNs()),
		w.logs([]string{"CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents"}, "", ":*"),
	}
	if w.Trains() { // CloudWatch knows no resources, but namespaces
		metrics := allow("Metrics", "cloudwatch", []string{"PutMetricData"}, []string{"*"})
		metrics.Condition = map[string]map[string]string{"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"}}
		all = append(all, metrics)
	}
	if repository, ok := w.repository(); ok {
		all = append(
			all,
			allow("Registry", "ecr", []string{"GetAuthorizationToken"}, []string{"*"}), // it is of no repository
			allow("Image", "ecr", []string{"BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"}, []string{repository}),
		)
	}
	if w.Dashboard.DataSet != "" {
		all = append(all, w.dashboard("CreateIngestion"))
	}
	return all
}

// repository returns the ARN of the image's repository, if it is one of ECR.
func (w rights) repository() (string, bool) {
	parts := regexp.MustCompile(`^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)`).FindStringSubmatch(w.Image)
	if parts == nil {
		return "", false
	}
	return strings.Join([]string{"arn", w.Partition(), "ecr", parts[2], parts[1], "repository/" + parts[3]}, ":"), true
}

func (w rights) scheduler() []Statement {
	return []Statement{allow("Start", "sagemaker", []string{"StartPipelineExecution"}, w.pipelines(""))}
}

// dashboard returns a statement about the refreshes of the data set.
func (w rights) dashboard(actions ...string) Statement {
	dataSet := strings.Join([]string{"arn", w.Partition(), "quicksight", w.Region, w.Dashboard.Account, "dataset/" + w.Dashboard.DataSet}, ":")
	return allow("Dashboard", "quicksight", actions, []string{dataSet, dataSet + "/ingestion/*"})
}

func (w rights) view() []Statement {
	all := []Statement{
		allow("Pipelines", "sagemaker", []string{
			"DescribePipeline", "ListPipelineExecutions", "DescribePipelineExecution", "ListPipelineExecutionSteps",
			"ListPipelineParametersForExecution", "DescribePipelineDefinitionForExecution", "ListTags",
		}, w.pipelines("", "/execution/*")),
		w.jobs("Describe*Job"),
		w.logs([]string{"DescribeLogStreams", "GetLogEvents", "FilterLogEvents"}, ":*"),
		w.list(),
		allow("Objects", "s3", []string{"GetObject"}, w.objects("")),
		allow("Partitions", "glue", []string{"GetDatabase", "GetTable", "GetPartition", "GetPartitions"}, w.tableARNs()),
	}
	all = append(all, w.deployed()...)
	if w.LiveTail {
		tail := w.logs([]string{"StartLiveTail"}, "")
		tail.Sid = "LiveTail"
		all = append(all, tail)
	}
	if w.Dashboard.DataSet != "" {
		all = append(all, w.dashboard("ListIngestions"))
	}
	return all
}

// deployed lets somebody compare what is deployed with the project, beside what
// they look at anyway.
func (w rights) deployed() []Statement {
	all := []Statement{allow("Schedule", "scheduler", []string{"GetSchedule"}, []string{w.scheduleARN()})}
	if w.RunsDays > 0 {
		all = append(all, allow("Lifecycle", "s3", []string{"GetLifecycleConfiguration"}, []string{w.bucketARN()}))
	}
	if w.Topic != "" {
		all = append(
			all,
			allow("Rule", "events", []string{"DescribeRule", "ListTargetsByRule"}, []string{ruleARN(w.options)}),
			allow("Topic", "sns", []string{"GetTopicAttributes"}, []string{w.TopicARN()}),
		)
	}
	return all
}

func (w rights) scheduleARN() string {
	return w.ARN("scheduler", "schedule/default/"+settings.ScheduleName(w.options.Definition.Pipeline))
}

func (w rights) operate() []Statement {
	all := []Statement{
		allow("Executions", "sagemaker", []string{"StartPipelineExecution", "StopPipelineExecution"}, w.pipelines("", "/execution/*")),
		allow("Records", "s3", []string{"PutObject"}, w.objects("state/", "projects/")),
		allow("Drafts", "s3", []string{"DeleteObject"}, w.objects("state/plans/")),
		allow("Generations", "s3", []string{"PutObject", "DeleteObject"}, w.objects("generations/")),                  // those that need not be kept go
		allow("Partitions", "glue", []string{"CreatePartition", "UpdatePartition", "DeletePartition"}, w.tableARNs()), // the last of a date that is rolled back to nothing
	}
	if w.Dashboard.DataSet != "" {
		all = append(all, w.dashboard("CreateIngestion"))
	}
	return all
}

// source lets somebody look at the source and count rows of a date, and run queries.
func (w rights) source() []Statement {
	return []Statement{
		allow("Query", "athena", []string{"StartQueryExecution", "GetQueryExecution", "StopQueryExecution", "GetQueryResults"}, []string{w.ARN("athena", "workgroup/"+w.Workgroup)}),
		allow("Sources", "glue", []string{"GetDatabase", "GetTable", "GetPartition", "GetPartitions"}, w.sourceARNs()),
		w.list(),
		allow("Results", "s3", []string{"GetObject", "PutObject", "AbortMultipartUpload"}, w.objects("athena/")),
	}
}

func (w rights) deploy() []Statement {
	all := []Statement{
		allow("Pipelines", "sagemaker", []string{"DescribePipeline", "ListTags", "CreatePipeline", "UpdatePipeline", "AddTags"}, w.pipelines("")),
		w.pass("PassToPipelines", "sagemaker.amazonaws.com", w.Role),
		w.list(),
		allow("Lifecycle", "s3", []string{"GetLifecycleConfiguration", "PutLifecycleConfiguration"}, []string{w.bucketARN()}),
		allow("Projects", "s3", []string{"GetObject", "PutObject"}, w.objects("projects/")),
		allow("Table", "glue", []string{"GetDatabase", "CreateDatabase", "GetTable", "CreateTable", "UpdateTable"}, w.tableARNs()),
		allow("Schedule", "scheduler", []string{"GetSchedule", "CreateSchedule", "UpdateSchedule"}, []string{w.scheduleARN()}),
	}
	if w.SchedulerRole != "" {
		all = append(all, w.pass("PassToScheduler", "scheduler.amazonaws.com", w.SchedulerRole))
	}
	if w.Topic != "" {
		all = append(
			all,
			allow("Rule", "events", []string{"DescribeRule", "ListTargetsByRule", "PutRule", "PutTargets"}, []string{ruleARN(w.options)}),
			allow("Topic", "sns", []string{"GetTopicAttributes", "CreateTopic", "SetTopicAttributes"}, []string{w.TopicARN()}),
		)
	}
	return all
}
