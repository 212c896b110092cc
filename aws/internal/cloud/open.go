package cloud

import (
	"context"
	"fmt"
	"slices"

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
	// Clock is told when the service answers; nil: nobody is.
	Clock *Clock
	// Simulated says that Endpoint is a simulation: nobody's credentials are read,
	// and none leave the machine.
	Simulated bool
}

// Load reads the configuration of the SDK: credentials, region, endpoints. No
// call is made.
func Load(ctx context.Context, account Account) (awssdk.Config, error) {
	limits := account.Limits
	if limits == nil {
		limits = DefaultLimits()
	}
	options := account.options()
	login := &logins{load: func(ctx context.Context) (awssdk.CredentialsProvider, error) {
		again, err := config.LoadDefaultConfig(ctx, options...)
		return again.Credentials, err
	}}
	calls := []func(*middleware.Stack) error{limits.middleware, login.middleware}
	if account.Clock != nil {
		calls = append(calls, account.Clock.middleware)
	}
	loaded, err := config.LoadDefaultConfig(ctx, append(options, config.WithRetryer(limits.retryer), config.WithAPIOptions(calls))...)
	if err != nil {
		return awssdk.Config{}, fmt.Errorf("read AWS configuration: %w", Error(&unsigned{err}))
	}
	login.current, loaded.Credentials = loaded.Credentials, login
	return loaded, nil
}

// options are those that say whose account it is, and where.
func (account Account) options() []func(*config.LoadOptions) error {
	options := []func(*config.LoadOptions) error{
		config.WithRegion(account.Region),
		// What the SDK would print belongs to nobody: errors are returned.
		config.WithLogger(logging.Nop{}),
	}
	if account.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(account.Profile))
	}
	if account.Endpoint != "" {
		options = append(options, config.WithBaseEndpoint(account.Endpoint))
	}
	if account.Simulated {
		options = append(options, simulated()...)
	}
	return slices.Clip(options)
}

// simulated leaves out what a person has set up for AWS: files and credentials.
func simulated() []func(*config.LoadOptions) error {
	key := awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) {
		return awssdk.Credentials{AccessKeyID: "simulated", SecretAccessKey: "simulated", Source: "simulation"}, nil
	})
	return []func(*config.LoadOptions) error{
		config.WithCredentialsProvider(key),
		config.WithSharedConfigFiles([]string{}), config.WithSharedCredentialsFiles([]string{}),
	}
}
