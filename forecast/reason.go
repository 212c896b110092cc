package forecast

import (
	"encoding/json"
	"fmt"

	"github.com/daybatch/daybatch/forecast/scrub"
)

// Redacted returns the reason without the credentials that a program may have named in
// its last words. Engines keep no other, and read no other from records that are older:
// a reason goes to screens, to lists and their exports, and into messages.
func (r Reason) Redacted() Reason { return Reason{r.Class, scrub.Redact(r.Text)} }

// written is a Reason as JSON has it.
type written Reason

// MarshalJSON writes the reason redacted.
func (r Reason) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(written(r.Redacted()))
	if err != nil {
		return nil, fmt.Errorf("write reason: %w", err)
	}
	return text, nil
}

// UnmarshalJSON reads the reason redacted.
func (r *Reason) UnmarshalJSON(text []byte) error {
	var read written
	if err := json.Unmarshal(text, &read); err != nil {
		return fmt.Errorf("read reason: %w", err)
	}
	*r = Reason(read).Redacted()
	return nil
}
