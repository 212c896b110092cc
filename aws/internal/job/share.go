package job

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"time"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/step"
)

// patience is how long a machine waits for the first order: machines of a job
// start within minutes of each other.
const patience = 30 * time.Minute

// order is what the first machine of a job has the others do. It is one object,
// which is rewritten for each try, and in the end says that there is no more.
type order struct {
	Try  int       `json:"try"` // from 1
	Spec step.Spec `json:"spec"`
	Over bool      `json:"over,omitempty"`
}

// handed is what a machine says when it has done its share of a try. It is written
// after the file.
type handed struct {
	File   record.File     `json:"file,omitzero"`
	Reason forecast.Reason `json:"reason,omitzero"` // why there is no file
}

// shares reports whether all machines of the job work on its step.
func (j *job) shares() bool {
	return len(j.Hosts.All) > 1 && j.Config.Step != "" && j.definition.Shareable(j.Config.Step)
}

// shareKey returns the key of an object that the machines of this job exchange.
// A job that SageMaker starts again has another name.
func (j *job) shareKey(names ...string) string {
	key := naming.SharePrefix(j.run, j.Config.Step, j.Name)
	return key + filepath.ToSlash(filepath.Join(names...))
}

func (j *job) handedKey(try int, host string) string {
	return j.shareKey(strconv.Itoa(try), host+".json")
}

func (j *job) tablesKey(try int, host string) string {
	return j.shareKey(strconv.Itoa(try), host+".tables")
}

// put writes an object of the exchange.
func (j *job) put(ctx context.Context, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	_, err = j.Bucket.Put(ctx, key, bytes.NewReader(text))
	return err //nolint:wrapcheck // it names the object
}

// read reads an object of the exchange, and reports false if it is not there yet.
func (j *job) read(ctx context.Context, key string, value any) (bool, error) {
	text, _, err := j.Bucket.Get(ctx, key)
	if errors.Is(err, forecast.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err //nolint:wrapcheck // it names the object
	}
	if err := json.Unmarshal(text, value); err != nil {
		return false, fmt.Errorf("read %s: %w: %s", key, forecast.ErrInvalid, err.Error())
	}
	return true, nil
}

// lead has the other machines work on the next try of the step, and returns the
// share of this one.
func (w *work) lead(ctx context.Context, spec step.Spec) (step.Share, error) {
	if !w.shares() {
		return step.Share{}, nil
	}
	if w.Name == "" {
		return step.Share{}, fail(forecast.ReasonConfig, "the job has several machines, and nothing tells its name: they can't find each other")
	}
	w.orders++
	try := w.orders
	if err := w.put(ctx, w.shareKey(orderFile), order{Try: try, Spec: spec}); err != nil {
		return step.Share{}, err
	}
	return step.Share{
		Machines: len(w.Hosts.All),
		Take: func(ctx context.Context, machine int, path string) error {
			return classed(w.takeShare(ctx, try, w.Hosts.All[machine], path))
		},
	}, nil
}

// classed gives an error of the exchange the class that it has for a job: a step
// takes what it does not know for a fault of its own.
func classed(err error) error {
	if _, ok := errors.AsType[*step.Error](err); ok || err == nil {
		return err
	}
	return &step.Error{Class: reasonOf(err).Class, Err: err}
}

const orderFile = "order.json"

// takeShare waits for what another machine has made, and brings it to a path.
func (w *work) takeShare(ctx context.Context, try int, host, path string) error {
	for {
		var given handed
		there, err := w.read(ctx, w.handedKey(try, host), &given)
		switch {
		case err != nil:
			return err
		case given.Reason.Class != forecast.ReasonNone:
			return &step.Error{Class: given.Reason.Class, Err: fmt.Errorf("%s: %s", host, given.Reason.Text)} //nolint:err113 // what the machine says
		case there:
			return w.fetchShare(ctx, w.tablesKey(try, host), path, given.File)
		}
		if err := w.Sleep(ctx, w.Watch); err != nil {
			return err
		}
	}
}

