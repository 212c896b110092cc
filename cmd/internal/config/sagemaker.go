package config

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

const (
	// maxVolume is the largest volume of a job in GB.
	maxVolume = 16_384
	// longestJob is how long SageMaker lets a processing job run.
	longestJob = 777_600 * time.Second
	// maxInstances is how many machines a processing job may have.
	maxInstances = 100
)

// sageMakerKeys are the keys of the account that the sagemaker engine works in.
func sageMakerKeys() []key {
	return slices.Concat(accountKeys(), jobKeys(), aroundKeys(), foreignKeys())
}

func accountKeys() []key {
	return []key{
		{
			path: "sagemaker.region", doc: "AWS region, for example ap-northeast-1",
			read: func(c *Config, v value) { c.SageMaker.Region = v.matching(region()) },
		},
		{
			path: "sagemaker.profile", doc: "profile of the shared AWS configuration; without it the default one, or the environment",
			read: func(c *Config, v value) { c.SageMaker.Profile = v.text() },
		},
		{
			path: "sagemaker.endpoint", doc: "address to call in the place of AWS, for tests",
			read: func(c *Config, v value) { c.SageMaker.Endpoint = v.endpoint() },
		},
		{
			path: "sagemaker.simulation", doc: "directory of a simulated account in the place of AWS, as demo --engine sagemaker makes it",
			read: func(c *Config, v value) { c.SageMaker.Simulation = v.text() },
		},
		{
			path: "sagemaker.bucket", doc: "S3 bucket of the records, the outputs and the forecasts",
			read: func(c *Config, v value) { c.SageMaker.Bucket = v.matching(bucket()) },
		},
		{
			path: "sagemaker.prefix", doc: "prefix of all objects in the bucket; by default daybatch/ and the pipeline's name",
			read: func(c *Config, v value) { c.SageMaker.Prefix = v.matching(objectPrefix()) },
		},
		{
			path: "sagemaker.role", doc: "ARN of the role that jobs run with",
			read: func(c *Config, v value) { c.SageMaker.Role = v.matching(role()) },
		},
		{
			path: "sagemaker.scheduler_role", doc: "ARN of the role that EventBridge Scheduler starts executions with; without it nothing but serve starts them",
			read: func(c *Config, v value) { c.SageMaker.SchedulerRole = v.matching(role()) },
		},
	}
}

func jobKeys() []key {
	return []key{
		{
			path: "sagemaker.image", doc: "container image with daybatch in it",
			read: func(c *Config, v value) { c.SageMaker.Image = v.matching(image()) },
		},
		{
			path: "sagemaker.layout", standard: string(settings.LayoutFused), doc: "fused: one job runs all steps, with one machine start; steps: a job for each step",
			read: func(c *Config, v value) {
				c.SageMaker.Layout = settings.Layout(v.oneOf(string(settings.LayoutFused), string(settings.LayoutSteps)))
			},
		},
		{
			path: "sagemaker.train_as", standard: string(settings.TrainAsTraining), doc: "under layout steps: training: the job of train is a Training job, with its metrics and model in Studio; processing: a Processing job, as the others",
			read: func(c *Config, v value) {
				c.SageMaker.TrainAs = settings.TrainAs(v.oneOf(string(settings.TrainAsTraining), string(settings.TrainAsProcessing)))
			},
		},
		{
			path: "sagemaker.instance", standard: "ml.m5.xlarge", doc: "instance type of jobs",
			read: func(c *Config, v value) { c.SageMaker.Machine.Instance = v.matching(instance()) },
		},
		{
			path: "sagemaker.volume_gb", standard: "30", doc: "volume of jobs in GB",
			read: func(c *Config, v value) { c.SageMaker.Machine.VolumeGB = v.integer(1, maxVolume) },
		},
		{
			path: "sagemaker.max_runtime", standard: "6h", doc: "how long a job may run",
			read: func(c *Config, v value) { c.SageMaker.Machine.MaxRuntime = v.jobTime() },
		},
		{
			path: "sagemaker.steps", doc: "what differs for the job of a step under layout steps: {train: {instance: ml.m5.4xlarge, volume_gb: 100, max_runtime: 12h, instances: 4}}; instances share the series of train or predict",
			read: func(c *Config, v value) { c.SageMaker.Steps = v.machines() },
		},
		{
			path: "sagemaker.prices", doc: "price of an hour of instances in USD, for estimates: {ml.m5.xlarge: 0.298}; without it those of us-east-1",
			read: func(c *Config, v value) { c.SageMaker.Prices = settings.WithPrices(v.prices()) },
		},
	}
}

