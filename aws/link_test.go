package aws_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// Links lead to the job of a step in either layout, to its log, to the files of a
// generation, and nowhere where there is nothing.
func TestLink(t *testing.T) {
	t.Parallel()
	for _, shape := range []struct {
		layout           settings.Layout
		job, page, group string
	}{
		{settings.LayoutFused, "-Run-", "#/processing-jobs/", "ProcessingJobs"},
		{settings.LayoutSteps, "-Train-", "#/jobs/", "TrainingJobs"},
	} {
		t.Run(string(shape.layout), func(t *testing.T) {
			t.Parallel()
			d := day(10)
			a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{layout: shape.layout, speed: 10})
			e := a.open(t, nil)
			runDates(t, e, d)
			generation := dateDay(t, e, d).Partition.Generation
			for _, tt := range []struct {
				query forecast.LinkQuery
				want  []string
			}{
				{forecast.LinkQuery{Kind: forecast.LinkStep, Step: forecast.Train}, []string{shape.page + "pipelines-", shape.job}},
				{forecast.LinkQuery{Kind: forecast.LinkStep, Attempt: 1}, []string{"jobs/pipelines-"}},
				{forecast.LinkQuery{Kind: forecast.LinkLog, Step: forecast.Train}, []string{"$252Faws$252Fsagemaker$252F" + shape.group + "$3FlogStreamNameFilter$3Dpipelines-", shape.job, "$252F"}},
				{forecast.LinkQuery{Kind: forecast.LinkPartition}, []string{"/s3/buckets/bucket?region=ap-northeast-1&prefix=daybatch%2Fexercise%2Fgenerations%2F", "dt%3D2026-01-10%2F" + generation + "%2F"}},
			} {
				tt.query.Date = d
				link, err := e.LinkOnAWS(t.Context(), tt.query)
				must(t, err)
				for _, part := range tt.want {
					if !strings.Contains(link.URL, part) || link.What == "" {
						t.Errorf("Link(%+v) = %+v; want %q in it", tt.query, link, part)
					}
				}
			}
			if link, err := e.LinkOnAWS(t.Context(), forecast.LinkQuery{Kind: forecast.LinkStep, Date: d, Attempt: 7}); !errors.Is(err, forecast.ErrNotFound) {
				t.Errorf("Link of an attempt that there is not = %+v, %v; want none", link, err)
			}
			for _, kind := range []forecast.LinkKind{forecast.LinkStep, forecast.LinkPartition} {
				if link, err := e.LinkOnAWS(t.Context(), forecast.LinkQuery{Kind: kind, Date: d + 1}); !errors.Is(err, forecast.ErrNotFound) {
					t.Errorf("Link of the %s of a date that nobody ran = %+v, %v; want none", kind, link, err)
				}
				if link, err := e.Link(t.Context(), forecast.LinkQuery{Kind: kind, Date: d}); !errors.Is(err, forecast.ErrUnsupported) || !strings.Contains(err.Error(), "NOT AWS") {
					t.Errorf("Link of the %s where something else answers = %+v, %v; want none", kind, link, err)
				}
			}
		})
	}
}
