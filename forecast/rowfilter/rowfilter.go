// Package rowfilter picks rows of a forecast by words.
//
// A word is a part of the series' names, the model or the target date; NAME=VALUE
// is the whole value of a column. A row passes if it has all words; case does not
// matter.
package rowfilter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Columns beside those of the series.
const (
	dateColumn  = "ds"
	modelColumn = "model"
)

// Columns returns the names that a filter over forecasts with the series columns can
// give a value of.
func Columns(series []string) []string { return append(slices.Clone(series), dateColumn, modelColumn) }

// Filter is a filter for rows. The zero Filter lets all pass.
type Filter struct{ words []word }

// word is one word, lower case: a text, or the value of a column.
type word struct {
	text   string
	column int // of the series; else one of those below
}

// Columns that are none of the series'.
const (
	anywhere = -1 - iota
	ofModel
	ofDate
)

// Parse reads the words of a filter over forecasts with the series columns. A NAME
// that is no column wraps forecast.ErrInvalid, and the filter looks for the word as it
// stands, so that it can be used while somebody types.
func Parse(text string, columns []string) (Filter, error) {
	var f Filter
	var err error
	for part := range strings.FieldsSeq(strings.ToLower(text)) {
		w := word{text: part, column: anywhere}
		if name, value, named := strings.Cut(part, "="); named {
			switch at := slices.IndexFunc(columns, func(c string) bool { return strings.EqualFold(c, name) }); {
			case at >= 0:
				w = word{value, at}
			case name == modelColumn:
				w = word{value, ofModel}
			case name == dateColumn:
				w = word{value, ofDate}
			default:
				err = fmt.Errorf("%w: there is no column %s, but %s", forecast.ErrInvalid, name, strings.Join(Columns(columns), ", "))
			}
		}
		f.words = append(f.words, w)
	}
	return f, err
}

// Points is what a filter asks of the points of one series.
type Points struct{ words []word }

// Series returns what the filter asks of the points of a series; false if none of
// them can pass.
func (f Filter) Series(s forecast.SeriesForecast) (Points, bool) {
	if len(f.words) == 0 {
		return Points{}, true
	}
	var left []word
	parts := s.Series.Parts()
	text := strings.ToLower(s.Series.String() + " " + s.Model)
	for _, w := range f.words {
		var pass bool
		switch w.column {
		case anywhere:
			if pass = strings.Contains(text, w.text); !pass && w.text[0] >= '0' && w.text[0] <= '9' {
				left, pass = append(left, w), true
			}
		case ofModel:
			pass = strings.EqualFold(s.Model, w.text)
		case ofDate:
			left, pass = append(left, w), true
		default:
			pass = w.column < len(parts) && strings.EqualFold(parts[w.column], w.text)
		}
		if !pass {
			return Points{}, false
		}
	}
	return Points{left}, true
}

// Pass reports whether the point of a target date passes.
func (p Points) Pass(d calendar.Date) bool {
	for _, w := range p.words {
		if text := d.String(); w.column == ofDate && text != w.text || w.column == anywhere && !strings.Contains(text, w.text) {
			return false
		}
	}
	return true
}

// Rows returns the forecasts with the points that pass, without those that have none.
func (f Filter) Rows(list []forecast.SeriesForecast) []forecast.SeriesForecast {
	var found []forecast.SeriesForecast
	for _, s := range list {
		points, ok := f.Series(s)
		if !ok {
			continue
		}
		kept := make([]forecast.Point, 0, len(s.Points))
		for _, at := range s.Points {
			if points.Pass(at.Date) {
				kept = append(kept, at)
			}
		}
		if s.Points = kept; len(kept) > 0 {
			found = append(found, s)
		}
	}
	return found
}
