package accuracy

import (
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// CoverageRange returns the central range of the coverage, 0 to 1, that
// intervals of the given level (percent) show with the given probability if
// they are right. Rows of one series and origin hit or miss together, so each
// block counts as one trial of a binomial distribution: the range is wide
// rather than wrong. Without a block it is 0 to 1.
func CoverageRange(level, blocks int, probability float64) (low, high float64) {
	if blocks <= 0 {
		return 0, 1
	}
	hits := distuv.Binomial{N: float64(blocks), P: 1 - tail(level)}
	quantile := func(p float64) float64 {
		k := sort.Search(blocks, func(k int) bool { return hits.CDF(float64(k)) >= p })
		return float64(k) / float64(blocks)
	}
	return quantile((1 - probability) / 2), quantile((1 + probability) / 2)
}
