package calls

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// IAM are the calls about people that the program makes: of IAM, and of STS. OfIAM takes
// them from clients.
type IAM struct {
	simulatePrincipalPolicy call[iam.SimulatePrincipalPolicyInput, iam.SimulatePrincipalPolicyOutput, iam.Options]
	getRole                 call[iam.GetRoleInput, iam.GetRoleOutput, iam.Options]
	getCallerIdentity       call[sts.GetCallerIdentityInput, sts.GetCallerIdentityOutput, sts.Options]
}

// OfIAM returns the calls of clients.
func OfIAM(client *iam.Client, tokens *sts.Client) *IAM {
	return &IAM{
		simulatePrincipalPolicy: client.SimulatePrincipalPolicy,
		getRole:                 client.GetRole,
		getCallerIdentity:       tokens.GetCallerIdentity,
	}
}

// SimulatePrincipalPolicy asks what somebody's policies say.
func (c *IAM) SimulatePrincipalPolicy(ctx context.Context, in *iam.SimulatePrincipalPolicyInput, options ...func(*iam.Options)) (*iam.SimulatePrincipalPolicyOutput, error) {
	return c.simulatePrincipalPolicy(ctx, in, options...)
}

// GetRole reads a role.
func (c *IAM) GetRole(ctx context.Context, in *iam.GetRoleInput, options ...func(*iam.Options)) (*iam.GetRoleOutput, error) {
	return c.getRole(ctx, in, options...)
}

// GetCallerIdentity tells whose calls these are.
func (c *IAM) GetCallerIdentity(ctx context.Context, in *sts.GetCallerIdentityInput, options ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	return c.getCallerIdentity(ctx, in, options...)
}
