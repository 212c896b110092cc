package step

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast/logkey"
)

// Keys of log attributes that only the numeric steps have.
const (
	keyBias         = "bias"
	keyBaselineWAPE = "baseline_wape"
	keyCheck        = "check"
	keyClass        = "class"
	keyHorizon      = "horizon"
	keyMachine      = "machine"
	keyMachines     = "machines"
	keyMASE         = "mase"
	keyCoverage     = "coverage"
	keyOf           = "of"
	keyOrigins      = "origins"
	keyPercent      = "percent"
	keyShare        = "share"
	keyVerdict      = "verdict"
	keyWAPE         = "wape"
	keyWorkers      = "workers"
)

// loggedSeries is how many series' warnings are logged one by one: a panel of
// thousands would bury what matters.
const loggedSeries = 20

// countTexts returns counts by name as one text: "daily 40, dead 2".
func countTexts(counts map[string]int) string {
	texts := make([]string, 0, len(counts))
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		texts = append(texts, name+" "+strconv.Itoa(counts[name]))
	}
	return strings.Join(texts, ", ")
}

// logModels logs what was chosen, and the warnings.
func (b *batch) logModels(ctx context.Context, models Models) {
	counts := make(map[string]int)
	for _, m := range models.Series {
		counts[m.Model]++
	}
	b.env.Log.InfoContext(ctx, "models chosen", slog.Int(logkey.Series, len(models.Series)), slog.String(logkey.Model, countTexts(counts)))
	var warnings warningLog
	for _, m := range models.Series {
		warnings.add(m.Series.String(), m.Warnings)
	}
	b.logWarnings(ctx, &warnings, models.Warnings)
}

// warningLog collects the warnings of the first series that have some, and counts
// the others.
type warningLog struct {
	first []seriesWarnings
	more  int
}

func (l *warningLog) add(name string, texts []string) {
	switch {
	case len(texts) == 0:
	case len(l.first) < loggedSeries:
		l.first = append(l.first, seriesWarnings{name: name, texts: texts})
	default:
		l.more++
	}
}

// seriesWarnings are the warnings of one series.
type seriesWarnings struct {
	name  string
	texts []string
}

// logWarnings logs the warnings of the panel and of its first series that have
// some.
func (b *batch) logWarnings(ctx context.Context, perSeries *warningLog, panel []string) {
	for _, text := range panel {
		b.env.Log.WarnContext(ctx, "panel", slog.String(logkey.Reason, text))
	}
	for _, one := range perSeries.first {
		b.env.Log.WarnContext(ctx, "series", slog.String(logkey.Series, one.name), slog.String(logkey.Reason, strings.Join(one.texts, "; ")))
	}
	if perSeries.more > 0 {
		b.env.Log.WarnContext(ctx, "more series have warnings", slog.Int(logkey.Count, perSeries.more))
	}
}
