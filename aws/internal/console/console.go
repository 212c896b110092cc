// Package console says where things are found in AWS's consoles, for a person's
// browser. The addresses are not documented; they are those that the consoles show.
package console

import (
	"fmt"
	"net/url"
	"strings"
)

// Console is the console of a partition of AWS in a region.
type Console struct{ Partition, Region string }

func (c Console) home(service string) string {
	host := "console.aws.amazon.com"
	switch c.Partition {
	case "aws-cn":
		host = "console.amazonaws.cn"
	case "aws-us-gov":
		host = "console.amazonaws-us-gov.com"
	}
	return fmt.Sprintf("https://%s.%s/%s/home?region=%s", c.Region, host, service, c.Region)
}

// Kinds of jobs, as the console names their pages.
const (
	Processing = "processing-jobs"
	Training   = "jobs"
	Transform  = "transform-jobs"
	Tuning     = "hyper-tuning-jobs"
)

// Job returns the page of a job.
func (c Console) Job(kind, name string) string {
	return c.home("sagemaker") + "#/" + kind + "/" + url.PathEscape(name)
}

// Studio returns the page that leads to SageMaker Studio, where executions of
// pipelines are found: their own pages belong to a domain and a person in it.
func (c Console) Studio() string { return c.home("sagemaker") + "#/studio-landing" }

// Log returns the streams of a log group whose names begin with a prefix.
func (c Console) Log(group, prefix string) string {
	return c.home("cloudwatch") + "#logsV2:log-groups/log-group/" + fragment(url.QueryEscape(url.QueryEscape(group))) +
		fragment("?logStreamNameFilter=") + fragment(url.QueryEscape(url.QueryEscape(prefix)))
}

// fragment writes what follows a # as the console of CloudWatch does: escaped, with a
// dollar for each percent sign.
func fragment(text string) string {
	return strings.NewReplacer("%", "$", "?", "$3F", "=", "$3D").Replace(text)
}

// Objects returns the objects of a bucket below a prefix.
func (c Console) Objects(bucket, prefix string) string {
	home, _, _ := strings.Cut(c.home("s3"), "/home?")
	return fmt.Sprintf("%s/buckets/%s?region=%s&prefix=%s", home, url.PathEscape(bucket), c.Region, url.QueryEscape(prefix))
}
