package foreign

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
)

// ReportKey returns where a report of a step is, as bucket and key, and false if
// its job has no such output in S3.
func ReportKey(job runs.Detail, output, file string) (bucket, key string, ok bool) {
	rest, ok := strings.CutPrefix(job.Outputs[output], "s3://")
	if !ok {
		return "", "", false
	}
	bucket, prefix, _ := strings.Cut(rest, "/")
	return bucket, strings.TrimPrefix(strings.TrimSuffix(prefix, "/")+"/"+strings.TrimPrefix(file, "/"), "/"), bucket != ""
}

// ReadReport returns the measures of a report. Named are those to take, by the path
// of a number with dots between the names; nil: all numbers, each named by its path
// without a "value" at its end, as evaluation reports of SageMaker have it.
func ReadReport(text []byte, named map[string]string) (forecast.Measures, error) {
	var report any
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, fmt.Errorf("%w: it is no JSON: %s", forecast.ErrInvalid, err.Error())
	}
	numbers := make(map[string]float64)
	flatten(report, "", numbers)
	measures := make(forecast.Measures)
	if named == nil {
		for path, number := range numbers {
			measures[strings.TrimSuffix(path, ".value")] = number
		}
		return measures, nil
	}
	var lacking []string
	for name, path := range named {
		number, ok := numbers[path]
		if !ok {
			lacking = append(lacking, path)
			continue
		}
		measures[name] = number
	}
	if len(lacking) > 0 {
		slices.Sort(lacking)
		return measures, fmt.Errorf("%w: it has no number at %s", forecast.ErrNotFound, strings.Join(lacking, ", "))
	}
	return measures, nil
}

// flatten collects the numbers of a value by their paths.
func flatten(v any, path string, numbers map[string]float64) {
	beneath := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch v := v.(type) {
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			numbers[path] = v
		}
	case map[string]any:
		for name, item := range v {
			flatten(item, beneath(name), numbers)
		}
	case []any:
		for i, item := range v {
			flatten(item, beneath(strconv.Itoa(i)), numbers)
		}
	}
}

// JobMeasures returns the last metrics of training jobs. Where two jobs have a
// metric of one name, the step is part of it.
func JobMeasures(jobs map[string]runs.Detail) forecast.Measures {
	count := make(map[string]int)
	for _, job := range jobs {
		for name := range job.Metrics {
			count[name]++
		}
	}
	measures := make(forecast.Measures)
	for step, job := range jobs {
		for name, value := range job.Metrics {
			if count[name] > 1 {
				name = step + "." + name
			}
			measures[name] = value
		}
	}
	return measures
}
