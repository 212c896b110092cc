package aws_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// machines are those of the steps that several can share; those of Train have a
// type of their own.
func machines(n int) map[forecast.StepName]settings.Machine {
	return map[forecast.StepName]settings.Machine{forecast.Train: {Instance: "ml.c5.xlarge", Instances: n}, forecast.Predict: {Instances: n}}
}

// TestMachinesShareSteps runs the built-in steps of a date on one machine and on
// three: the forecasts are the same, one machine publishes, each is paid, and the
// log of a step has the lines of all.
func TestMachinesShareSteps(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, time.January, 31)
	def := enginetest.Definition()
	def.Forecast.Models = []string{"auto"}
	def.Source.Value = "value" // as the files of the account have it
	var want []forecast.SeriesForecast
	for _, n := range []int{1, 3} {
		a := newAccount(t, def, nil, accountOptions{layout: settings.LayoutSteps, real: true, steps: machines(n)})
		a.settings.Prices = map[string]float64{"ml.c5.xlarge": 3600, "ml.m5.xlarge": 0}
		e := a.open(t, nil)
		runDates(t, e, d)
		day := dateDay(t, e, d)
		if day.State != forecast.DaySucceeded {
			t.Fatalf("on %d machines the date is %s: %+v", n, day.State, day.Reason)
		}
		got, err := e.Forecasts(t.Context(), forecast.SeriesQuery{Date: d})
		must(t, err)
		for i := range got {
			got[i].Generation = ""
		}
		if n == 1 {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got) != 2 {
			t.Errorf("%d series (-one machine +%d):\n%s", len(got), n, diff)
		}
		if all, err := e.Partitions(t.Context(), forecast.PartitionQuery{Range: calendar.Range{From: d, To: d}}); err != nil || len(all) != 1 {
			t.Errorf("on %d machines there are partitions %+v, %v; want one", n, all, err)
		}
		shares := map[string]bool{}
		for _, line := range readLog(t, e, forecast.LogQuery{Execution: day.Last.ID, Step: forecast.Train}, "") {
			if _, share, ok := strings.Cut(line, "share done"); ok {
				shares[share] = true
			}
		}
		if n > 1 && len(shares) != n {
			t.Errorf("the log of Train has the shares %v; want that of %d machines", shares, n)
		}
		await(t, "the bill", func() (forecast.Day, error) { return dateDay(t, e, d), nil }, func(now forecast.Day) bool {
			day = now
			return now.Last.Cost > 0
		})
		wantTrained(t, a, n)
		train := day.Steps[2] // which is billed for whole seconds
		if worked := float64(n) * (train.Ended.Sub(train.Started).Seconds() - 1); day.Last.Cost < worked {
			t.Errorf("%d machines cost %g; want at least the %g seconds that they worked", n, day.Last.Cost, worked)
		}
	}
}

// wantTrained checks what SageMaker knows of the Training job: its metrics, read from
// the log of the real step, and its model.
func wantTrained(t *testing.T, a *account, machines int) {
	t.Helper()
	i := slices.IndexFunc(a.sim.Executions("exercise")[0].Steps, func(s awssim.StepRun) bool { return s.Name == string(forecast.Train) })
	name := a.sim.Executions("exercise")[0].Steps[i].Job
	client := sagemaker.New(sagemaker.Options{
		Region: "ap-northeast-1", BaseEndpoint: &a.address, Credentials: credentials.NewStaticCredentialsProvider("aki", "secret", ""),
	})
	job, err := client.DescribeTrainingJob(t.Context(), &sagemaker.DescribeTrainingJobInput{TrainingJobName: &name})
	must(t, err)
	metrics := map[string]float32{}
	for _, m := range job.FinalMetricDataList {
		metrics[*m.MetricName] = *m.Value
	}
	// Weeks that are all alike have no scale, and with it no mase.
	if len(metrics) != 2 || metrics["backtest:series"] != 2 || metrics["backtest:wape"] <= 0 {
		t.Errorf("final metrics = %v; want wape and the number of series", metrics)
	}
	if n := *job.ResourceConfig.InstanceCount; int(n) != machines || *job.BillableTimeInSeconds < 1 {
		t.Errorf("the job had %d machines for %d s; want %d", n, *job.BillableTimeInSeconds, machines)
	}
	_, key, _ := strings.Cut(*job.ModelArtifacts.S3ModelArtifacts, "s3://bucket/")
	if model, err := a.sim.Object("bucket", key); err != nil || len(model) == 0 {
		t.Errorf("the model is %d bytes, %v", len(model), err)
	}
}

// TestRerunOfAnotherKind changes what kind of job Train is between an attempt and its
// rerun: SageMaker can't give the one's output to what expects the other's.
func TestRerunOfAnotherKind(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), failsOnce(forecast.Predict), accountOptions{layout: settings.LayoutSteps, train: settings.TrainAsProcessing})
	carryOut(t, a.open(t, nil), runRequest())
	a.settings.TrainAs = settings.TrainAsTraining
	a.deploy(t)
	row, x := carryOut(t, a.open(t, nil), rerunRequest())
	all := a.sim.Executions("exercise")
	if got := ran(all[len(all)-1]); got != "Train TrainEvaluation Predict PostProc" || !strings.Contains(row.Reason, "another kind than sagemaker.train_as says") {
		t.Errorf("the rerun ran %q: %q; want Train and all after it", got, row.Reason)
	}
	if x.Status != forecast.Succeeded || statuses(x) != "Reused/Reused/Succeeded/Succeeded/Succeeded/Succeeded" {
		t.Errorf("the rerun is %s: %s", x.Status, statuses(x))
	}
}

// TestRerunOfARerun takes the model of a Training job over twice: from the attempt
// that trained it, and from one that took it over itself.
func TestRerunOfARerun(t *testing.T) {
	t.Parallel()
	script := enginetest.Script{theDay(): {forecast.Predict: {enginetest.Fails("flaky"), enginetest.Fails("flaky"), {}}}}
	a := newAccount(t, enginetest.Definition(), script, accountOptions{layout: settings.LayoutSteps})
	e := a.open(t, nil)
	carryOut(t, e, runRequest())
	for range 2 {
		row, x := carryOut(t, e, rerunRequest())
		all := a.sim.Executions("exercise")
		if got := ran(all[len(all)-1]); !strings.HasPrefix(got, "Predict") {
			t.Errorf("attempt %d ran %q: %q; want Predict and what comes after", x.Attempt, got, row.Reason)
		}
	}
	if x := last(t, e, 10); x.Status != forecast.Succeeded || statuses(x) != "Reused/Reused/Reused/Reused/Succeeded/Succeeded" {
		t.Errorf("the last attempt is %s: %s", x.Status, statuses(x))
	}
}

// TestContractMachines runs cases of the contract with steps that machines share.
func TestContractMachines(t *testing.T) {
	t.Parallel()
	exercise(t, accountOptions{
		layout: settings.LayoutSteps, steps: machines(2),
		cases: []string{"run succeeds", "gate refuses", "rerun from the failed step", "stop at Train", "two engines run one date", "logs are complete"},
	})
}
