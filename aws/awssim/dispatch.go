package awssim

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/daybatch/daybatch/aws/awssim/internal/quicksight"
	"github.com/daybatch/daybatch/aws/awssim/internal/s3"
	"github.com/daybatch/daybatch/aws/awssim/internal/scheduler"
	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// service is what the handler knows of a service.
type service struct {
	protocol   wire.Protocol
	operations map[string]wire.Operation
}

// ServeHTTP answers a request to any of the services.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	call := &wire.Call{Request: r, Body: body}
	key, scope := credential(r)
	call.Service, call.Operation = identify(r, body, scope)
	call.Caller = s.o.Identity(key)
	seen := Request{Operation: call.Name(), Caller: call.Caller, Host: r.Host, Path: r.URL.Path, Body: body}
	hit := s.faults.hit(seen)
	if err := hit.before(r.Context()); err != nil {
		s.journal.add(seen, "dropped")
		panic(http.ErrAbortHandler) // closes the connection
	}
	reply := hit.reply(s.services[call.Service].protocol)
	if reply == nil {
		reply = s.answer(r.Context(), call, key)
	}
	s.journal.add(seen, outcome(reply))
	if hit.dropReply() {
		panic(http.ErrAbortHandler) // what was asked for has been done
	}
	s.write(r.Context(), w, reply)
}

// answer carries out a call.
func (s *Sim) answer(ctx context.Context, call *wire.Call, key string) *wire.Reply {
	svc, ok := s.services[call.Service]
	if !ok {
		return wire.Failed(wire.JSON, wire.StatusErrorf(http.StatusNotFound, "UnknownOperationException", "awssim has no service %q", call.Service))
	}
	if key == "" && call.Operation != "ConfirmSubscription" { // that is a link in a message
		return wire.Failed(svc.protocol, unsigned(svc.protocol))
	}
	operation, ok := svc.operations[call.Operation]
	if !ok {
		return wire.Failed(svc.protocol, wire.Errorf("UnknownOperationException", "awssim does not know %s", call.Name()))
	}
	reply, err := operation(ctx, call)
	if err != nil {
		return failed(svc.protocol, call, err)
	}
	return reply
}

// failed is the reply to a call that was refused. HEAD has no body, so S3's
// codes are only a status there.
func failed(p wire.Protocol, call *wire.Call, err error) *wire.Reply {
	reply := wire.Failed(p, err)
	if call.Request.Method == http.MethodHead {
		reply.Body = nil
	}
	return reply
}

func unsigned(p wire.Protocol) error {
	if p == wire.RESTXML {
		return wire.StatusErrorf(http.StatusForbidden, "AccessDenied", "Access Denied")
	}
	return wire.StatusErrorf(http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")
}

func (s *Sim) write(ctx context.Context, w http.ResponseWriter, reply *wire.Reply) {
	header := w.Header()
	for name, values := range reply.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	header.Set("X-Amzn-Requestid", wire.RequestID)
	header.Set("X-Amz-Request-Id", wire.RequestID)
	w.WriteHeader(reply.Status)
	if reply.Stream != nil {
		_ = reply.Stream(ctx, flushing{w}) // it ends when the client leaves
		return
	}
	_, _ = w.Write(reply.Body)
}

// flushing sends every write at once.
type flushing struct {
	w http.ResponseWriter
}

// Write passes the bytes on and flushes.
func (f flushing) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err == nil {
		err = http.NewResponseController(f.w).Flush()
	}
	return n, err
}

// outcome is the error code of a reply, or "ok".
func outcome(reply *wire.Reply) string {
	switch {
	case reply.Status < http.StatusBadRequest:
		return "ok"
	case reply.Code != "":
		return reply.Code
	default:
		return http.StatusText(reply.Status)
	}
}

// credential is the access key and the service of a request's signature.
func credential(r *http.Request) (key, scope string) {
	text := r.URL.Query().Get("X-Amz-Credential")
	if _, after, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		text, _, _ = strings.Cut(after, ",")
	}
	parts := strings.Split(text, "/")
	if len(parts) < 5 {
		return "", ""
	}
	return strings.Join(parts[:len(parts)-4], "/"), parts[len(parts)-2]
}

// identify tells which operation of which service a request is for.
func identify(r *http.Request, body []byte, scope string) (name, operation string) {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		prefix, operation, _ := strings.Cut(target, ".")
		switch prefix {
		case "SageMaker":
			return "sagemaker", operation
		case "Logs_20140328":
			return "logs", operation
		case "AmazonAthena":
			return "athena", operation
		case "AWSGlue":
			return "glue", operation
		case "AWSEvents":
			return "events", operation
		}
		return prefix, operation
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") && scope != "s3" {
		form, err := url.ParseQuery(string(body))
		if err == nil && form.Has("Action") {
			return scope, form.Get("Action")
		}
	}
	switch {
	case r.URL.Query().Get("Action") == "ConfirmSubscription":
		return "sns", "ConfirmSubscription"
	case scope == "scheduler":
		return scope, scheduler.Route(r)
	case scope == "quicksight":
		return scope, quicksight.Route(r)
	default:
		return "s3", s3.Route(r)
	}
}
