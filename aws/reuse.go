package aws

import (
	"context"
	"path"
	"slices"

	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/step"
)

// proofs says for the steps of an attempt whether their outputs can be used by
// one that runs now: they were made of the same, and are still there in the size
// that was recorded. The job that takes them over compares their checksums.
func (e *Engine) proofs(ctx context.Context, id forecast.ExecutionID) ([]plan.StepProof, error) {
	r, a, err := e.attempt(ctx, id)
	if err != nil {
		return nil, err
	}
	unfit, err := e.unfit(ctx, a)
	if err != nil {
		return nil, err
	}
	var p record.Progress
	if a.ARN != "" {
		if p, err = e.progress(ctx, a.Run(), a.Date); err != nil {
			return nil, err
		}
	}
	var proofs []plan.StepProof
	fingerprints := make(map[forecast.StepName]string)
	for _, name := range forecast.StepNames() {
		if fingerprints[name], err = step.Fingerprint(e.definition, e.options.Version, name, fingerprints); err != nil {
			return nil, err //nolint:wrapcheck // it names the step
		}
		made, ok := p.Step(name)
		var why string
		switch {
		case p.Attempt == 0 && recordedDone(a, name): // the rule of the bucket took it: see sagemaker.runs_days
			why = "what it made has expired"
		case !ok || !made.Status.Done():
			why = "it did not finish"
		case made.Fingerprint != fingerprints[name]:
			why = "its settings, its program or its inputs changed"
		case unfit != "":
			why = unfit
		case name == forecast.Extract && r.Check().Attempt == a.Attempt && r.Check().Arrived != "":
			why = r.Check().Arrived
		case e.unfitStep(made) != "":
			why = e.unfitStep(made)
		default:
			if why, err = e.verify(ctx, made); err != nil {
				return nil, err
			}
		}
		proofs = append(proofs, plan.StepProof{Step: name, Good: why == "", Why: why})
	}
	return proofs, nil
}

// recordedDone reports whether a step of an attempt is on record as done.
func recordedDone(a record.Attempt, name forecast.StepName) bool {
	return slices.ContainsFunc(a.Steps, func(s forecast.Step) bool { return s.Name == name && s.Status.Done() })
}

// verify returns why the objects of a step's output are not what was recorded,
// empty if they are.
func (e *Engine) verify(ctx context.Context, made record.ProgressStep) (string, error) {
	objects, err := e.bucket.List(ctx, made.Prefix, "")
	if err != nil {
		return "", err //nolint:wrapcheck // it names the prefix
	}
	there := make(map[string]bucket.Object, len(objects))
	for _, object := range objects {
		there[object.Key] = object
	}
	for _, file := range made.Outputs {
		object, ok := there[path.Join(made.Prefix, file.Path)]
		switch {
		case !ok:
			return file.Path + " is gone", nil
		case object.Bytes != file.Bytes:
			return file.Path + " was changed", nil
		}
	}
	return "", nil
}
