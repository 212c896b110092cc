package rights

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/daybatch/daybatch/aws/internal/deploy"
	"github.com/daybatch/daybatch/forecast"
)

// Decision is what IAM says about one need.
type Decision struct {
	Verdict forecast.RightVerdict
	Reason  string // implicitDeny, explicitDeny, and what else is known
}

// decisions returns what a result says, by the thing that it is about. (?) Whether a
// result is of one thing, or of an action with one of each thing in it, is not written
// down clearly: both are read.
func decisions(r types.EvaluationResult) map[string]Decision {
	all := map[string]Decision{value(r.EvalResourceName): decide(string(r.EvalDecision), r.MissingContextValues, bounds{
		r.OrganizationsDecisionDetail, r.PermissionsBoundaryDecisionDetail,
	})}
	for _, one := range r.ResourceSpecificResults {
		all[value(one.EvalResourceName)] = decide(string(one.EvalResourceDecision), one.MissingContextValues, bounds{
			r.OrganizationsDecisionDetail, one.PermissionsBoundaryDecisionDetail,
		})
	}
	return all
}

// bounds are what bounds somebody's policies, nil where nothing does.
type bounds struct {
	organization *types.OrganizationsDecisionDetail
	boundary     *types.PermissionsBoundaryDecisionDetail
}

func decide(decision string, missing []string, b bounds) Decision {
	switch {
	case decision == string(types.PolicyEvaluationDecisionTypeAllowed):
		return Decision{Verdict: forecast.RightAllowed}
	case len(missing) > 0: // with them it may be allowed
		return Decision{forecast.RightUnknown, "a condition asks for " + strings.Join(missing, ", ")}
	case b.organization != nil && !b.organization.AllowedByOrganizations:
		decision += " by the organization's policies"
	case b.boundary != nil && !b.boundary.AllowedByPermissionsBoundary:
		decision += " by the permissions boundary"
	}
	return Decision{forecast.RightDenied, decision}
}

// Judge says whether somebody has all rights that an ability needs.
func Judge(ability deploy.Ability, decided map[deploy.Need]Decision) Decision {
	verdict := forecast.RightAllowed
	var reasons []string
	for _, n := range ability.Needs {
		d, ok := decided[n]
		if !ok {
			d = Decision{forecast.RightUnknown, "IAM does not say"}
		}
		switch {
		case d.Verdict == forecast.RightAllowed, d.Verdict == forecast.RightUnknown && verdict == forecast.RightDenied:
			continue
		case d.Verdict != verdict: // what is refused says more than what is not known
			verdict, reasons = d.Verdict, nil
		}
		reasons = append(reasons, fmt.Sprintf("%s on %s (%s)", n.Action, short(n.Resource), d.Reason))
	}
	return Decision{verdict, brief(reasons)}
}

// brief says the first of several reasons, and how many there are.
func brief(reasons []string) string {
	switch len(reasons) {
	case 0:
		return ""
	case 1:
		return reasons[0]
	default:
		return fmt.Sprintf("%s and %d more", reasons[0], len(reasons)-1)
	}
}

// short is the part of an ARN that says which of the account's things it is.
func short(arn string) string {
	const parts = 6
	if all := strings.SplitN(arn, ":", parts); len(all) == parts {
		return all[parts-1]
	}
	return arn
}

// Principal returns the ARN by which IAM knows who makes calls as a caller, without the
// path of a role, and the account; ok is false for those who have no policies of their
// own: the account itself, and sessions that are no role's.
func Principal(caller string) (arn, account string, ok bool) {
	const parts = 6
	all := strings.SplitN(caller, ":", parts)
	if len(all) < parts {
		return "", "", false
	}
	account = all[4]
	kind, name, _ := strings.Cut(all[5], "/")
	switch {
	case all[2] == "iam" && kind == "user":
		return caller, account, true
	case all[2] == "sts" && kind == "assumed-role":
		name, _, _ = strings.Cut(name, "/")
		return strings.Join([]string{all[0], all[1], "iam", "", account, "role/" + name}, ":"), account, true
	default:
		return "", account, false
	}
}
