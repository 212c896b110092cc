package deploy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/daybatch/daybatch/forecast"
)

// code returns the code of an answer that is an error, empty if err is none.
func code(err error) string {
	if answer, ok := errors.AsType[smithy.APIError](err); ok {
		return answer.ErrorCode()
	}
	return ""
}

// absent reports whether err says that a thing is not there.
func absent(err error) bool {
	return slices.Contains([]string{
		"ResourceNotFound", "ResourceNotFoundException", "EntityNotFoundException", "NotFound", "NotFoundException", "NoSuchKey", "NoSuchBucket",
	}, code(err))
}

// failed says what was done when err came, and which kind of failure it is.
func failed(err error, format string, args ...any) error {
	doing := fmt.Sprintf(format, args...)
	kind := kindOf(err)
	if kind == nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w: %w", doing, kind, err)
}

func kindOf(err error) error {
	answer, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return kindOfNone(err)
	}
	for kind, codes := range map[error][]string{
		forecast.ErrUnauthorised: {
			"AccessDeniedException", "AccessDenied", "AuthorizationError", "Forbidden", "ExpiredTokenException", "ExpiredToken",
			"UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired",
		},
		forecast.ErrUnavailable: {
			"ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown",
			"ResourceLimitExceeded", "ServiceQuotaExceededException", "ResourceNumberLimitExceededException", "LimitExceededException", "OperationTimeoutException",
		},
		forecast.ErrConflict: {
			"ConflictException", "AlreadyExistsException", "PreconditionFailed", "ConditionalRequestConflict", "ConcurrentModificationException",
			"ConcurrentAccess", "ResourceInUse",
		},
		forecast.ErrInvalid: {"ValidationException", "InvalidParameter", "InvalidInputException", "InvalidEventPatternException"},
	} {
		if slices.Contains(codes, answer.ErrorCode()) {
			return kind
		}
	}
	switch {
	case absent(err):
		return forecast.ErrNotFound
	case answer.ErrorFault() == smithy.FaultServer:
		return forecast.ErrUnavailable
	default:
		return nil
	}
}

// kindOfNone tells errors apart that came without an answer. The SDK has no type
// for a login that is none or has expired: it fails before there is a request.
func kindOfNone(err error) error {
	for _, part := range []string{"get credentials", "refresh cached credentials", "get identity", "SSO"} {
		if strings.Contains(err.Error(), part) {
			return forecast.ErrUnauthorised
		}
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return forecast.ErrUnavailable
	}
	// A page of something in between is no answer either.
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok || errors.Is(err, context.DeadlineExceeded) {
		return forecast.ErrUnavailable
	}
	return nil
}
