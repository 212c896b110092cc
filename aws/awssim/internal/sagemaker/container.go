package sagemaker

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/daybatch/daybatch/aws/awssim/internal/s3"
)

// runContainer begins a job's containers, one for each instance, and lets the
// job end with them. The lock is held now, and taken again at the end.
func (s *Service) runContainer(j *job) {
	ctx, kill := context.WithCancel(s.live)
	j.kill = kill
	began := j.started
	s.containers.Go(func() {
		defer kill()
		exit, err := s.contain(ctx, j)
		s.mu.Lock()
		defer s.mu.Unlock()
		end := func() {
			switch {
			case j.status == stopping || ctx.Err() != nil:
				j.message = exit.Message
				s.jobOver(j, stopped, "")
			case err != nil:
				s.jobOver(j, failed, "ClientError: "+err.Error())
			default:
				s.exited(j, exit)
			}
		}
		if rest := j.play.Duration - s.now().Sub(began); rest > 0 && j.status == inProgress {
			j.next(s.after(rest, end))
			return
		}
		end()
	})
}

// contain prepares the directories, runs the containers, and uploads what they
// leave. An error is one of the platform; a container's own is in its exit.
func (s *Service) contain(ctx context.Context, j *job) (Exit, error) {
	top := filepath.Join(s.o.Work, j.name)
	defer func() { _ = os.RemoveAll(top) }()
	roots := make([]string, j.spec.instances)
	for i := range roots {
		roots[i] = filepath.Join(top, fmt.Sprintf("algo-%d", i+1))
		if err := s.prepare(j, roots[i], i); err != nil {
			return Exit{}, err
		}
	}
	exit := s.runHosts(ctx, j, roots)
	if exit.Message == "" {
		message, err := ownMessage(j, roots[0])
		if err != nil {
			return exit, err
		}
		exit.Message = message
	}
	return exit, s.collect(ctx, j, roots, exit)
}

// runHosts runs the containers of all instances. The first that fails ends the
// others, and the job with its exit; else the first instance's exit counts.
func (s *Service) runHosts(ctx context.Context, j *job, roots []string) Exit {
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	var mu sync.Mutex
	var failure, first Exit
	var all sync.WaitGroup
	for i, root := range roots {
		all.Go(func() {
			exit := s.runHost(ctx, j, root, i)
			mu.Lock()
			defer mu.Unlock()
			if i == 0 {
				first = exit
			}
			if exit.Code != 0 && failure.Code == 0 {
				failure = exit
				giveUp()
			}
		})
	}
	all.Wait()
	if failure.Code != 0 {
		return failure
	}
	return first
}

func (s *Service) runHost(ctx context.Context, j *job, root string, index int) Exit {
	stream := j.stream(index + 1)
	out := &lines{emit: func(text string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.line(j, stream, text)
	}}
	defer out.flush()
	given := j.public()
	if j.kind.arn == training {
		given.Environment = maps.Clone(given.Environment)
		if given.Environment == nil {
			given.Environment = map[string]string{}
		}
		given.Environment["TRAINING_JOB_NAME"], given.Environment["TRAINING_JOB_ARN"] = j.name, j.arn
	}
	given.Root, given.Host, given.Stdout, given.Endpoint = root, fmt.Sprintf("algo-%d", index+1), out, s.o.Endpoint()
	return s.o.Container(ctx, given)
}

// prepare fills an instance's directory: inputs and configuration.
func (s *Service) prepare(j *job, root string, index int) error {
	for _, in := range j.spec.inputs {
		if err := s.download(in, filepath.Join(root, filepath.FromSlash(in.local)), index, j.spec.instances); err != nil {
			return err
		}
	}
	directories := []string{"/opt/ml/output"}
	for _, out := range j.spec.outputs {
		directories = append(directories, out.local)
	}
	for _, dir := range directories {
		if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(dir)), 0o750); err != nil {
			return err
		}
	}
	hosts := make([]string, j.spec.instances)
	for i := range hosts {
		hosts[i] = fmt.Sprintf("algo-%d", i+1)
	}
	resource := map[string]any{"current_host": hosts[index], "hosts": hosts}
	files := map[string]any{
		"/opt/ml/config/resourceconfig.json":      resource,
		"/opt/ml/config/processingjobconfig.json": map[string]any{"ProcessingJobArn": j.arn, "ProcessingJobName": j.name, "Environment": j.spec.environment},
	}
	if j.kind.arn == training {
		files = map[string]any{
			"/opt/ml/input/config/resourceconfig.json":  resource,
			"/opt/ml/input/config/hyperparameters.json": j.spec.hyper,
		}
	}
	for name, content := range files {
		if err := writeJSON(filepath.Join(root, filepath.FromSlash(name)), content); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(name string, content any) error {
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o600)
}

