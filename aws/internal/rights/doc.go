// Package rights asks IAM what somebody's policies say about calls, without making
// them: SimulatePrincipalPolicy.
//
// What it answers is about the policies of a user or role, with the boundary and the
// organization's that bound them. What a bucket's own policy, an endpoint's or that of a
// session allows or denies besides is not in it, so that it is never a reason not to try.
package rights
