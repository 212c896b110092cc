package enginetest

import (
	"context"
	"slices"

	"github.com/daybatch/daybatch/forecast"
)

// SetFindings plants what Examine finds.
func (f *Fake) SetFindings(findings ...forecast.Finding) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.findings = slices.Clone(findings)
}

// Examine returns the findings that SetFindings planted and Mend has left.
func (f *Fake) Examine(ctx context.Context) ([]forecast.Finding, error) {
	if err := f.enter(ctx, "Examine"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.findings), nil
}

// Mend does away with the findings that are mendable.
func (f *Fake) Mend(ctx context.Context, _ string) ([]forecast.Finding, error) {
	if err := f.enterToChange(ctx, "Mend"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	found := slices.Clone(f.findings)
	for i := range found {
		found[i].Mended = found[i].Mendable
	}
	f.findings = slices.DeleteFunc(slices.Clone(found), func(x forecast.Finding) bool { return x.Mended })
	return found, nil
}
