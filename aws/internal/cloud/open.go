package cloud

import (
	"context"
	"fmt"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
)

// Account says which account is used, and how it is reached.
type Account struct {
	Region   string
	Profile  string // of the shared configuration; empty: the environment decides
	Endpoint string // empty: AWS's own, or what AWS_ENDPOINT_URL says
	// Limits bound the calls; nil: DefaultLimits.
	Limits *Limits
}

// Load reads the configuration of the SDK: credentials, region, endpoints. No
// call is made.
func Load(ctx context.Context, account Account) (awssdk.Config, error) {
	limits := account.Limits
	if limits == nil {
		limits = DefaultLimits()
	}
	options := []func(*config.LoadOptions) error{
		config.WithRegion(account.Region),
		// What the SDK would print belongs to nobody: errors are returned.
		config.WithLogger(logging.Nop{}),
		config.WithRetryer(limits.retryer),
		config.WithAPIOptions([]func(*middleware.Stack) error{limits.middleware}),
	}
	if account.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(account.Profile))
	}
	if account.Endpoint != "" {
		options = append(options, config.WithBaseEndpoint(account.Endpoint))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return awssdk.Config{}, fmt.Errorf("read AWS configuration: %w", Error(err))
	}
	return loaded, nil
}
