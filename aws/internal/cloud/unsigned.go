package cloud

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/daybatch/daybatch/forecast"
)

// unsigned says that a call was never made, because there is nobody to sign it.
// The credentials may come from other services (IAM Identity Center, STS, the
// sign-in of the console), from a program or from files, so that what they answer
// means another thing than the same answer to the call would.
type unsigned struct{ err error }

// Unwrap gives the error of what gives credentials.
func (u *unsigned) Unwrap() error { return u.err }

// Error says what that says.
func (u *unsigned) Error() string { return u.err.Error() }

// cause is the call that was refused in the end, where there was one: a role may
// be assumed with credentials that are those of another service.
func (u *unsigned) cause() error {
	var last error
	for operation, ok := errors.AsType[*smithy.OperationError](u.err); ok; operation, ok = errors.AsType[*smithy.OperationError](operation.Err) {
		last = operation
	}
	if last == nil {
		return errors.New(strings.TrimPrefix(u.err.Error(), "failed to refresh cached credentials, "))
	}
	return last
}

// kind tells whether to log in again helps. It does unless something else is known:
// that there is no way to whoever knows the login, or that the login is known and
// is not enough.
func (u *unsigned) kind() error {
	code := Code(u.err)
	switch {
	case permissionCodes()[code], refused(u.err):
		return forecast.ErrUnauthorised
	case absentCodes()[code], invalidCodes()[code]: // such as an account that the portal does not know
		return forecast.ErrInvalid
	case machine(u.err): // nothing else was set up: a way to it would be no way to a login
		return forecast.ErrLogin
	case Throttled(u.err), unreachable(u.err), faulty(u.err):
		return forecast.ErrUnavailable
	default:
		return forecast.ErrLogin
	}
}

// refused reports whether the sign-in of the console says that its user lacks a
// right: the SDK has made a text of the answer.
func refused(err error) bool {
	return Code(err) == "" && strings.Contains(err.Error(), "insufficient permissions")
}

// machine reports whether the credentials are those of the machine, where the SDK
// looks last.
func machine(err error) bool {
	operation, ok := errors.AsType[*smithy.OperationError](err)
	return ok && operation.Service() == "ec2imds"
}
