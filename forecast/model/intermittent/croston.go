package intermittent

import "github.com/daybatch/daybatch/forecast/model"

// crostonAlpha is the smoothing parameter of size and interval: the middle of
// the range .05 to .2 that Croston (1972) and Syntetos & Boylan (2005) advise.
// A series of a few demands can't tell a better one.
const crostonAlpha = .1

// interval is the state of Croston's method.
type interval struct {
	size, length float64 // of a demand, and between two
	since        float64 // periods since the last demand
	alpha        float64 // smooths both
	factor       float64 // 1, or the correction of the bias
}

func fitCroston(y []float64, alpha, factor float64) *interval {
	size, share := moments(y)
	c := &interval{size: size, length: 1 / share, alpha: alpha, factor: factor}
	c.run(y)
	return c
}

func (c *interval) run(y []float64) {
	for _, v := range y {
		c.take(v)
	}
}

func (c *interval) mean() float64 { return c.factor * c.size / c.length }

func (c *interval) take(v float64) {
	c.since++
	if v == 0 {
		return
	}
	c.size += c.alpha * (v - c.size)
	c.length += c.alpha * (c.since - c.length)
	c.since = 0
}

func (c *interval) description() model.Description {
	d := model.Description{Form: "Croston", Parameters: map[string]float64{"alpha": c.alpha, "interval": c.length}}
	if c.factor < 1 {
		d.Form = "SBA"
	}
	return d
}
