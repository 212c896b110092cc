// Package wire holds what the simulated services share: calls and replies,
// AWS's errors in each protocol, time stamps, pages, and event streams.
package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Call is one request to an operation of a service.
type Call struct {
	Service   string // as in the signing scope: sagemaker, logs, s3, ...
	Operation string
	Caller    string // the ARN of who signed it
	Request   *http.Request
	Body      []byte // read whole, except for s3
}

// Name is the call's service and operation: "sagemaker.StartPipelineExecution".
func (c *Call) Name() string { return c.Service + "." + c.Operation }

// Reply is what goes back.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
	Code   string                                       // of an error
	Stream func(ctx context.Context, w io.Writer) error // instead of Body; every Write is flushed
}

// Operation carries out a call.
type Operation func(ctx context.Context, call *Call) (*Reply, error)

// Protocol writes errors the way a service does.
type Protocol int

// The protocols of the services that are simulated.
const (
	JSON     Protocol = iota // JSON 1.0 and 1.1: X-Amz-Target
	RESTJSON                 // scheduler, quicksight
	Query                    // sns, sts: forms in, XML out
	RESTXML                  // s3
)

// Error is an error as a client sees it.
type Error struct {
	Code    string
	Message string
	Status  int // 0 is 400
}

// Error is the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf makes an error with status 400.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// StatusErrorf makes an error with a status of its own.
func StatusErrorf(status int, code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Status: status}
}

// Invalidf is the ValidationException of most JSON services.
func Invalidf(format string, args ...any) *Error {
	return Errorf("ValidationException", format, args...)
}

// Failed turns an error into the reply of its protocol. An error that is no
// [Error] is a fault of the simulation itself: an InternalFailure that says so.
func Failed(p Protocol, err error) *Reply {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Code: "InternalFailure", Message: "awssim: " + err.Error(), Status: http.StatusInternalServerError}
	}
	status := e.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	reply := &Reply{Status: status, Header: http.Header{}, Code: e.Code}
	switch p {
	case JSON:
		reply.Header.Set("Content-Type", "application/x-amz-json-1.1")
		reply.Body = encode(map[string]string{"__type": e.Code, "message": e.Message})
	case RESTJSON:
		reply.Header.Set("Content-Type", "application/json")
		reply.Header.Set("X-Amzn-Errortype", e.Code)
		reply.Body = encode(map[string]string{"Message": e.Message})
	case Query:
		reply.Header.Set("Content-Type", "text/xml")
		reply.Body = queryError(e)
	case RESTXML:
		reply.Header.Set("Content-Type", "application/xml")
		reply.Body = restError(e)
	}
	return reply
}

// Typed makes an operation of a JSON service from a function over its request
// and answer.
func Typed[In, Out any](f func(ctx context.Context, in *In) (*Out, error)) Operation {
	return TypedCall(func(ctx context.Context, _ *Call, in *In) (*Out, error) { return f(ctx, in) })
}

// TypedCall is [Typed] for operations that need the call itself, too.
func TypedCall[In, Out any](f func(ctx context.Context, call *Call, in *In) (*Out, error)) Operation {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		in := new(In)
		if len(bytes.TrimSpace(call.Body)) > 0 {
			if err := json.Unmarshal(call.Body, in); err != nil {
				return nil, Errorf("SerializationException", "%v", err)
			}
		}
		out, err := f(ctx, call, in)
		if err != nil {
			return nil, err
		}
		kind := "application/x-amz-json-1.1"
		if call.Request != nil && call.Request.Header.Get("X-Amz-Target") == "" {
			kind = "application/json"
		}
		return &Reply{Status: http.StatusOK, Header: http.Header{"Content-Type": {kind}}, Body: encode(out)}, nil
	}
}

// Empty is the answer without members.
type Empty struct{}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte(`{"__type":"InternalFailure","message":` + strconv.Quote(err.Error()) + `}`)
	}
	return bytes.TrimSpace(b.Bytes())
}

// Seconds is a time on the wire: epoch seconds with milliseconds.
type Seconds time.Time //nolint:recvcheck // a nil pointer is an absent member

// MarshalJSON writes the number.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(time.Time(s).UnixMilli())/1000, 'f', 3, 64), nil
}

// UnmarshalJSON reads a number of seconds.
func (s *Seconds) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return fmt.Errorf("a time is a number of seconds: %w", err)
	}
	*s = Seconds(time.UnixMilli(int64(f * 1000)).UTC())
	return nil
}

// At is a time for an answer; nil, and so left out, when it is zero.
func At(t time.Time) *Seconds {
	if t.IsZero() {
		return nil
	}
	s := Seconds(t)
	return &s
}

// Time is the time of a member that may be absent.
func (s *Seconds) Time() time.Time {
	if s == nil {
		return time.Time{}
	}
	return time.Time(*s)
}

// Cut shortens a text to at most n bytes without breaking a character.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
