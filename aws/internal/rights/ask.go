package rights

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/deploy"
	"github.com/daybatch/daybatch/forecast"
)

// mostResults is how many results an answer may have.
const mostResults = 1000

// API are the calls of IAM.
type API interface {
	SimulatePrincipalPolicy(ctx context.Context, in *iam.SimulatePrincipalPolicyInput, options ...func(*iam.Options)) (*iam.SimulatePrincipalPolicyOutput, error)
	GetRole(ctx context.Context, in *iam.GetRoleInput, options ...func(*iam.Options)) (*iam.GetRoleOutput, error)
}

// Asker asks IAM.
type Asker struct {
	API API
	// Region is where calls would be made: some policies allow only a few.
	Region string
}

// Ask returns what IAM says about each need of somebody, and the ARN by which it knows
// them: that of a role with a path is another than what its sessions are called by. Its
// error wraps forecast.ErrUnauthorised if nobody may be asked.
func (a Asker) Ask(ctx context.Context, principal string, needs []deploy.Need) (map[deploy.Need]Decision, string, error) {
	decided := make(map[deploy.Need]Decision)
	for _, batch := range batches(needs) {
		err := a.simulate(ctx, principal, batch, decided)
		if errors.Is(err, forecast.ErrNotFound) {
			if principal, err = a.withPath(ctx, principal, err); err == nil {
				err = a.simulate(ctx, principal, batch, decided)
			}
		}
		if err != nil {
			return nil, principal, err
		}
	}
	return decided, principal, nil
}

// withPath returns a role's ARN with its path.
func (a Asker) withPath(ctx context.Context, principal string, why error) (string, error) {
	_, name, ok := strings.Cut(principal, ":role/")
	if !ok || strings.Contains(name, "/") {
		return principal, why
	}
	out, err := a.API.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return principal, fmt.Errorf("look up the path of role %s: %w", name, cloud.Error(err))
	}
	return value(out.Role.Arn), nil
}

// simulate asks about needs at once, each action about each thing, and keeps the
// answers to those that were meant.
func (a Asker) simulate(ctx context.Context, principal string, needs []deploy.Need, decided map[deploy.Need]Decision) error {
	in := &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &principal, ContextEntries: a.entries(needs)}
	most := int32(mostResults)
	in.MaxItems = &most
	asked := make(map[[2]string]deploy.Need)
	for _, n := range needs {
		asked[[2]string{n.Action, n.Resource}] = n
		in.ActionNames, in.ResourceArns = append(in.ActionNames, n.Action), append(in.ResourceArns, n.Resource)
	}
	in.ActionNames, in.ResourceArns = distinct(in.ActionNames), distinct(in.ResourceArns)
	for {
		out, err := a.API.SimulatePrincipalPolicy(ctx, in)
		if err != nil {
			return fmt.Errorf("ask about the rights of %s: %w", principal, cloud.Error(err))
		}
		for _, result := range out.EvaluationResults {
			for resource, decision := range decisions(result) {
				if n, ok := asked[[2]string{value(result.EvalActionName), resource}]; ok {
					decided[n] = decision
				}
			}
		}
		if !out.IsTruncated || value(out.Marker) == "" {
			return nil
		}
		in.Marker = out.Marker
	}
}

// entries tell what policies may ask about a call.
func (a Asker) entries(needs []deploy.Need) []types.ContextEntry {
	var all []types.ContextEntry
	add := func(key, text string, kind types.ContextKeyTypeEnum) {
		all = append(all, types.ContextEntry{ContextKeyName: &key, ContextKeyValues: []string{text}, ContextKeyType: kind})
	}
	add("aws:RequestedRegion", a.Region, types.ContextKeyTypeEnumString)
	add("aws:SecureTransport", "true", types.ContextKeyTypeEnumBoolean)
	for key, text := range keys(needs) {
		add(key, text, types.ContextKeyTypeEnumString)
	}
	return all
}

func keys(needs []deploy.Need) map[string]string {
	all := make(map[string]string)
	for _, n := range needs {
		if n.Key != "" {
			all[n.Key] = n.Value
		}
	}
	return all
}

// batches puts needs together that can be asked about at once: no key of conditions has
// two values.
func batches(needs []deploy.Need) [][]deploy.Need {
	var all [][]deploy.Need
	for _, n := range needs {
		i := slices.IndexFunc(all, func(batch []deploy.Need) bool {
			given, ok := keys(batch)[n.Key]
			return !ok || given == n.Value
		})
		if i < 0 {
			i, all = len(all), append(all, nil)
		}
		all[i] = append(all[i], n)
	}
	return all
}

func distinct(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

func value(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