// download brings an input: all of the prefix, or the instance's share.
func (s *Service) download(in input, dir string, index, instances int) error {
	bucket, prefix, ok := s3.SplitURI(in.uri)
	if !ok {
		return fmt.Errorf("%q is not an S3 address", in.uri)
	}
	objects, err := s.o.Store.List(bucket, strings.TrimSuffix(prefix, "/"))
	if err != nil {
		return fmt.Errorf("download %s: %w", in.uri, err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	n := 0
	for _, o := range objects {
		local, ok := below(o.Key, prefix)
		if !ok {
			continue
		}
		n++
		if in.sharded && (n-1)%instances != index {
			continue
		}
		if err := s.o.Store.Download(bucket, o.Key, filepath.Join(dir, filepath.FromSlash(local))); err != nil {
			return fmt.Errorf("download %s: %w", in.uri, err)
		}
	}
	if n == 0 {
		return fmt.Errorf("no S3 objects found under S3 URL %q given in input data source", in.uri)
	}
	return nil
}

// below is the path of a key under the input's directory. A prefix that ends
// inside a name matches more on AWS; what those would be called is not
// documented, so they are left out (?).
func below(key, prefix string) (string, bool) {
	if strings.HasSuffix(key, "/") {
		return "", false // a folder's marker
	}
	if key == prefix {
		return path.Base(key), true
	}
	return strings.CutPrefix(key, strings.TrimSuffix(prefix, "/")+"/")
}

// ownMessage is what the container left as its reason.
func ownMessage(j *job, root string) (string, error) {
	name := "opt/ml/output/message"
	if j.kind.arn == training {
		name = "opt/ml/output/failure"
	}
	text, err := os.ReadFile(filepath.Join(root, name)) //nolint:gosec // the job's own directory
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if !utf8.Valid(text) {
		return "", errors.New("the exit message is not valid UTF-8")
	}
	return string(text), nil
}

// collect uploads the outputs of containers that exited well; continuous ones
// also after a failure. A stopped job leaves nothing.
func (s *Service) collect(ctx context.Context, j *job, roots []string, exit Exit) error {
	select {
	case <-ctx.Done():
		return nil
	default:
	}
	for _, out := range j.spec.outputs {
		if exit.Code != 0 && !out.continuous {
			continue
		}
		dirs := make([]string, len(roots))
		for i, root := range roots {
			dirs[i] = filepath.Join(root, filepath.FromSlash(out.local))
		}
		upload := s.uploadAll
		if out.archive {
			upload = func(dirs []string, _ string) error { return s.archive(j, dirs) }
		}
		if err := upload(dirs, out.uri); err != nil {
			return fmt.Errorf("upload output %s: %w", out.name, err)
		}
	}
	return nil
}

func (s *Service) uploadAll(dirs []string, uri string) error {
	for _, dir := range dirs {
		if err := s.o.Store.Upload(dir, uri); err != nil {
			return err
		}
	}
	return nil
}

// archive packs the directories of a model and uploads them. What comes of files
// of one name on several instances is not documented (?): here both are in it.
func (s *Service) archive(j *job, dirs []string) error {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	t := tar.NewWriter(z)
	for _, dir := range dirs {
		if err := t.AddFS(os.DirFS(dir)); err != nil {
			return err
		}
	}
	if err := errors.Join(t.Close(), z.Close()); err != nil {
		return err
	}
	bucket, key, _ := s3.SplitURI(j.artifact())
	return s.o.Store.Put(bucket, key, b.Bytes())
}

// playOutputs uploads what a script says a job produced.
func (s *Service) playOutputs(j *job) error {
	for _, out := range j.spec.outputs {
		for name, content := range j.play.Outputs[out.name] {
			bucket, prefix, _ := s3.SplitURI(out.uri)
			key := strings.TrimSuffix(prefix, "/") + "/" + name
			if out.archive {
				bucket, key, _ = s3.SplitURI(j.artifact())
			}
			if err := s.o.Store.Put(bucket, key, []byte(content)); err != nil {
				return fmt.Errorf("upload output %s: %w", out.name, err)
			}
		}
	}
	return nil
}

// lines cuts what a container writes into lines.
type lines struct {
	emit func(text string)
	mu   sync.Mutex
	rest []byte
}

// Write takes bytes and passes on each line that is complete.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		l.emit(strings.TrimSuffix(string(line), "\r"))
		l.rest = rest
	}
}

func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rest) > 0 {
		l.emit(string(l.rest))
		l.rest = nil
	}
}