// fetchShare downloads a file of the exchange, which is not needed there any more.
func (w *work) fetchShare(ctx context.Context, key, path string, want record.File) error {
	if err := w.Bucket.Download(ctx, key, path); err != nil {
		return err //nolint:wrapcheck // it names the object
	}
	got, err := step.Describe(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	if got.Bytes != want.Bytes || got.SHA256 != want.SHA256 {
		return fmt.Errorf("download %s: %w: it was changed on its way", key, forecast.ErrUnavailable)
	}
	if err := w.Bucket.Delete(ctx, key); err != nil {
		w.log.WarnContext(ctx, "a file of another machine is left behind", slog.String(logkey.Error, err.Error()))
	}
	return nil
}

// dismiss tells the other machines that there is nothing more to do.
func (j *job) dismiss(ctx context.Context) {
	if !j.shares() || j.Name == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tailTime)
	defer cancel()
	if err := j.put(ctx, j.shareKey(orderFile), order{Try: j.orders, Over: true}); err != nil {
		j.log.WarnContext(ctx, "the other machines could not be told that it is over", slog.String(logkey.Error, err.Error()))
	}
}

// assist does this machine's share of what the first machine of the job orders,
// until that is over. It touches neither the record nor the progress, and leaves
// no output: whether a step has succeeded, and what it has made, the first machine
// says alone. A share that failed is no failure of this machine's container: the
// first one fails for it, and knows the reason.
func (j *job) assist(ctx context.Context) error {
	if err := j.load(ctx); err != nil {
		return err
	}
	if !j.shares() || j.Name == "" {
		j.log.WarnContext(ctx, "there is nothing to do on this machine: the first one does all of the job", slog.String(keyHost, j.Hosts.Current))
		return nil
	}
	since, done := j.Now(), 0
	for {
		var now order
		there, err := j.read(ctx, j.shareKey(orderFile), &now)
		switch {
		case err != nil:
			return err
		case now.Over:
			return nil
		case there && now.Try > done:
			if err := j.share(ctx, now); err != nil {
				return err
			}
			done = now.Try
		case !there && j.Now().Sub(since) > patience:
			return fail(forecast.ReasonInfrastructure, fmt.Sprintf("%s has not said in %s what is to be done", j.Hosts.All[0], patience))
		}
		if err := j.Sleep(ctx, j.Watch); err != nil {
			return err
		}
	}
}

// share does this machine's share of a try. It returns an error if it could not
// even say how that went.
func (j *job) share(ctx context.Context, now order) error {
	w := newWork(j, now.Spec.Date, now.Spec.Attempt)
	defer w.clean()
	root := w.scratch(string(now.Spec.Step), w.NewID())
	reason := reasonOf(w.prepare(root, now.Spec.Step))
	if reason.Class == forecast.ReasonNone {
		reason = w.runStep(ctx, root, now.Spec, step.Share{
			Machine: j.Hosts.number(), Machines: len(j.Hosts.All),
			Give: func(ctx context.Context, path string) error { return classed(w.giveShare(ctx, now.Try, path)) },
		})
	}
	switch {
	case reason.Class == forecast.ReasonNone:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx) //nolint:wrapcheck // reasonOf knows it
	}
	j.log.ErrorContext(ctx, "the share failed", slog.String(keyHost, j.Hosts.Current), slog.String(logkey.Reason, reason.Text))
	return j.put(ctx, j.handedKey(now.Try, j.Hosts.Current), handed{Reason: reason})
}

// giveShare hands a file over.
func (w *work) giveShare(ctx context.Context, try int, path string) error {
	file, err := step.Describe(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	if _, err := w.Bucket.Upload(ctx, w.tablesKey(try, w.Hosts.Current), path); err != nil {
		return err //nolint:wrapcheck // it names the object
	}
	return w.put(ctx, w.handedKey(try, w.Hosts.Current), handed{File: file})
}
