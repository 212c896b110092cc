package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/backtest/bench"
	"github.com/daybatch/daybatch/forecast/selection"
)

// benchItem is a method on a set of series, in JSON.
type benchItem struct {
	Dataset     string             `json:"dataset"`
	Method      string             `json:"method"`
	Peers       []string           `json:"peers"`
	Frequency   string             `json:"frequency"`
	Seasons     []int              `json:"seasons"`
	Horizon     int                `json:"horizon"`
	Missing     float64            `json:"missing"` // share of the values
	Series      int                `json:"series"`
	Measures    map[string]float64 `json:"measures"`
	Absent      map[string]string  `json:"absent"` // why a measure has no value
	Ahead       []benchAhead       `json:"ahead,omitempty"`
	Failed      int                `json:"failed"`
	CPU         float64            `json:"cpu_ms"`
	CPU99       float64            `json:"cpu_p99_ms"`
	Allocations float64            `json:"allocations"`
}

// benchAhead is what intervals covered so many observations ahead.
type benchAhead struct {
	Ahead    int                `json:"ahead"`
	Rows     int                `json:"rows"`
	Coverage map[string]float64 `json:"coverage"`
}

// benchAheads are those of a result, by the names of measures.
func benchAheads(r bench.Result) []benchAhead {
	var all []benchAhead
	for _, a := range r.Ahead {
		one := benchAhead{Ahead: a.Ahead, Rows: a.Rows, Coverage: map[string]float64{}}
		for _, level := range a.Levels {
			one.Coverage[forecast.CoverageName(level.Level)] = level.Coverage
		}
		all = append(all, one)
	}
	return all
}

// benchAbout tells how a set was taken.
func benchAbout(r bench.Result) string {
	seasons := make([]string, len(r.About.Seasons))
	for i, m := range r.About.Seasons {
		seasons[i] = strconv.Itoa(m)
	}
	text := r.Set + ": " + r.About.Frequency.String()
	if r.About.By != "" {
		text += " " + r.About.By
	}
	text += fmt.Sprintf(", season %s, horizon %d", strings.Join(seasons, " and "), r.About.Horizon)
	const few = .05
	if r.About.Missing > few {
		text += fmt.Sprintf(", %.0f %% of the values missing", 100*r.About.Missing)
	}
	return text
}

// benchNote tells what the intervals of a result covered by how far ahead.
func benchNote(r bench.Result) string {
	places := make([]string, len(r.Ahead))
	for i, a := range r.Ahead {
		shares := make([]string, len(a.Levels))
		for k, level := range a.Levels {
			shares[k] = fmt.Sprintf("%.3f", level.Coverage)
		}
		places[i] = fmt.Sprintf("%d: %s", a.Ahead, strings.Join(shares, " "))
	}
	return fmt.Sprintf("%s %s within, by observations ahead  %s", r.Set, r.Method, strings.Join(places, "  "))
}

// peersOf are the names under which the peers' figures for a method are kept:
// those of R's package forecast, and with sf_ those of statsforecast.
func peersOf(method string) []string {
	return map[string][]string{
		selection.Naive:         {"naive"},
		selection.SeasonalNaive: {"snaive"},
		selection.ETS:           {"ets", "sf_AutoETS"},
		selection.ARIMA:         {"auto.arima", "sf_AutoARIMA"},
		selection.Theta:         {"sf_DOT"},
		selection.ThetaStandard: {"thetaf"},
		"ces":                   {"sf_AutoCES"},
		"mstl":                  {"stlf_ets", "sf_MSTL_ETS"},
		selection.SES:           {"ses"},
		selection.Holt:          {"holt"},
		selection.Croston:       {"croston"},
	}[method]
}

