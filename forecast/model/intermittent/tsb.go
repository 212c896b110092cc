package intermittent

import (
	"math"

	"github.com/daybatch/daybatch/forecast/model"
)

// probability is the state of the method of Teunter, Syntetos & Babai.
type probability struct {
	alpha, beta float64 // of the size, of the chance
	size        float64
	chance      float64 // of a demand in a period
}

// fitTSB chooses the smoothing parameters among those of the authors' study, and
// smaller ones for the long daily series that they did not have, by the squared
// one-step errors. A parameter that is not 0 is fixed.
func fitTSB(y []float64, alpha, beta float64) *probability {
	alphas, betas := []float64{.02, .05, .1, .2}, []float64{.01, .02, .05, .1, .2}
	if alpha != 0 {
		alphas = []float64{alpha}
	}
	if beta != 0 {
		betas = []float64{beta}
	}
	size, share := moments(y)
	var best probability
	least := math.Inf(1)
	for _, alpha := range alphas {
		for _, beta := range betas {
			p := probability{alpha: alpha, beta: beta, size: size, chance: share}
			if sum := p.run(y); sum < least {
				best, least = p, sum
			}
		}
	}
	return &best
}

// run moves over y and returns the sum of squared one-step errors.
func (p *probability) run(y []float64) float64 {
	sum := 0.0
	for _, v := range y {
		e := v - p.mean()
		sum += e * e
		p.take(v)
	}
	return sum
}

func (p *probability) mean() float64 { return p.size * p.chance }

func (p *probability) take(v float64) {
	if v == 0 {
		p.chance -= p.beta * p.chance
		return
	}
	p.chance += p.beta * (1 - p.chance)
	p.size += p.alpha * (v - p.size)
}

func (p *probability) description() model.Description {
	return model.Description{Form: "TSB", Parameters: map[string]float64{
		"alpha": p.alpha, "beta": p.beta, "probability": p.chance,
	}}
}