func aroundKeys() []key {
	return []key{
		{
			path: "sagemaker.database", standard: "daybatch", doc: "database of the Glue catalogue that the target table is in",
			read: func(c *Config, v value) { c.SageMaker.Database = v.matching(database()) },
		},
		{
			path: "sagemaker.workgroup", standard: "primary", doc: "Athena workgroup of the extract query",
			read: func(c *Config, v value) { c.SageMaker.Workgroup = v.matching(workgroup()) },
		},
		{
			path: "sagemaker.runs_days", standard: "90",
			doc:  "days for which S3 keeps what runs leave (extracts, models, evaluations), by a rule that deploy puts on the bucket; 0: no rule",
			read: func(c *Config, v value) { c.SageMaker.RunsDays = v.integer(0, 3650) },
		},
		{
			path: "sagemaker.live_tail", standard: "false",
			doc:  "follow logs by a live tail of CloudWatch: a second behind, and fewer reads of logs in which nothing happens; billed by the minute beyond 1800 a month",
			read: func(c *Config, v value) { c.SageMaker.LiveTail = v.boolean() },
		},
		{
			path: "sagemaker.source_queries", standard: "6",
			doc:  "most Athena queries by which a server finds out that a date's rows have arrived, for each of its attempts; 0: none",
			read: func(c *Config, v value) { c.SageMaker.SourceQueries = v.integer(0, 24) },
		},
		{
			path: "sagemaker.topic", doc: "SNS topic, its name or ARN, that is told when an execution fails",
			read: func(c *Config, v value) { c.SageMaker.Topic = v.matching(topic()) },
		},
		{
			path: "sagemaker.dashboard.account", doc: "account of the QuickSight data set, 12 digits; by default that of the role",
			read: func(c *Config, v value) { c.SageMaker.Dashboard.Account = v.matching(account()) },
		},
		{
			path: "sagemaker.dashboard.data_set", doc: "QuickSight data set that is refreshed after a publish",
			read: func(c *Config, v value) { c.SageMaker.Dashboard.DataSet = v.matching(dataSet()) },
		},
	}
}

// form is how a text has to look.
type form struct {
	pattern string // of all of it
	want    string // in words
}

func region() form {
	return form{`[a-z]{2}(-[a-z]+)+-\d`, "an AWS region such as ap-northeast-1"}
}

func bucket() form {
	return form{`[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]`, "the name of a bucket, without s3://: 3 to 63 lower-case letters, digits, dots and hyphens"}
}

func objectPrefix() form {
	return form{`[A-Za-z0-9_.=-]{1,100}(/[A-Za-z0-9_.=-]{1,100}){0,5}`, "words of letters, digits, _ . = and - with single slashes between them, for example batches/demand"}
}

func role() form {
	return form{`arn:aws[a-z-]*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@/-]{1,512}`, "the ARN of a role such as arn:aws:iam::123456789012:role/daybatch-job"}
}

func image() form {
	return form{`\S{1,255}`, "the address of a container image, without blanks"}
}

func instance() form {
	return form{`ml\.[a-z0-9-]+\.[a-z0-9]+`, "an instance type such as ml.m5.xlarge"}
}

func database() form {
	return form{`[a-z0-9_]{1,255}`, "lower-case letters, digits and underscores"}
}

func workgroup() form { return form{`[a-zA-Z0-9._-]{1,128}`, "the name of an Athena workgroup"} }

func topic() form {
	return form{`(arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:)?[A-Za-z0-9_-]{1,256}`, "the name or the ARN of an SNS topic"}
}

func account() form { return form{`\d{12}`, "12 digits; write it in quotes"} }

func dataSet() form { return form{`[A-Za-z0-9_-]{1,256}`, "the id of a QuickSight data set"} }

// matching reads a text of a form.
func (v value) matching(f form) string {
	text := v.text()
	if text != "" && !regexp.MustCompile(`^(?:`+f.pattern+`)$`).MatchString(text) {
		v.fail("%q must be %s", text, f.want)
	}
	return text
}

// endpoint reads the address of a service in the place of AWS.
func (v value) endpoint() string {
	text := v.text()
	address, err := url.Parse(text)
	if text != "" && (err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https") {
		v.fail("%q must be an http:// or https:// address", text)
	}
	return text
}

// jobTime reads how long a job may run.
func (v value) jobTime() time.Duration {
	d := v.duration()
	if d != 0 && (d < time.Minute || d > longestJob) {
		v.fail("is %s, must be from 1m to %s", d, longestJob)
	}
	return d
}

// prices reads the prices of instances.
func (v value) prices() map[string]float64 {
	prices := map[string]float64{}
	for _, e := range v.entries() {
		if !regexp.MustCompile(`^` + instance().pattern + `$`).MatchString(e.name) {
			e.at.fail("%q must be %s", e.name, instance().want)
		}
		prices[e.name] = e.positive()
	}
	return prices
}

