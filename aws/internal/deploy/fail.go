package deploy

import (
	"errors"
	"fmt"
	"slices"

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
		return nil
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
