package naive

import (
	"fmt"
	"math"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// NewSeasonal returns the method "seasonal_naive": every forecast is the newest
// observation at the same phase of the season, so that a missing value in the
// last season is replaced by the one a season earlier. A phase that was never
// observed takes the mean of the others, with a warning. The history must span
// one season; without a season (period 1) the method repeats the last value.
func NewSeasonal() model.Model { return seasonal{} }

type seasonal struct{}

func (seasonal) Name() string { return "seasonal_naive" }

func (seasonal) Fit(y []float64, c model.Context) (model.Fitted, error) {
	s := sample.Of(y)
	period := max(c.Period, 1)
	if s.Observed == 0 || len(s.Values) < period {
		return nil, fmt.Errorf("fit seasonal naive: %w: %d observations in %d periods, season %d",
			model.ErrTooShort, s.Observed, len(s.Values), period)
	}
	f := &seasonalFit{phases: make([]float64, period)}
	for i := range f.phases {
		f.phases[i] = math.NaN()
	}
	f.Append(s.Values)
	return f, nil
}

// seasonalFit holds the newest observation of every phase, NaN where there is
// none yet.
type seasonalFit struct {
	phases []float64
	next   int // phase of the first period after the end
}

func (f *seasonalFit) Predict(h int) []float64 {
	filled, _ := f.filled()
	out := make([]float64, max(h, 0))
	for i := range out {
		out[i] = filled[(f.next+i)%len(filled)]
	}
	return out
}

func (f *seasonalFit) Append(y []float64) {
	for _, v := range y {
		if sample.IsFinite(v) {
			f.phases[f.next] = v
		}
		f.next = (f.next + 1) % len(f.phases)
	}
}

// filled returns the phases with the mean of the observed ones where nothing
// was observed, and how many those are.
func (f *seasonalFit) filled() (values []float64, unseen int) {
	var known averageFit
	known.Append(f.phases)
	values = make([]float64, len(f.phases))
	for i, v := range f.phases {
		if math.IsNaN(v) {
			v = known.mean
			unseen++
		}
		values[i] = v
	}
	return values, unseen
}

func (f *seasonalFit) Description() model.Description {
	d := model.Description{
		Form:       fmt.Sprintf("seasonal naive [%d]", len(f.phases)),
		Parameters: map[string]float64{"period": float64(len(f.phases))},
	}
	if _, unseen := f.filled(); unseen > 0 {
		d.Warnings = []string{fmt.Sprintf("%d of %d phases of the season were never observed: their forecast is the mean of the others", unseen, len(f.phases))}
	}
	return d
}
