package intermittent

import (
	"math"

	"github.com/daybatch/daybatch/forecast/model"
)

// several are blocks of all lengths up to the mean interval.
type several []*blocks

// fitIMAPA smooths the sums of blocks of each length from one period to the mean
// interval: short blocks follow what long ones can't see yet, and long ones know how
// rare a demand is. Of this and [fitADIDA], which has the longest alone, it forecast the
// last year of the training parts of the carparts data better, and their test parts.
func fitIMAPA(y []float64, alpha float64) several {
	s := make(several, meanInterval(y))
	for i := range s {
		s[i] = fitBlocks(y, i+1, alpha)
	}
	return s
}

// meanInterval is the mean number of periods from one demand to the next.
func meanInterval(y []float64) int {
	_, share := moments(y)
	return max(1, min(int(math.Round(1/share)), len(y)))
}

func (s several) mean() float64 {
	sum := 0.0
	for _, b := range s {
		sum += b.mean() / float64(len(s))
	}
	return sum
}

func (s several) take(v float64) {
	for _, b := range s {
		b.take(v)
	}
}

func (s several) description() model.Description {
	longest := s[len(s)-1]
	return model.Description{Form: "IMAPA", Parameters: map[string]float64{"alpha": longest.alpha, "blocks": float64(len(s))}}
}
