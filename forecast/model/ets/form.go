package ets

import "fmt"

// part is one component's kind.
type part byte

const (
	none           part = 'N'
	additive       part = 'A'
	multiplicative part = 'M'
)

// form is a member of the family: error, trend and season, and whether the
// trend is damped.
type form struct {
	err, trend, season part
	damped             bool
}

// parseForm reads a form in letters: "ANN", "MAM", "AAdA".
func parseForm(text string) (form, error) {
	for _, f := range forms() {
		if f.letters() == text {
			return f, nil
		}
	}
	return form{}, fmt.Errorf("unknown ETS form %q: error A or M, trend N, A or Ad, season N, A or M, without a multiplicative season on an additive error", text)
}

// forms returns all members, simplest first, so that ties go to the simpler.
func forms() []form {
	var all []form
	for _, season := range []part{none, additive, multiplicative} {
		for _, trend := range []form{{trend: none}, {trend: additive}, {trend: additive, damped: true}} {
			for _, e := range []part{additive, multiplicative} {
				if e == additive && season == multiplicative {
					continue // its likelihood is not defined near zero
				}
				all = append(all, form{err: e, trend: trend.trend, season: season, damped: trend.damped})
			}
		}
	}
	return all
}

func (f form) trendLetters() string {
	if f.damped {
		return string(f.trend) + "d"
	}
	return string(f.trend)
}

func (f form) letters() string { return string(f.err) + f.trendLetters() + string(f.season) }

// String returns the field's notation: "ETS(M,Ad,M)".
func (f form) String() string {
	return fmt.Sprintf("ETS(%c,%s,%c)", f.err, f.trendLetters(), f.season)
}

func (f form) hasTrend() bool       { return f.trend != none }
func (f form) hasSeason() bool      { return f.season != none }
func (f form) multiplicative() bool { return f.err == multiplicative }

// smoothers is the number of smoothing parameters.
func (f form) smoothers() int {
	count := 1
	if f.hasTrend() {
		count++
	}
	if f.hasSeason() {
		count++
	}
	if f.damped {
		count++
	}
	return count
}
