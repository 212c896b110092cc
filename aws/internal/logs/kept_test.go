package logs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/logs"
	"github.com/daybatch/daybatch/forecast"
)

// overJob is a job that has been over for long.
func overJob(name string) logs.Job {
	job := endedJob
	job.Name, job.Account, job.Over = name, account, true
	return job
}

// pages answers FilterLogEvents with pages of a job's stream, and counts the calls.
// A page that is nil fails.
func pages(calls *int, messages ...[]string) client {
	return client{filter: func(in *cloudwatchlogs.FilterLogEventsInput) (*cloudwatchlogs.FilterLogEventsOutput, error) {
		at := 0
		if in.NextToken != nil {
			_, _ = fmt.Sscan(*in.NextToken, &at)
		}
		*calls++
		if messages[at] == nil {
			return nil, errors.New("connection reset")
		}
		out := filtered(*in.LogStreamNamePrefix+"algo-1", time.Duration(at)*time.Minute, messages[at]...)
		if at+1 < len(messages) {
			out.NextToken = awssdk.String(strconv.Itoa(at + 1))
		}
		return out, nil
	}}
}

// keptIn are the options of a process long after all jobs.
func keptIn(t *testing.T, dir string, most int64) logs.Options {
	t.Helper()
	o := later()
	o.Kept = &logs.Kept{Dir: dir, Most: most, Failed: func(_ context.Context, err error) { t.Errorf("keep: %v", err) }}
	return o
}

func keptFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestKept reads a log of a job that is over in several processes: the first one asks
// for it, and the others have the same lines without a call.
func TestKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "logs")
	calls := 0
	job := overJob("pipelines-x-Steps-1")
	job.Step = ""
	tagged := func(step forecast.StepName, text string) string {
		return logs.Tag{Run: run, Step: step, Date: date}.String() + " " + text
	}
	fake := pages(&calls, []string{
		"starting", tagged(forecast.Extract, "GET x?token=abcd1234\nsecond line\r"), tagged(forecast.Extract, "fit 1\rfit 2 <é>"),
	}, []string{tagged(forecast.Train, "pass\x1b[1mword=hunter2\x1b[0m in \x1b[31mred\x1b[0m")})
	open := func(step forecast.StepName, follow bool) []string {
		query := logs.Query{Jobs: jobsOf(job), Run: run, Date: date, Step: step, Follow: follow}
		return texts(readAll(t, logs.New(fake, keptIn(t, dir, 0)).Open(query)))
	}
	first := open("", false)
	if calls != 2 || len(first) != 5 {
		t.Fatalf("first reading: %d calls, lines %q; want two pages and five lines", calls, first)
	}
	want := []string{
		": starting", "Extract: GET x?token=[redacted]", "Extract: second line", "Extract: fit 1\rfit 2 <é>", "Train: password=[redacted] in red",
	}
	for _, c := range []struct {
		step   forecast.StepName
		follow bool
		want   []string
	}{{"", false, want}, {"", true, want}, {forecast.Train, false, want[4:]}} {
		if diff := cmp.Diff(c.want, open(c.step, c.follow)); diff != "" || calls != 2 {
			t.Errorf("step %q, follow %t: %d calls; want no more than the two. Lines (-want +got): %s", c.step, c.follow, calls, diff)
		}
	}
	files := keptFiles(t, dir)
	if len(files) != 1 {
		t.Fatalf("files = %q; want one", files)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the file = %v, %v; want 0600", info.Mode(), err)
	}
	job.Name = "pipelines-x-Steps-2" // the step tried again
	if open("", false); calls != 4 {
		t.Errorf("the log of another job was not asked for")
	}
	job.Start = job.Start.Add(time.Hour) // or in another account of the same name
	if open("", false); calls != 6 {
		t.Errorf("the log of a job that was started at another time was not asked for")
	}
}

// TestDamagedLog damages what is kept in each way: it is read anew, and kept.
func TestDamagedLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	calls := 0
	fake := pages(&calls, []string{"one", "two"}, []string{"three"})
	read := func(name string) []string {
		return texts(readAll(t, logs.New(fake, keptIn(t, dir, 0)).Open(logs.Query{Jobs: jobsOf(overJob(name))})))
	}
	want := read("pipelines-x-Train-1")
	path := keptFiles(t, dir)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read("pipelines-x-Train-2")
	files := keptFiles(t, dir)
	other, err := os.ReadFile(files[1-slices.Index(files, path)])
	if err != nil {
		t.Fatal(err)
	}
	damages := map[string][]byte{"empty": {}, "no archive": []byte("{}\n"), "of another job": other, "with a rest": append(bytes.Clone(whole), 'x')}
	for cut := 1; cut < len(whole); cut += 7 {
		damages[fmt.Sprintf("cut after %d bytes", cut)] = whole[:cut]
		flipped := bytes.Clone(whole)
		flipped[cut] ^= 0x10
		damages[fmt.Sprintf("bit in byte %d", cut)] = flipped
	}
	for name, text := range damages {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		calls = 0
		if got := read("pipelines-x-Train-1"); !slices.Equal(got, want) {
			t.Errorf("%s: lines = %q; want %q", name, got, want)
		}
		// The head of an archive has bytes that say nothing of what is in it.
		if again, err := os.ReadFile(path); err != nil || calls == 2 && !bytes.Equal(again, whole) || calls != 2 && calls != 0 {
			t.Errorf("%s: %d calls, file %v; want it asked for and kept again", name, calls, err)
		}
		if calls == 0 && !strings.HasPrefix(name, "bit in byte 8") {
			t.Errorf("%s: the damaged file was read", name)
		}
	}
}

