package selection

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/weekday"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/arima"
	"github.com/daybatch/daybatch/forecast/model/ces"
	"github.com/daybatch/daybatch/forecast/model/ets"
	"github.com/daybatch/daybatch/forecast/model/intermittent"
	"github.com/daybatch/daybatch/forecast/model/theta"
	"github.com/daybatch/daybatch/forecast/model/yearly"
)

// Options of methods.
const (
	OptionForm     = "form"
	OptionOrder    = "order"
	OptionSeasonal = "seasonal"
	OptionAlpha    = "alpha"
	OptionBeta     = "beta"
	OptionTheta    = "theta"
	OptionSeason   = "season"
)

// Variant is a method with options in place of what it chooses by itself. It is a
// candidate like any other, under the name that [Variant.String] gives it.
type Variant struct {
	Method string
	// Form is that of ETS in letters ("AAdA"), or of CES (N, S, P, F).
	Form string
	// Order and Seasonal are three orders of ARIMA each: autoregression,
	// differences, moving average. Without differences there is a mean. Seasonal
	// orders need an Order.
	Order, Seasonal []int
	// Alpha and Beta smooth the size of a demand and its probability, Alpha the
	// sums of ADIDA's and IMAPA's blocks; above 0, at most 1. The one that is 0 is chosen by
	// the method.
	Alpha, Beta float64
	// Theta is that of the dynamic Theta method, from 1; 0: estimated.
	Theta float64
	// Season is the kind that the Theta methods take out; "": the method's choice.
	Season theta.Season
}

// OptionsOf returns the names of the options that a method has, nil if none.
func OptionsOf(method string) []string {
	switch method {
	case ETS, CES:
		return []string{OptionForm}
	case ARIMA:
		return []string{OptionOrder, OptionSeasonal}
	case TSB, TSBPlain:
		return []string{OptionAlpha, OptionBeta}
	case Croston, SBA, ADIDA, IMAPA:
		return []string{OptionAlpha}
	case Theta:
		return []string{OptionTheta, OptionSeason}
	case ThetaStandard:
		return []string{OptionSeason}
	default:
		return nil
	}
}

// String returns the variant's name: "ets(AAdA)", "arima(1,1,1)(0,1,1)",
// "tsb(alpha=0.1,beta=0.05)", "theta(theta=2,season=additive)", or that of the
// method if there is no option.
func (v Variant) String() string {
	name := v.Method
	if v.Form != "" {
		name += "(" + v.Form + ")"
	}
	if len(v.Order) > 0 {
		name += orders(v.Order)
	}
	if slices.ContainsFunc(v.Seasonal, func(n int) bool { return n != 0 }) {
		name += orders(v.Seasonal)
	}
	var named []string
	for _, option := range append(v.smoothing(), parameter{OptionTheta, v.Theta}) {
		if option.value != 0 {
			named = append(named, option.name+"="+strconv.FormatFloat(option.value, 'g', -1, 64))
		}
	}
	if v.Season != "" {
		named = append(named, OptionSeason+"="+string(v.Season))
	}
	if len(named) > 0 {
		name += "(" + strings.Join(named, ",") + ")"
	}
	return name
}

func orders(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return "(" + strings.Join(words, ",") + ")"
}

// parameter is a number under its option's name.
type parameter struct {
	name  string
	value float64
}

func (v Variant) smoothing() []parameter {
	return []parameter{{OptionAlpha, v.Alpha}, {OptionBeta, v.Beta}}
}

// Check returns an error if the method has no such option, or an option is out of
// its bounds.
func (v Variant) Check() error {
	_, err := v.model()
	return err
}

var (
	errSmoothing = errors.New("a smoothing parameter is above 0 and at most 1")
	errThree     = errors.New("orders are three numbers: autoregression, differences, moving average")
	errNoOrder   = errors.New("seasonal orders need an order as well, for example order: [1,1,1]")
	errNoOption  = errors.New("there is no option")
)

