package step

import (
	"fmt"
	"math"
	"strings"

	"github.com/daybatch/daybatch/forecast/series"
)

// namedSeries is how many series a warning names; the others are counted.
const namedSeries = 3

// panelWarnings returns what an operator should know about the data, a line for
// each kind of trouble and not for each series.
func panelWarnings(report PanelReport) []string {
	kinds := []struct {
		what string
		has  func(SeriesReport) bool
	}{
		{"have a single observation", func(s SeriesReport) bool { return s.Observations == 1 }},
		{"are zero throughout", func(s SeriesReport) bool { return s.Class == series.ClassAllZero }},
		{"have not sold for eight weeks", func(s SeriesReport) bool { return s.Class == series.ClassDead }},
		{"are short: they get a simple model", func(s SeriesReport) bool { return s.Class == series.ClassShort && s.Observations > 1 }},
		{"have no value for the date", func(s SeriesReport) bool { return s.Trailing > 0 && s.Class != series.ClassDead }},
		{"miss more than a tenth of their days", func(s SeriesReport) bool { return s.Gaps*10 > s.Observations+s.Gaps }},
	}
	var warnings []string
	for _, kind := range kinds {
		var found []string
		for _, one := range report.Series {
			if kind.has(one) {
				found = append(found, one.Key.String())
			}
		}
		if len(found) > 0 {
			warnings = append(warnings, fmt.Sprintf("%d of %d series %s: %s", len(found), len(report.Series), kind.what, some(found)))
		}
	}
	if report.Outliers > 0 {
		key, worst := worstOutlier(report.Series)
		warnings = append(warnings, fmt.Sprintf("%d of %d values are far from the usual, kept in the data; the farthest: %s on %s is %.6g, usual %.6g",
			report.Outliers, report.Observations, key, worst.Date, worst.Value, worst.Usual))
	}
	return warnings
}

// some lists the first names and counts the others.
func some(names []string) string {
	if len(names) <= namedSeries {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:namedSeries], ", "), len(names)-namedSeries)
}

func worstOutlier(all []SeriesReport) (key series.Key, worst Outlier) {
	for _, one := range all {
		for _, outlier := range one.Outliers {
			if math.Abs(outlier.Z) > math.Abs(worst.Z) {
				key, worst = one.Key, outlier
			}
		}
	}
	return key, worst
}
