package intermittent

import (
	"math"

	"github.com/daybatch/daybatch/forecast/model"
)

// blocks is the state of aggregation and disaggregation.
type blocks struct {
	alpha  float64
	length int     // of a block, in periods
	level  float64 // smoothed sum of a block
	sum    float64 // of the block that has begun
	filled int     // periods in it
}

// fitADIDA cuts y into blocks that end with it, so that the newest is whole, and
// chooses the smoothing parameter by the squared one-step errors of the blocks,
// in the range that is usual for intermittent demand. The level starts at the
// first block: of this and the mean, and of this range and wider ones, it
// forecast the last year of the training parts of the carparts data best.
//
// An alpha that is not 0 is taken as it is.
func fitADIDA(y []float64, alpha float64) *blocks {
	_, share := moments(y)
	start := blocks{length: max(1, min(int(math.Round(1/share)), len(y)))}
	y = y[len(y)%start.length:]
	for _, v := range y[:start.length] {
		start.level += v
	}
	alphas := []float64{.1, .15, .2, .25, .3}
	if alpha != 0 {
		alphas = []float64{alpha}
	}
	best, least := start, math.Inf(1)
	for _, alpha := range alphas {
		b := start
		b.alpha = alpha
		if sum := b.run(y); sum < least {
			best, least = b, sum
		}
	}
	return &best
}

// run moves over y and returns the sum of the squared errors of its blocks.
func (b *blocks) run(y []float64) float64 {
	sum := 0.0
	for _, v := range y {
		if b.filled == b.length-1 {
			e := b.sum + v - b.level
			sum += e * e
		}
		b.take(v)
	}
	return sum
}

func (b *blocks) mean() float64 { return b.level / float64(b.length) }

func (b *blocks) take(v float64) {
	b.sum += v
	b.filled++
	if b.filled == b.length {
		b.level += b.alpha * (b.sum - b.level)
		b.sum, b.filled = 0, 0
	}
}

func (b *blocks) description() model.Description {
	return model.Description{Form: "ADIDA", Parameters: map[string]float64{"alpha": b.alpha, "block": float64(b.length)}}
}
