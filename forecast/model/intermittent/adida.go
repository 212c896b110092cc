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

// fitADIDA smooths the sums of blocks as long as the mean interval.
func fitADIDA(y []float64, alpha float64) *blocks { return fitBlocks(y, meanInterval(y), alpha) }

// fitBlocks cuts y into blocks that end with it, so that the newest is whole, and
// chooses the smoothing parameter by the squared one-step errors of the blocks. The
// level starts at the first block: of this and the mean, and of this range of parameters
// and others, it forecast the last year of the training parts of the carparts data best.
//
// An alpha that is not 0 is taken as it is.
func fitBlocks(y []float64, length int, alpha float64) *blocks {
	start := blocks{length: length}
	y = y[len(y)%start.length:]
	for _, v := range y[:start.length] {
		start.level += v
	}
	alphas := []float64{.02, .05, .1, .15, .2, .3, .4, .5}
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
