package aws_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// guard stands before an account and compares what is called with the rights that
// `deploy --print` writes. What goes beyond them is done and fails the test, so that
// every test of an account is one of its policies too.
type guard struct {
	account http.Handler

	mu       sync.Mutex
	policies map[string][]statement // by name
	allowed  map[string]bool        // what was asked before, by who and what for
	beyond   map[string]bool
}

// statement is what a policy allows.
type statement struct{ Action, Resource []string }

// newGuard stands before an account until the test ends.
func newGuard(t *testing.T, account http.Handler) *guard {
	t.Helper()
	g := &guard{account: account, allowed: map[string]bool{}, beyond: map[string]bool{}, policies: map[string][]statement{
		// What the policies say has to be granted besides: to read the source's data.
		"data": {{Action: []string{"s3:ListBucket", "s3:GetObject"}, Resource: []string{"arn:aws:s3:::data", "arn:aws:s3:::data/*"}}},
	}}
	t.Cleanup(func() {
		for what := range g.beyond {
			t.Errorf("no policy allows %s", what)
		}
	})
	return g
}

// learn takes the policies of a project as those of now.
func (g *guard) learn(t *testing.T, o aws.DeployOptions) {
	t.Helper()
	all, err := aws.DeployDocuments(o)
	must(t, err)
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.allowed)
	for _, d := range all {
		if d.Kind != "policy" {
			continue
		}
		text, err := json.Marshal(d.Document)
		must(t, err)
		var document struct{ Statement []statement }
		must(t, json.Unmarshal(text, &document))
		g.policies[d.Name] = document.Statement
	}
}

// door is the address of the account for those who have some policies.
func (g *guard) door(t *testing.T, names ...string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client is gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		g.check(needs(r, body), names)
		g.account.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// check notes what goes beyond the policies.
func (g *guard) check(all []need, names []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, n := range all {
		what := strings.Join(names, ", ") + " to " + n.action + " on " + n.resource
		if g.allowed[what] {
			continue
		}
		if g.allowed[what] = g.allows(n, names); !g.allowed[what] {
			g.beyond[what] = true
		}
	}
}

// allows reports whether a policy allows something. The lock is held.
func (g *guard) allows(n need, names []string) bool {
	for _, name := range names {
		for _, s := range g.policies[name] {
			if slices.Contains(s.Action, n.action) && slices.ContainsFunc(s.Resource, func(pattern string) bool { return matches(pattern, n.resource) }) {
				return true
			}
		}
	}
	return false
}

// matches reports whether a pattern of IAM, in which * is any text, is about a
// resource.
func matches(pattern, resource string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == resource
	}
	rest, ok := strings.CutPrefix(resource, parts[0])
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if ok = ok && i >= 0; !ok {
			return false
		}
		rest = rest[i+len(part):]
	}
	return ok && strings.HasSuffix(rest, parts[len(parts)-1])
}

// need is a right that a call needs.
type need struct{ action, resource string }

