package aws

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/daybatch/daybatch/aws/settings"
)

// Notes say who answers in the place of AWS in a project's account, none if AWS does.
// No call is made.
func Notes(ctx context.Context, s settings.Settings) ([]string, error) {
	loaded, err := load(ctx, s, nil)
	if err != nil {
		return nil, err
	}
	return notes(s, elsewhere(s, loaded)), nil
}

// simulatedNote has room on a small screen.
const simulatedNote = "SIMULATED: this machine answers, not AWS"

// notes say what is meant by the mark.
func notes(s settings.Settings, elsewhere []string) []string {
	switch {
	case s.Simulation != "":
		return []string{simulatedNote}
	case len(elsewhere) > 0:
		return []string{"NOT AWS: calls go to " + strings.Join(elsewhere, ", ")}
	default:
		return nil
	}
}

// place is where the calls of a service go; nil: to AWS.
type place struct {
	service  string
	endpoint *string
}

// elsewhere returns where the calls of a project go that do not go to AWS: addresses,
// and of which services they are unless it is all of them. The configuration of the
// SDK can give each service one of its own.
func elsewhere(s settings.Settings, loaded awssdk.Config) []string {
	asked := []place{
		{"S3", s3.NewFromConfig(loaded).Options().BaseEndpoint},
		{"SageMaker", sagemaker.NewFromConfig(loaded).Options().BaseEndpoint},
		{"CloudWatch Logs", cloudwatchlogs.NewFromConfig(loaded).Options().BaseEndpoint},
		{"Glue", glue.NewFromConfig(loaded).Options().BaseEndpoint},
		{"Athena", athena.NewFromConfig(loaded).Options().BaseEndpoint},
		{"Scheduler", scheduler.NewFromConfig(loaded).Options().BaseEndpoint},
	}
	if s.Topic != "" {
		asked = append(
			asked,
			place{"EventBridge", eventbridge.NewFromConfig(loaded).Options().BaseEndpoint},
			place{"SNS", sns.NewFromConfig(loaded).Options().BaseEndpoint},
		)
	}
	if s.Dashboard.DataSet != "" {
		asked = append(asked, place{"QuickSight", quicksight.NewFromConfig(loaded).Options().BaseEndpoint})
	}
	var addresses []string
	services := make(map[string][]string)
	for _, a := range asked {
		address := awssdk.ToString(a.endpoint)
		if address == "" || ofAWS(address) {
			continue
		}
		if !slices.Contains(addresses, address) {
			addresses = append(addresses, address)
		}
		services[address] = append(services[address], a.service)
	}
	for i, address := range addresses {
		if of := services[address]; len(of) < len(asked) {
			addresses[i] = fmt.Sprintf("%s (%s)", address, strings.Join(of, ", "))
		}
	}
	return addresses
}

// ofAWS reports whether an address is AWS's own, such as that of a private link.
func ofAWS(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := parsed.Hostname()
	return slices.ContainsFunc([]string{".amazonaws.com", ".amazonaws.com.cn", ".api.aws"}, func(ending string) bool { return strings.HasSuffix(host, ending) })
}
