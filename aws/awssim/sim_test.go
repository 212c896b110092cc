package awssim_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"github.com/daybatch/daybatch/aws/awssim"
)

// account is a simulated account with the SDK's clients for it.
type account struct {
	*awssim.Sim

	endpoint  string
	config    awssdk.Config
	sagemaker *sagemaker.Client
	logs      *cloudwatchlogs.Client
	s3        *s3.Client
}

// open makes an account whose time is moved by hand unless the options say
// otherwise.
func open(t *testing.T, o awssim.Options) *account {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	sim, err := awssim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	sim.SetEndpoint(server.URL)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	a := &account{Sim: sim}
	a.connect(server.URL, "aki")
	return a
}

// connect makes the clients for an address, signing as a user.
func (a *account) connect(endpoint, accessKey string) {
	a.endpoint = endpoint
	a.config = awssdk.Config{
		Region: "ap-northeast-1", BaseEndpoint: awssdk.String(endpoint),
		Credentials: credentials.NewStaticCredentialsProvider(accessKey, "secret", ""),
		Retryer:     func() awssdk.Retryer { return quick{awssdk.NopRetryer{}} },
	}
	a.sagemaker = sagemaker.NewFromConfig(a.config)
	a.logs = cloudwatchlogs.NewFromConfig(a.config)
	a.s3 = s3.NewFromConfig(a.config, func(o *s3.Options) { o.UsePathStyle = true })
}

// quick never tries again, so that a test sees each error; but for one. The SDK
// closes a request's body when the head of the response is there. If the
// transport has not yet looked for the body's end, it closes the connection,
// and the response with it when it comes in two packets, as a proxy sends it.
type quick struct{ awssdk.NopRetryer }

func (quick) IsErrorRetryable(err error) bool { return errors.Is(err, net.ErrClosed) }

func (quick) MaxAttempts() int { return 3 }

func (quick) RetryDelay(int, error) (time.Duration, error) { return time.Millisecond, nil }

// advanceTo moves time in small steps until done says so. Containers are let
// finish after every step, so that their results are in place.
func (a *account) advanceTo(t *testing.T, done func() bool) {
	t.Helper()
	for range 2000 {
		if done() {
			return
		}
		a.Advance(10 * time.Second)
		a.Settle()
	}
	t.Fatal("it did not happen in five hours and a half of simulated time")
}

// ended says whether no execution runs any more.
func (a *account) ended() bool {
	for _, e := range a.Executions(demand) {
		if e.Status == "Executing" || e.Status == "Stopping" {
			return false
		}
	}
	return true
}

// demand is the pipeline of the tests; token begins the request tokens.
const (
	demand = "demand-daily"
	token  = "0123456789abcdef0123456789abcdef-"
)

// pipeline makes the pipeline of a definition, and its bucket.
func (a *account) pipeline(ctx context.Context, t *testing.T, definition string) {
	t.Helper()
	if err := a.CreateBucket("example-forecast"); err != nil {
		t.Fatal(err)
	}
	_, err := a.sagemaker.CreatePipeline(ctx, &sagemaker.CreatePipelineInput{
		PipelineName: awssdk.String(demand), PipelineDefinition: &definition, ClientRequestToken: awssdk.String(token + "create"),
		RoleArn: awssdk.String("arn:aws:iam::123456789012:role/daybatch-pipeline"),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// start starts an execution for a date and answers its ARN.
func (a *account) start(ctx context.Context, t *testing.T, date string) string {
	t.Helper()
	out, err := a.sagemaker.StartPipelineExecution(ctx, &sagemaker.StartPipelineExecutionInput{
		PipelineName: awssdk.String(demand), ClientRequestToken: awssdk.String(token + date), PipelineExecutionDisplayName: awssdk.String(date + "-a1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return *out.PipelineExecutionArn
}

// shared finds a file of the shared folder, which is not part of the
// repository: without it a test is skipped.
func shared(t *testing.T, name string) string {
	t.Helper()
	path, ok := find(name)
	if !ok {
		t.Skipf("no shared/%s", name)
	}
	return path
}

// find finds a file of the shared folder, if there is one.
func find(name string) (string, bool) {
	dir, err := os.Getwd()
	if err != nil {
		return "", false
	}
	roots := []string{}
	if wirecheck, ok := os.LookupEnv("WIRECHECK"); ok {
		roots = append(roots, filepath.Dir(filepath.Clean(wirecheck)))
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		roots = append(roots, filepath.Join(dir, "shared"))
	}
	for _, root := range roots {
		path := filepath.Join(root, name)
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
	}
	return "", false
}

// TestSeed makes an account after another over the same objects, with a seed of its
// own: no execution and no job goes by a name that the first gave out.
func TestSeed(t *testing.T) {
	t.Parallel()
	given := map[string]bool{}
	for _, seed := range []uint64{0, 1_800_000_000_000} {
		a := open(t, awssim.Options{Seed: seed, Script: script(0.2, nil)})
		a.pipeline(t.Context(), t, six())
		for day := 15; day < 18; day++ {
			a.start(t.Context(), t, fmt.Sprintf("2026-01-%d", day))
		}
		a.Advance(time.Hour)
		for _, x := range a.Executions(demand) {
			names := []string{x.ARN}
			for _, step := range x.Steps {
				names = append(names, step.Job)
			}
			for _, name := range names {
				if name != "" && given[name] {
					t.Errorf("with the seed %d %s was given out again", seed, name)
				}
				given[name] = true
			}
		}
	}
	if len(given) < 10 {
		t.Errorf("only %d names were given out", len(given))
	}
}