// TestNotKept checks what is asked for each time.
func TestNotKept(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*logs.Job)
		pages  [][]string
	}{
		{"runs", func(j *logs.Job) { j.Ended, j.Over, j.End = false, false, time.Time{} }, [][]string{{"one"}}},
		{"goes on with another step", func(j *logs.Job) { j.Over = false }, [][]string{{"one"}}},
		{"just over", func(j *logs.Job) { j.End = began.Add(100*time.Hour - 30*time.Second) }, [][]string{{"one"}}},
		{"over, nobody knows since when", func(j *logs.Job) { j.End = time.Time{} }, [][]string{{"one"}}},
		{"of no known account", func(j *logs.Job) { j.Account = "" }, [][]string{{"one"}}},
		{"no lines yet", func(*logs.Job) {}, [][]string{{}}},
		{"a page that fails", func(*logs.Job) {}, [][]string{{"one"}, nil}},
		{"large", func(*logs.Job) {}, [][]string{{"one"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, calls, most := t.TempDir(), 0, int64(0)
			if c.name == "large" {
				most = 100
			}
			job := overJob("pipelines-x-Train-1")
			c.change(&job)
			for range 2 {
				log := logs.New(pages(&calls, c.pages...), keptIn(t, dir, most)).Open(logs.Query{Jobs: jobsOf(job)})
				for range 10 {
					if _, err := log.Next(t.Context()); err != nil {
						break
					}
				}
				if err := log.Close(); err != nil {
					t.Error(err)
				}
			}
			if files := keptFiles(t, dir); len(files) > 0 || calls != 2*len(c.pages) {
				t.Errorf("%d calls, files %q; want %d and none", calls, files, 2*len(c.pages))
			}
		})
	}
}

// TestAbandoned leaves a log before its end, and reads it on after a failure.
func TestAbandoned(t *testing.T) {
	t.Parallel()
	dir, calls := t.TempDir(), 0
	messages := [][]string{{"one", "two"}, {"three"}}
	reader := logs.New(pages(&calls, messages...), keptIn(t, dir, 0))
	log := reader.Open(logs.Query{Jobs: jobsOf(overJob("pipelines-x-Train-1"))})
	if _, err := log.Next(t.Context()); err != nil || calls != 1 {
		t.Fatalf("Next = %v after %d calls; want the first page", err, calls)
	}
	_ = log.Close()
	if files := keptFiles(t, dir); len(files) > 0 {
		t.Errorf("files = %q after half a log; want none", files)
	}
	failing := messages[1]
	messages[1] = nil
	log = reader.Open(logs.Query{Jobs: jobsOf(overJob("pipelines-x-Train-1"))})
	var got []forecast.LogLine
	for range 2 {
		lines, _ := log.Next(t.Context())
		got = append(got, lines...)
	}
	messages[1] = failing
	got = append(got, readAll(t, log)...)
	want := []string{"Train: one", "Train: two", "Train: three"}
	if again := texts(readAll(t, reader.Open(logs.Query{Jobs: jobsOf(overJob("pipelines-x-Train-1"))}))); !slices.Equal(texts(got), want) || !slices.Equal(again, want) {
		t.Errorf("lines = %q, from disk %q; want %q", texts(got), again, want)
	}
	if len(keptFiles(t, dir)) != 1 {
		t.Error("the log that was read to its end is not kept")
	}
}

// TestDropped keeps more logs than may be.
func TestDropped(t *testing.T) {
	t.Parallel()
	dir, calls := t.TempDir(), 0
	read := func(number int, most int64) {
		readAll(t, logs.New(pages(&calls, []string{"one"}), keptIn(t, dir, most)).Open(logs.Query{Jobs: jobsOf(overJob(fmt.Sprint("pipelines-x-Train-", number)))}))
	}
	read(0, 0)
	info, err := os.Stat(keptFiles(t, dir)[0])
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, ".1.tmp")
	fresh := filepath.Join(dir, ".2.tmp")
	for _, path := range []string{half, fresh} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(half, time.Time{}, info.ModTime().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	const room = 5
	most := room * (info.Size() + 8) // the names of jobs make a few bytes more or less
	for i := range 2 * room {
		for _, path := range keptFiles(t, dir) {
			if info, err := os.Stat(path); err == nil && !strings.HasSuffix(path, ".tmp") {
				_ = os.Chtimes(path, time.Time{}, info.ModTime().Add(-time.Second))
			}
		}
		read(i+1, most)
	}
	var total int64
	for _, path := range keptFiles(t, dir) {
		if info, err := os.Stat(path); err == nil && strings.HasSuffix(path, ".log.gz") {
			total += info.Size()
		}
	}
	calls = 0
	read(2*room, most)
	if total > most || calls != 0 {
		t.Errorf("%d bytes are kept, %d calls for the last log; want at most %d and none", total, calls, most)
	}
	if read(1, most); calls != 1 {
		t.Errorf("%d calls for the oldest log; want it asked for again", calls)
	}
	if _, err := os.Stat(half); err == nil {
		t.Error("what a process left is still there")
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("what a process writes now: %v; want it left alone", err)
	}
}
