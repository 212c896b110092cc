package forecast

import "context"

// Login is how a person logs in again where an engine works.
type Login struct {
	// Command is the program that does it in a terminal, with its arguments; nil:
	// there is none that can be named.
	Command []string
	// Advice says what to do where there is no Command.
	Advice string
}

// LoginAdviser is an engine that works under somebody's login, which expires: its
// methods then return errors wrapping ErrLogin. Not every engine does.
type LoginAdviser interface {
	// Login says how to log in again. It looks at this machine and makes no call.
	Login(ctx context.Context) Login
}
