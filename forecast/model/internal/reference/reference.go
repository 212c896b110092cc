// Package reference reads the results of R's forecast package that the models
// are tested against; testdata/reference.R in forecast/model makes them.
package reference

import (
	"encoding/json"
	"fmt"
)

// Series is one series with R's results; a part that R did not produce is nil.
type Series struct {
	M        int             `json:"m"`
	Y        []float64       `json:"y"`
	Fixed    map[string]*ETS `json:"ets_fixed"`
	Auto     *Automatic      `json:"ets_auto"`
	Theta    *Forecast       `json:"thetaf"`
	Additive *Figure         `json:"decompose_add"`
	Multiple *Figure         `json:"decompose_mult"`
	ACF      []float64       `json:"acf"`

	ARIMA               map[string]*ARIMA `json:"arima_fixed"`
	AutoARIMA           *ARIMA            `json:"auto_arima"`
	Differences         *int              `json:"ndiffs_kpss"`
	SeasonalDifferences *int              `json:"nsdiffs_seas"`
	STL                 *STL              `json:"mstl_default"`
}

// ETS is the result of ets for one form. Par has the smoothing parameters and
// the states before the first observation: l, b, and s0 to s(m-2), of which s0
// is the season of the last period before it and s(m-2) that of the second.
type ETS struct {
	Par        map[string]float64 `json:"par"`
	Likelihood float64            `json:"loglik"`
	AICc       float64            `json:"aicc"`
	FittedHead []float64          `json:"fitted_head"`
	LastState  Numbers            `json:"last_state"` // level, slope, newest season first
	Mean       []float64          `json:"mean"`
}

// Numbers is a list of which R writes one number without its brackets.
type Numbers []float64

// UnmarshalJSON implements [json.Unmarshaler].
func (n *Numbers) UnmarshalJSON(data []byte) error {
	var one float64
	if json.Unmarshal(data, &one) == nil {
		*n = Numbers{one}
		return nil
	}
	return json.Unmarshal(data, (*[]float64)(n))
}

// Automatic is the form that ets chose.
type Automatic struct {
	Method string  `json:"method"`
	AICc   float64 `json:"aicc"`
}

// Forecast is a point forecast.
type Forecast struct {
	Mean []float64 `json:"mean"`
}

// Figure is the seasonal figure of decompose.
type Figure struct {
	Figure []float64 `json:"figure"`
}

// parse reads a file of series by id, with or without a header around it.
func parse(data []byte) (map[string]Series, error) {
	var file struct {
		Series map[string]Series `json:"series"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("parse reference: %w", err)
	}
	if file.Series != nil {
		return file.Series, nil
	}
	var plain map[string]Series
	if err := json.Unmarshal(data, &plain); err != nil {
		return nil, fmt.Errorf("parse reference: %w", err)
	}
	return plain, nil
}

// ARIMA is the result of Arima or auto.arima. Coef has the coefficients by R's
// names: ar1, ma1, sar1, sma1, intercept or drift.
type ARIMA struct {
	Model      string       `json:"model"` // of auto.arima
	Order      []int        `json:"order"`
	Seasonal   []int        `json:"seasonal"`
	Coef       Coefficients `json:"coef"`
	Likelihood float64      `json:"loglik"`
	AICc       float64      `json:"aicc"`
	Sigma2     float64      `json:"sigma2"`
	Mean       []float64    `json:"mean"`
	Low95      []float64    `json:"lo95"`
	High95     []float64    `json:"hi95"`
}

// Coefficients are numbers by name, which R writes as a list if there are none.
type Coefficients map[string]float64

// UnmarshalJSON implements [json.Unmarshaler].
func (c *Coefficients) UnmarshalJSON(data []byte) error {
	if string(data) == "[]" {
		return nil
	}
	return json.Unmarshal(data, (*map[string]float64)(c))
}

// STL is the end of the decomposition of mstl.
type STL struct {
	Seasonal  []float64 `json:"seasonal_tail"`
	Trend     []float64 `json:"trend_tail"`
	Remainder []float64 `json:"remainder_tail"`
}