// needs returns the rights that a call needs, as IAM's list of actions, resources
// and condition keys has it: all of them.
func needs(r *http.Request, body []byte) []need {
	service, region := scope(r)
	c := called{prefix: "arn:aws:" + service + ":" + region + ":123456789012:"}
	if service != "s3" { // whose bodies are large
		_ = json.Unmarshal(body, &c.in) // of services that don't speak JSON there is none
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if service == "unsigned" && r.URL.Query().Get("Action") == "ConfirmSubscription" {
		return nil // whoever has the link may
	}
	switch service {
	case "s3":
		return object(r, body)
	case "sts":
		return nil // everybody may
	case "scheduler":
		_, name, _ := strings.Cut(r.URL.Path, "/schedules/")
		action := map[string]string{http.MethodGet: "Get", http.MethodPost: "Create", http.MethodPut: "Update"}[r.Method] + "Schedule"
		return append([]need{{"scheduler:" + action, c.prefix + "schedule/default/" + name}}, c.passes("Target.RoleArn")...)
	case "quicksight":
		_, name, _ := strings.Cut(r.URL.Path, "/data-sets/")
		name, _, _ = strings.Cut(name, "/")
		action := map[bool]string{true: "CreateIngestion", false: "ListIngestions"}[r.Method == http.MethodPut]
		if action == "ListIngestions" && !strings.HasSuffix(r.URL.Path, "/ingestions") {
			action = "DescribeIngestion"
		}
		return []need{{"quicksight:" + action, c.prefix + "dataset/" + name + "/ingestion/" + path.Base(r.URL.Path)}}
	case "iam":
		form, _ := url.ParseQuery(string(body))
		whose := form.Get("PolicySourceArn")
		if name := form.Get("RoleName"); name != "" {
			whose = "arn:aws:iam::123456789012:role/" + name
		}
		return []need{{"iam:" + form.Get("Action"), whose}}
	case "sns":
		form, _ := url.ParseQuery(string(body))
		topic := form.Get("TopicArn")
		if topic == "" {
			topic = c.prefix + form.Get("Name")
		}
		return []need{{"sns:" + form.Get("Action"), topic}}
	case "sagemaker":
		return c.sagemaker(operation)
	default:
		var all []need
		for _, resource := range c.resources(service, operation) {
			all = append(all, need{service + ":" + operation, resource})
		}
		return all
	}
}

// scope is the service and the region that a request is signed for.
func scope(r *http.Request) (service, region string) {
	_, after, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	after, _, _ = strings.Cut(after, ",")
	parts := strings.Split(after, "/")
	if len(parts) < 5 {
		return "unsigned", ""
	}
	return parts[len(parts)-2], parts[len(parts)-3]
}

// object are the rights that a call to S3 needs.
func object(r *http.Request, body []byte) []need {
	bucket, key, isObject := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	arn, query := "arn:aws:s3:::"+bucket, r.URL.Query()
	if !isObject || key == "" {
		switch {
		case query.Has("lifecycle") && r.Method == http.MethodPut:
			return []need{{"s3:PutLifecycleConfiguration", arn}}
		case query.Has("lifecycle"):
			return []need{{"s3:GetLifecycleConfiguration", arn}}
		case query.Has("location"):
			return []need{{"s3:GetBucketLocation", arn}}
		case r.Method == http.MethodPost: // ?delete
			var in struct{ Object []struct{ Key string } }
			_ = xml.Unmarshal(body, &in)
			var all []need
			for _, o := range in.Object {
				all = append(all, need{"s3:DeleteObject", arn + "/" + o.Key})
			}
			return all
		default:
			return []need{{"s3:ListBucket", arn}}
		}
	}
	action := "PutObject"
	switch {
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		action = "GetObject"
	case r.Method == http.MethodDelete && query.Has("uploadId"):
		action = "AbortMultipartUpload"
	case r.Method == http.MethodDelete:
		action = "DeleteObject"
	}
	return []need{{"s3:" + action, arn + "/" + key}}
}

// called is a call of a service that speaks JSON.
type called struct {
	prefix string // of ARNs
	in     map[string]any
}

// text returns a member of the input, or of a member of it.
func (c called) text(name string) string {
	in := c.in
	for {
		outer, inner, nested := strings.Cut(name, ".")
		if !nested {
			text, _ := in[name].(string)
			return text
		}
		in, _ = in[outer].(map[string]any)
		name = inner
	}
}

// passes is the right to pass the role that a member names, if it is there.
func (c called) passes(member string) []need {
	if role := c.text(member); role != "" {
		return []need{{"iam:PassRole", role}}
	}
	return nil
}

func (c called) sagemaker(operation string) []need {
	all := c.passes("RoleArn")
	for member, resource := range map[string]string{
		"PipelineName": "pipeline/", "ProcessingJobName": "processing-job/", "TrainingJobName": "training-job/", "TransformJobName": "transform-job/",
		"HyperParameterTuningJobName": "hyper-parameter-tuning-job/", "PipelineExecutionArn": "", "ResourceArn": "",
	} {
		name := c.text(member)
		switch {
		case name == "":
			continue
		case !strings.HasPrefix(name, "arn:"):
			name = c.prefix + resource + name
		}
		if before, pipeline, ok := strings.Cut(name, ":pipeline/"); ok { // SageMaker takes any case, and has small letters
			name = before + ":pipeline/" + strings.ToLower(pipeline)
		}
		all = append(all, need{"sagemaker:" + operation, name})
		if c.in["Tags"] != nil && operation != "AddTags" {
			all = append(all, need{"sagemaker:AddTags", name})
		}
	}
	if len(all) == 0 {
		return []need{{"sagemaker:" + operation, "*"}}
	}
	return all
}

// resources are what a call of another service is about.
func (c called) resources(service, operation string) []string {
	switch service {
	case "glue":
		database := c.text("DatabaseName") + c.text("DatabaseInput.Name")
		if operation == "GetDatabase" {
			database = c.text("Name")
		}
		all := []string{c.prefix + "catalog", c.prefix + "database/" + database}
		if strings.Contains(operation, "Database") {
			return all
		}
		table := c.text("TableName") + c.text("TableInput.Name")
		if operation == "GetTable" {
			table = c.text("Name")
		}
		return append(all, c.prefix+"table/"+database+"/"+table)
	case "athena": // queries belong to the workgroup that they were started in
		return []string{c.prefix + "workgroup/primary"}
	case "logs":
		group := c.prefix + "log-group:" + c.text("logGroupName")
		switch operation {
		case "StartLiveTail":
			var all []string
			groups, _ := c.in["logGroupIdentifiers"].([]any)
			for _, arn := range groups {
				text, _ := arn.(string)
				all = append(all, text)
			}
			return all
		case "GetLogEvents":
			return []string{group + ":log-stream:" + c.text("logStreamName")}
		default:
			return []string{group + ":*"}
		}
	case "events":
		return []string{c.prefix + "rule/" + c.text("Name") + c.text("Rule")}
	default:
		return []string{"*"}
	}
}

// TestMendUnpublished has doctor remove what nobody published, which the printed rights
// of an operator allow.
func TestMendUnpublished(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{})
	e := a.open(t, nil)
	prefix := a.settings.Prefix + "/" + naming.GenerationPrefix(a.def.Target.Table, day(10), "lost")
	must(t, a.sim.PutObject("bucket", prefix+"part-0.parquet", []byte("rows")))
	found, err := e.Mend(t.Context(), "aki")
	if err != nil || !slices.ContainsFunc(found, func(f forecast.Finding) bool { return f.Kind == "orphan-generation" }) {
		t.Errorf("Mend = %+v, %v; want an orphan-generation", found, err)
	}
	if left, err := a.sim.Objects("bucket", prefix); err != nil || len(left) != 0 {
		t.Errorf("left are %q, %v; want nothing", left, err)
	}
}
