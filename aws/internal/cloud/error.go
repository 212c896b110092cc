// Package cloud opens the clients of an AWS account, and turns what they answer
// into the kinds of failure of package forecast.
package cloud

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/daybatch/daybatch/forecast"
)

// Error returns err with the kind of failure that it is: forecast.ErrThrottled,
// forecast.ErrUnavailable for faults, forecast.ErrLogin, forecast.ErrUnauthorised for
// permissions, forecast.ErrConflict, forecast.ErrNotFound, forecast.ErrInvalid. An error that
// has a kind already, and one of a context that ended, are returned as they are.
func Error(err error) error {
	kind := kindOf(err)
	if kind == nil {
		return err
	}
	return &answer{kind: kind, err: err}
}

// answer is what a service has answered, of a kind.
type answer struct{ kind, err error }

// Unwrap gives the kind, and the SDK's error.
func (a *answer) Unwrap() []error { return []error{a.kind, a.err} }

// Error says what the service says, first: the SDK begins with the transport, and on a
// narrow screen that is all that is seen.
func (a *answer) Error() string {
	err := a.err
	if missing, ok := errors.AsType[*unsigned](err); ok {
		err = missing.cause() // what was not called says nothing
	}
	text := err.Error()
	operation, called := err.(*smithy.OperationError) //nolint:errorlint // what is around it says more
	said, ok := errors.AsType[smithy.APIError](err)
	if called && ok {
		words := said.ErrorMessage()
		if words == "" {
			words = "no more is said"
		}
		text = fmt.Sprintf("%s %s: %s (%s", operation.Service(), operation.Operation(), words, said.ErrorCode())
		if traced, ok := errors.AsType[interface {
			error
			ServiceRequestID() string
		}](err); ok && traced.ServiceRequestID() != "" {
			text += ", request " + traced.ServiceRequestID()
		}
		text += ")"
	}
	return a.kind.Error() + ": " + text
}

// Code returns the code of an answer that is an error, empty if err is none.
func Code(err error) string {
	if answer, ok := errors.AsType[smithy.APIError](err); ok {
		return answer.ErrorCode()
	}
	return ""
}

// Login reports whether err says that the login has expired or is none. Waiting
// and logging in again helps; another permission does not.
func Login(err error) bool {
	return errors.Is(err, forecast.ErrLogin) || errors.Is(kindOf(err), forecast.ErrLogin)
}

// Throttled reports whether err says that there were too many calls.
func Throttled(err error) bool { return throttleCodes()[Code(err)] }

func kindOf(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || hasKind(err) {
		return nil
	}
	if missing, ok := errors.AsType[*unsigned](err); ok {
		return missing.kind()
	}
	code := Code(err)
	switch {
	case loginCodes()[code]:
		return forecast.ErrLogin
	case permissionCodes()[code]:
		return forecast.ErrUnauthorised
	case conflictCodes()[code]:
		return forecast.ErrConflict
	case absentCodes()[code]:
		return forecast.ErrNotFound
	case invalidCodes()[code]:
		return forecast.ErrInvalid
	case Throttled(err):
		return forecast.ErrThrottled
	case quotaCodes()[code], unreachable(err), faulty(err):
		return forecast.ErrUnavailable
	default:
		return nil
	}
}

// faulty reports whether the service, or something in front of it, failed at the
// call: that passes, whatever the code is. A gateway in front of S3 has none of
// S3's, so that the status alone tells.
func faulty(err error) bool {
	if answer, ok := errors.AsType[smithy.APIError](err); ok && answer.ErrorFault() == smithy.FaultServer {
		return true
	}
	response, ok := errors.AsType[*smithyhttp.ResponseError](err)
	return ok && response.HTTPStatusCode() >= http.StatusInternalServerError
}

func hasKind(err error) bool {
	for _, kind := range []error{
		forecast.ErrNotFound, forecast.ErrInvalid, forecast.ErrConflict, forecast.ErrUnavailable, forecast.ErrUnauthorised, forecast.ErrReadOnly,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// unreachable reports whether no answer came, or one that is none: an HTML page
// of something in between.
func unreachable(err error) bool {
	if failed, ok := errors.AsType[net.Error](err); ok {
		// A number of the system that stands for itself is that of a file.
		if _, file := failed.(syscall.Errno); !file {
			return true
		}
	}
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok {
		return true
	}
	return errors.Is(err, context.DeadlineExceeded)
}

func set(codes ...string) map[string]bool {
	all := make(map[string]bool, len(codes))
	for _, code := range codes {
		all[code] = true
	}
	return all
}

func throttleCodes() map[string]bool {
	return set("ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown",
		"SlowDownException", "LimitExceededException")
}

func loginCodes() map[string]bool {
	return set("ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId",
		"InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired")
}

func permissionCodes() map[string]bool {
	return set("AccessDeniedException", "AccessDenied", "AuthorizationError", "Forbidden", "ForbiddenException")
}

func conflictCodes() map[string]bool {
	return set("ConflictException", "AlreadyExistsException", "ResourceExistsException", "ResourceInUse", "PreconditionFailed",
		"ConditionalRequestConflict", "ConcurrentModificationException", "ConcurrentAccess")
}

func absentCodes() map[string]bool {
	return set("ResourceNotFound", "ResourceNotFoundException", "EntityNotFoundException", "NoSuchKey", "NotFound", "NotFoundException",
		"NoSuchBucket", "NoSuchEntity")
}

func invalidCodes() map[string]bool {
	return set("ValidationException", "InvalidParameter", "InvalidParameterException", "InvalidInputException", "InvalidEventPatternException",
		"ValidationError", "InvalidInput", "InvalidRequestException")
}

func quotaCodes() map[string]bool {
	return set("ResourceLimitExceeded", "ServiceQuotaExceededException", "ResourceNumberLimitExceededException", "OperationTimeoutException")
}
