//go:build unix

package local

import (
	"errors"
	"fmt"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
)

func TestReasonOfKeepsTheClass(t *testing.T) {
	t.Parallel()
	refused := &lake.Error{Class: forecast.ReasonStep, Err: errors.New("part-0.parquet has 3 row groups")}
	for _, test := range []struct {
		err  error
		want forecast.ReasonClass
	}{
		{fmt.Errorf("publish: %w", refused), forecast.ReasonStep},
		{fmt.Errorf("publish: %w", forecast.ErrConflict), forecast.ReasonConflict},
		{errors.New("no space left on device"), forecast.ReasonInfrastructure},
	} {
		if got := reasonOf(test.err); got.Class != test.want || got.Text != test.err.Error() {
			t.Errorf("reasonOf(%v) = %+v; want class %s and the text", test.err, got, test.want)
		}
	}
}
