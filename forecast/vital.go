package forecast

import "context"

// Vital is something beside the records that was looked at and is well, such as the
// clock. What is not well is a Finding.
type Vital struct {
	Kind   string `json:"kind"`             // a stable word: clock, login, files, config
	Text   string `json:"text"`             // what was seen
	Advice string `json:"advice,omitempty"` // what it is for, or where there is more to see
}

// VitalsReader tells what is well of what an engine depends on. Not every engine has
// one.
type VitalsReader interface {
	// Vitals returns what is known to be well: what is not, Examine finds, and what is
	// not known is left out.
	Vitals(ctx context.Context) ([]Vital, error)
}