// model makes the model of a variant that has an option.
func (v Variant) model() (model.Model, error) {
	for _, option := range v.smoothing() {
		if x := option.value; !(x >= 0 && x <= 1) {
			return nil, fmt.Errorf("%s is %v: %w", option.name, x, errSmoothing)
		}
	}
	switch {
	case v.String() == v.Method:
		return nil, fmt.Errorf("model %s: %w", v.Method, errNoOption)
	case v.Method == ETS && v.has(OptionForm):
		return ets.NewForm(v.Form) //nolint:wrapcheck // it names the form
	case v.Method == CES && v.has(OptionForm):
		m, err := ces.NewForm(v.Form)
		return yearly.Over(m), err //nolint:wrapcheck // it names the form
	case v.Method == ARIMA && v.has(OptionOrder, OptionSeasonal):
		return v.arima()
	case v.Method == Croston && v.has(OptionAlpha):
		return intermittent.NewCroston().Smoothed(v.Alpha, 0), nil
	case v.Method == SBA && v.has(OptionAlpha):
		return intermittent.NewSBA().Smoothed(v.Alpha, 0), nil
	case v.Method == TSBPlain && v.has(OptionAlpha, OptionBeta):
		return intermittent.NewTSB().Smoothed(v.Alpha, v.Beta), nil
	case v.Method == TSB && v.has(OptionAlpha, OptionBeta):
		return weekday.NewTSBSmoothed(v.Alpha, v.Beta), nil
	case v.Method == ADIDA && v.has(OptionAlpha):
		return intermittent.NewADIDA().Smoothed(v.Alpha, 0), nil
	case v.Method == IMAPA && v.has(OptionAlpha):
		return intermittent.NewIMAPA().Smoothed(v.Alpha, 0), nil
	case v.Method == Theta && v.has(OptionTheta, OptionSeason):
		m, err := theta.New().With(theta.Options{Theta: v.Theta, Season: v.Season})
		return yearly.Over(m), err //nolint:wrapcheck // it names the option
	case v.Method == ThetaStandard && v.has(OptionSeason):
		return theta.NewStandard().With(theta.Options{Season: v.Season}) //nolint:wrapcheck // it names the option
	}
	return nil, fmt.Errorf("model %s has not these options: it has %s", v.Method, optionText(v.Method))
}

// optionText lists the options of a method.
func optionText(method string) string {
	if options := OptionsOf(method); len(options) > 0 {
		return strings.Join(options, ", ")
	}
	return "none"
}

// has reports whether no options but these are set.
func (v Variant) has(options ...string) bool {
	rest := v
	for _, option := range options {
		switch option {
		case OptionForm:
			rest.Form = ""
		case OptionOrder:
			rest.Order = nil
		case OptionSeasonal:
			rest.Seasonal = nil
		case OptionAlpha:
			rest.Alpha = 0
		case OptionBeta:
			rest.Beta = 0
		case OptionTheta:
			rest.Theta = 0
		case OptionSeason:
			rest.Season = ""
		}
	}
	return rest.String() == rest.Method
}

// arima returns the model of fixed orders.
func (v Variant) arima() (model.Model, error) {
	switch {
	case len(v.Order) == 0:
		return nil, errNoOrder
	case len(v.Order) != 3 || len(v.Seasonal) != 0 && len(v.Seasonal) != 3:
		return nil, errThree
	}
	seasonal := [3]int{}
	copy(seasonal[:], v.Seasonal)
	return arima.NewOrder(arima.Order{ //nolint:wrapcheck // it names the order
		AR: v.Order[0], D: v.Order[1], MA: v.Order[2],
		SeasonalAR: seasonal[0], SeasonalD: seasonal[1], SeasonalMA: seasonal[2],
		Constant: v.Order[1]+seasonal[1] == 0,
	})
}

// variantOf reads the name of a variant. It returns an error for a name that
// [Variant.String] does not give, also that of a method without options.
func variantOf(name string) (Variant, error) {
	method, options, _ := strings.Cut(name, "(")
	options = "(" + options
	v := Variant{Method: method}
	switch {
	case OptionsOf(method) == nil:
	case method == ARIMA:
		numbers := regexp.MustCompile(`^\((\d),(\d),(\d)\)(?:\((\d),(\d),(\d)\))?$`).FindStringSubmatch(options)
		for i := 1; i < len(numbers) && numbers[i] != ""; i++ {
			n := int(numbers[i][0] - '0')
			if i <= 3 {
				v.Order = append(v.Order, n)
			} else {
				v.Seasonal = append(v.Seasonal, n)
			}
		}
	case slices.Contains(OptionsOf(method), OptionForm):
		v.Form = strings.TrimSuffix(strings.TrimPrefix(options, "("), ")")
	default:
		for word := range strings.SplitSeq(strings.Trim(options, "()"), ",") {
			option, text, _ := strings.Cut(word, "=")
			x, _ := strconv.ParseFloat(text, 64) // what is wrong makes another name
			switch option {
			case OptionAlpha:
				v.Alpha = x
			case OptionBeta:
				v.Beta = x
			case OptionTheta:
				v.Theta = x
			case OptionSeason:
				v.Season = theta.Season(text)
			}
		}
	}
	if v.String() != name || name == method {
		return Variant{}, fmt.Errorf("model %q is not a method with options: such are ets(AAdA), arima(1,1,1)(0,1,1), tsb(alpha=0.1,beta=0.05), theta(theta=2)", name)
	}
	if err := v.Check(); err != nil {
		return Variant{}, fmt.Errorf("model %q: %w", name, err)
	}
	return v, nil
}

// variants returns the candidates among the names that are variants of a method,
// each once.
func variants(method string, names []string) []backtest.Candidate {
	var candidates []backtest.Candidate
	for i, name := range names {
		if !strings.HasPrefix(name, method+"(") || slices.Contains(names[:i], name) {
			continue
		}
		v, err := variantOf(name)
		if err != nil {
			continue // it is none, as a name that is unknown
		}
		if m, err := v.model(); err == nil {
			candidates = append(candidates, backtest.Of(name, m))
		}
	}
	return candidates
}