func benchListing(results []bench.Result) listing {
	l := listing{header: []string{"data set", "method", "series ", "smape ", "mase ", "owa ", "rmsse ", "bias "}}
	coverages := []string{forecast.CoverageName(80), forecast.CoverageName(95)} // there, and empty, without intervals too
	if len(results) > 0 && len(results[0].Measures.Levels) > 0 {
		coverages = nil
		for _, level := range results[0].Measures.Levels {
			l.header = append(l.header, fmt.Sprintf("in %d %% ", level.Level))
			coverages = append(coverages, forecast.CoverageName(level.Level))
		}
	}
	l.header = append(l.header, "msis ", "failed ", "cpu ms ", "99 % ", "allocs ")
	measures := slices.Concat([]string{"smape", "mase", "owa", "wape", "rmsse", "bias"}, coverages, []string{"msis"})
	l.fields = slices.Concat([]string{"dataset", "method", "peer", "cpu_ms"}, measures, []string{"cpu_p99_ms", "allocations", "failed", "series"})
	for i, r := range results {
		if i > 0 && results[i-1].Set == r.Set {
			continue
		}
		l.notes = append(l.notes, benchAbout(r))
		if r.Short > 0 {
			l.warnings = append(l.warnings, fmt.Sprintf("%s: %d of %d series are left out: they have no more values than the horizon", r.Set, r.Short, r.Short+r.Series))
		}
	}
	items := make([]benchItem, 0, len(results))
	for _, r := range results {
		items = append(items, benchItemOf(r))
		if len(r.Ahead) > 0 {
			l.notes = append(l.notes, benchNote(r))
		}
		l.rows = append(l.rows, benchRow(r))
		peers := peersOf(r.Method)
		if len(peers) == 0 {
			peers = []string{""}
		}
		for _, peer := range peers {
			l.records = append(l.records, benchRecord(r, peer, measures))
		}
	}
	l.items = items
	return l
}

// benchMeasures are the measures of a result by name.
func benchMeasures(r bench.Result) map[string]accuracy.Value {
	all := maps.Collect(r.Measures.All())
	all["smape"], all["owa"] = r.SMAPE, r.OWA
	return all
}

func benchItemOf(r bench.Result) benchItem {
	item := benchItem{
		Dataset: r.Set, Method: r.Method, Peers: peersOf(r.Method), Series: r.Series, Failed: r.Failed,
		Frequency: r.About.Frequency.String(), Seasons: r.About.Seasons, Horizon: r.About.Horizon, Missing: r.About.Missing,
		Ahead: benchAheads(r), CPU: milliseconds(r.CPU), CPU99: milliseconds(r.CPU99), Allocations: r.Allocations,
		Measures: map[string]float64{}, Absent: map[string]string{},
	}
	for name, value := range benchMeasures(r) {
		if value.OK {
			item.Measures[name] = value.Number
		} else {
			item.Absent[name] = value.Reason
		}
	}
	if item.Peers == nil {
		item.Peers = []string{}
	}
	return item
}

func benchRow(r bench.Result) []string {
	m := r.Measures
	row := []string{
		r.Set, r.Method, strconv.Itoa(r.Series), r.SMAPE.String(), m.MASE.String(), r.OWA.String(), m.RMSSE.String(), m.Bias.String(),
	}
	for _, level := range m.Levels {
		row = append(row, level.Coverage.String())
	}
	return append(row, m.MSIS.String(), strconv.Itoa(r.Failed), fmt.Sprintf("%.3f", milliseconds(r.CPU)),
		fmt.Sprintf("%.3f", milliseconds(r.CPU99)), fmt.Sprintf("%.0f", r.Allocations))
}

func benchRecord(r bench.Result, peer string, names []string) []string {
	measures := benchMeasures(r)
	record := []string{r.Set, r.Method, peer, fmt.Sprintf("%.4f", milliseconds(r.CPU))}
	for _, name := range names {
		value := measures[name]
		if !value.OK {
			record = append(record, "")
			continue
		}
		record = append(record, fmt.Sprintf("%.4f", value.Number))
	}
	return append(record, fmt.Sprintf("%.4f", milliseconds(r.CPU99)), fmt.Sprintf("%.1f", r.Allocations), strconv.Itoa(r.Failed), strconv.Itoa(r.Series))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
