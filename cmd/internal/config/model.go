package config

import (
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/model/theta"
	"github.com/daybatch/daybatch/forecast/selection"
)

// keyName is the key of a model with options that names it.
const keyName = "name"

// models reads auto, or models: each a name, or a mapping of its name and options.
// A model with options becomes a name as well.
func (v value) models() []string {
	var names []string
	for _, item := range v.list() {
		read := value.model
		if item.isMapping() {
			read = value.variant
		}
		name := read(item)
		if name != "" && slices.Contains(names, name) {
			item.fail("%q is there twice", name)
		}
		names = append(names, name)
	}
	if slices.Contains(names, selection.Auto) && len(names) > 1 {
		v.fail("auto chooses the candidates itself: leave the other models out")
	}
	if len(names) == 0 {
		v.fail("needs auto or at least one model")
	}
	return names
}

// model reads the name of a model, which may have its options in it.
func (v value) model() string {
	text := v.text()
	switch err := selection.Check([]string{text}); {
	case text == "", err == nil:
	case strings.Contains(text, "("):
		v.fail("%s", err.Error())
	default:
		v.fail("%s", strings.TrimPrefix(unknown("model", text, selection.Names()).Error(), forecast.ErrInvalid.Error()+": "))
	}
	return text
}

// variant reads a model with options.
func (v value) variant() string {
	entries := v.entries()
	at := slices.IndexFunc(entries, func(e entry) bool { return e.name == keyName })
	if at < 0 {
		v.fail("needs the name of a model, for example {name: ets, form: AAdA}")
		return ""
	}
	reported := len(*v.reports)
	all := selection.Variant{Method: entries[at].model()}
	if len(*v.reports) > reported {
		return ""
	}
	for _, e := range slices.Delete(slices.Clone(entries), at, at+1) {
		e.option(&all)
	}
	if len(*v.reports) > reported {
		return ""
	}
	if all.String() != all.Method { // it has an option
		if err := all.Check(); err != nil {
			v.fail("%s", err.Error())
		}
	}
	return all.String()
}

// option reads one option into a variant.
func (e entry) option(to *selection.Variant) {
	known := selection.OptionsOf(to.Method)
	switch {
	case len(known) == 0:
		e.at.fail("%s has no options: write its name alone", to.Method)
		return
	case !slices.Contains(known, e.name):
		e.at.unknownKey(append([]string{keyName}, known...))
		return
	}
	switch e.name {
	case selection.OptionForm:
		to.Form = e.text()
		// It is the only option of its methods, so it is right or wrong by itself.
		if err := to.Check(); to.Form != "" && err != nil {
			e.fail("%s", err.Error())
		}
	case selection.OptionTheta:
		to.Theta = e.number(1, theta.MostTheta)
	case selection.OptionSeason:
		to.Season = theta.Season(e.oneOf(seasons()...))
	case selection.OptionOrder:
		to.Order = e.orders(mostOrder)
	case selection.OptionSeasonal:
		to.Seasonal = e.orders(mostSeasonal)
	case selection.OptionAlpha:
		to.Alpha = e.share()
	case selection.OptionBeta:
		to.Beta = e.share()
	}
}

// seasons returns the names of the kinds of season that theta takes out.
func seasons() []string {
	var names []string
	for _, kind := range theta.Seasons() {
		names = append(names, string(kind))
	}
	return names
}

// mostOrder is the highest order of ARIMA; of its differences and its seasonal
// orders it is mostSeasonal.
const mostOrder, mostSeasonal = 5, 2

// orders reads three orders of ARIMA, those of autoregression and of moving
// average up to most.
func (v value) orders(most int) []int {
	items := v.list()
	if len(items) != 3 {
		v.fail("must be three whole numbers: autoregression, differences, moving average, for example [1, 1, 1]")
		return nil
	}
	return []int{items[0].integer(0, most), items[1].integer(0, mostSeasonal), items[2].integer(0, most)}
}

// share reads a smoothing parameter.
func (v value) share() float64 {
	reported := len(*v.reports)
	x := v.number(0, 1)
	if x == 0 && len(*v.reports) == reported {
		v.fail("is 0, must be above 0 and at most 1; leave the key out and the model chooses")
	}
	return x
}
