// Package calls takes from the clients of services the calls that the program makes.
//
// What an interface holds keeps all its methods in a program that has templates: these
// call methods by name, and the linker can't know which. A client has hundreds of them,
// each with what reads and writes its messages. The functions of a few calls, without
// the client that they belong to, keep themselves alone: megabytes for each service.
// The client of S3 puts itself into an interface, so that this would not help it.
package calls

import "context"

// call is one call of a client: I is what it is given, O what it answers, and S the
// client's settings.
type call[I, O, S any] func(ctx context.Context, in *I, options ...func(*S)) (*O, error)
