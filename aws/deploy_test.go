package aws_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

const region = "ap-northeast-1"

// deployOptions are a project that has everything.
func deployOptions(endpoint string) aws.DeployOptions {
	return aws.DeployOptions{
		Salt: "once",
		Settings: settings.Settings{
			Region: region, Endpoint: endpoint, Bucket: "example-forecast", Prefix: "daybatch/demand-daily",
			Role: "arn:aws:iam::123456789012:role/daybatch-job", SchedulerRole: "arn:aws:iam::123456789012:role/daybatch-scheduler",
			Image: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/daybatch:1.0", Layout: settings.LayoutSteps,
			Machine:  settings.Machine{Instance: "ml.m5.xlarge", VolumeGB: 30, MaxRuntime: 6 * time.Hour},
			Database: "daybatch", Workgroup: "primary", RunsDays: 90, Topic: "alerts", Prices: settings.Prices(),
		},
		Definition: forecast.Definition{
			Pipeline: "demand-daily", Timezone: "Asia/Tokyo", Schedule: "cron(0 6 * * ? *)", LagDays: 1,
			Source: forecast.Source{
				Files: map[string]string{"orders": "raw.orders"}, Query: "SELECT * FROM orders WHERE ds <= {{.Date}}",
				Series: []string{"vehicle"}, Time: "ds", Value: "orders",
			},
			Forecast: forecast.Settings{Horizon: 28, Levels: []int{80, 95}},
			Gate:     forecast.Gate{WAPE: 0.35},
			Target:   forecast.Target{Table: "demand_forecast"},
		},
	}
}

// TestDeployOnTheWire deploys with the real SDK to another implementation of the
// services, and has each request checked against AWS's own models. Each service
// is throttled once, which the SDK has to sit out.
func TestDeployOnTheWire(t *testing.T) {
	endpoint, _ := startServices(t, "glue.CreateTable", "sagemaker.CreatePipeline", "scheduler.CreateSchedule", "events.PutTargets")
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	loaded, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(region), config.WithBaseEndpoint(endpoint))
	if err != nil {
		t.Fatal(err)
	}
	buckets := s3.NewFromConfig(loaded, func(o *s3.Options) { o.UsePathStyle = true })
	_, err = buckets.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: awssdk.String("example-forecast"), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: region},
	})
	if err != nil {
		t.Fatal(err)
	}
	o := deployOptions(endpoint)
	if n := deployNow(t, o).Count(aws.DeployCreate); n != 9 {
		t.Errorf("first deployment made %d things; want 9", n)
	}
	if p := deployNow(t, o); p.Count(aws.DeployKeep) != len(p.Changes) {
		t.Errorf("second deployment = %+v; want everything kept", p.Changes)
	}
	o.Definition.Schedule, o.Definition.Forecast.Levels, o.Settings.Topic = "cron(30 5 * * ? *)", []int{50, 80, 95}, "others"
	p := deployNow(t, o)
	var updated []string
	for _, c := range p.Changes {
		if c.Action == aws.DeployUpdate {
			updated = append(updated, string(c.Kind))
		}
	}
	if want := []string{"table", "pipeline", "pipeline", "rule", "schedule"}; !slices.Equal(updated, want) {
		t.Errorf("third deployment updated %v; want %v", updated, want)
	}
	got, err := scheduler.NewFromConfig(loaded).GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: awssdk.String("daybatch-demand-daily")})
	if err != nil {
		t.Fatal(err)
	}
	if *got.ScheduleExpression != "cron(30 5 * * ? *)" || *got.ScheduleExpressionTimezone != "Asia/Tokyo" || got.State != "ENABLED" {
		t.Errorf("schedule = %+v; want the new expression, enabled", got)
	}
	if found := fetch(t, endpoint+"/_wirecheck/violations?severity=error&dir=request"); strings.TrimSpace(found) != "[]" {
		t.Errorf("requests that AWS would refuse: %s", found)
	}
}

// deployNow plans and applies, and returns the plan.
func deployNow(t *testing.T, o aws.DeployOptions) aws.DeployPlan {
	t.Helper()
	d, err := aws.Deploy(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Apply(t.Context(), p, nil); err != nil {
		t.Fatal(err)
	}
	return p
}

// startServices starts moto behind wirecheck and returns the address of it all, and
// that of moto alone. It skips the test where one of them is missing.
func startServices(t *testing.T, throttled ...string) (endpoint, moto string) {
	t.Helper()
	dirs := []string{os.Getenv("WIRECHECK"), filepath.Join("..", "shared", "wirecheck"), filepath.Join("..", "..", "shared", "wirecheck")} //nolint:forbidigo // where the tools are, on this machine
	i := slices.IndexFunc(dirs, func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "start-moto.sh"))
		return err == nil
	})
	if i < 0 {
		t.Skip("there is no wirecheck here")
	}
	dir := t.TempDir()
	start := filepath.Join(dirs[i], "start-moto.sh")
	if out, err := exec.CommandContext(t.Context(), start, "0", dir).CombinedOutput(); err != nil {
		t.Skipf("no moto here: %v\n%s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command(start, "stop", dir).Run() })
	text, err := os.ReadFile(filepath.Join(dir, "moto.env"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "AWS_ENDPOINT_URL=")
	moto = strings.Fields(after)[0]
	arguments := []string{filepath.Join(dirs[i], "wirecheck.py"), "serve", "--listen", "127.0.0.1:0", "--upstream", moto}
	for _, operation := range throttled {
		arguments = append(arguments, "--inject", operation+"=ThrottlingException@1")
	}
	proxy := exec.CommandContext(context.WithoutCancel(t.Context()), "python3", arguments...)
	out, err := proxy.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = proxy.Process.Kill()
		_ = proxy.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n') // "wirecheck on http://127.0.0.1:PORT -> ..."
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(line)[2], moto
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDeployDocuments(t *testing.T) {
	t.Parallel()
	documents, err := aws.DeployDocuments(deployOptions(""))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range documents {
		names = append(names, d.Kind+" "+d.Name)
		if text, err := json.Marshal(d.Document); err != nil || len(text) < 50 {
			t.Errorf("document %s is %s, %v", d.Name, text, err)
		}
	}
	want := []string{
		"pipeline demand-daily-range", "pipeline demand-daily", "policy job-trust", "policy job", "policy scheduler-trust",
		"policy scheduler", "policy view", "policy operate", "policy source", "policy deploy", "policy rights",
	}
	if !slices.Equal(names, want) {
		t.Errorf("documents = %v; want %v", names, want)
	}
}