// machines reads what differs for the jobs of steps.
func (v value) machines() map[forecast.StepName]settings.Machine {
	machines := map[forecast.StepName]settings.Machine{}
	for _, e := range v.entries() {
		name, ok := e.stepOf()
		if !ok {
			continue
		}
		if _, twice := machines[name]; twice {
			e.at.fail("%s is there twice", name)
		}
		machines[name] = e.machine()
	}
	return machines
}

func (v value) machine() settings.Machine {
	var m settings.Machine
	for _, e := range v.entries() {
		switch e.name {
		case "instance":
			m.Instance = e.matching(instance())
		case "volume_gb":
			m.VolumeGB = e.integer(1, maxVolume)
		case "instances":
			m.Instances = e.integer(1, maxInstances)
		case "max_runtime":
			m.MaxRuntime = e.jobTime()
		default:
			e.at.unknownKey([]string{"instance", "volume_gb", "instances", "max_runtime"})
		}
	}
	return m
}

// checkSageMaker looks at what the section says together with the rest.
func (l *loader) checkSageMaker() {
	s, d := &l.config.SageMaker, &l.config.Definition
	l.needSageMaker()
	if s.Prices == nil {
		s.Prices = settings.Prices()
	}
	if s.Prefix == "" {
		l.derive("sagemaker.prefix", "daybatch/"+d.Pipeline)
		s.Prefix = "daybatch/" + d.Pipeline
	}
	if s.Dashboard.DataSet != "" && s.Dashboard.Account == "" {
		s.Dashboard.Account = s.Account()
	}
	if s.Foreign.IsZero() {
		l.checkOwn()
	}
	l.checkForeign()
	l.checkInstances()
	if len(s.Steps) > 0 && s.Layout == settings.LayoutFused {
		l.config.Warnings = append(l.config.Warnings, l.found["sagemaker.steps"].where()+": sagemaker.steps has no effect under layout fused: one job runs all steps, on sagemaker.instance")
	}
	if v, ok := l.found["sagemaker.train_as"]; ok && v.source == FileName && s.Layout == settings.LayoutFused {
		l.config.Warnings = append(l.config.Warnings, v.where()+": sagemaker.train_as has no effect under layout fused: Train has no job of its own")
	}
	if s.SchedulerRole != "" && settings.RoleAccount(s.SchedulerRole) != s.Account() && s.Account() != "" {
		l.problem("sagemaker.scheduler_role", "is in account %s, and sagemaker.role in %s: they must be in one", settings.RoleAccount(s.SchedulerRole), s.Account())
	}
}

// checkInstances looks at the steps that several machines are to work on.
func (l *loader) checkInstances() {
	s, d := &l.config.SageMaker, l.config.Definition
	for _, e := range l.entriesOf("sagemaker.steps") {
		name, known := stepName(e.name, forecast.StepNames())
		switch n := s.Steps[name].Instances; {
		case !known || n < 2:
		case s.Layout == settings.LayoutFused:
			e.fail("is to run on %d machines, but under layout fused one job on one machine runs all steps: set sagemaker.layout: steps, or take a larger sagemaker.instance", n)
		case len(d.Steps[name].Command) > 0:
			e.fail("is to run on %d machines, but steps.%s.command is a program of your own, which daybatch can't share out: leave instances out", n, e.name)
		case !d.Shareable(name):
			e.fail("is to run on %d machines, but only train and predict can: they fit models series by series", n)
		}
	}
}

// checkOwn looks at what only a pipeline of daybatch's own has.
func (l *loader) checkOwn() {
	d := l.config.Definition
	if len(d.Pipeline) == 1 {
		// The schedule's client token begins with the name, and needs 32 characters.
		l.problem("pipeline", "%q must have at least 2 characters on SageMaker", d.Pipeline)
	}
	for _, e := range l.entriesOf("source.files") {
		if table := d.Source.Files[e.name]; table != "" && !isCatalogued(table) {
			e.fail("%q must be a table of the Glue catalogue, database.table: that is what the query reads on SageMaker", table)
		}
	}
}

// isCatalogued reports whether text names a database and a table, and not a file:
// orders.csv could be both, and is meant as a file.
func isCatalogued(text string) bool {
	return regexp.MustCompile(`^[a-z0-9_]+\.[a-z0-9_]+$`).MatchString(text) &&
		!strings.HasSuffix(text, ".csv") && !strings.HasSuffix(text, ".parquet")
}

// entriesOf returns the entries of a mapping that was given.
func (l *loader) entriesOf(key string) []entry {
	v, ok := l.found[key]
	if !ok || !v.isMapping() {
		return nil
	}
	return v.entries()
}

// needSageMaker reports the keys that have to be there.
func (l *loader) needSageMaker() {
	needed := []string{"sagemaker.region", "sagemaker.bucket"}
	if l.config.SageMaker.Foreign.IsZero() {
		needed = append(needed, "sagemaker.role", "sagemaker.image")
	}
	for _, key := range needed {
		if _, ok := l.found[key]; !ok {
			l.missing(key)
		}
	}
}
