package forecast

import "context"

// Account is where an engine works: by which login of this machine, and in which
// region.
type Account struct {
	Profile string // whose login it is; empty: the environment decides
	Region  string
	// Profiles and Regions are those that can be chosen instead, sorted.
	Profiles []string
	Regions  []string
	// Fixed says why neither can be chosen; empty: they can.
	Fixed string
}

// AccountReader is an engine that works in an account of a cloud. Not every engine
// does.
type AccountReader interface {
	// Account says where the engine works. It looks at this machine and makes no
	// call.
	Account(ctx context.Context) (Account, error)
}
