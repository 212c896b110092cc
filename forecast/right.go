package forecast

import "context"

// RightVerdict is whether somebody may do something.
type RightVerdict string

// The verdicts.
const (
	RightAllowed RightVerdict = "allowed"
	RightDenied  RightVerdict = "denied"
	RightUnknown RightVerdict = "unknown" // those who could tell were not reached, or do not say
)

// Right is whether somebody may do something, by what is written down about them:
// nothing is tried.
type Right struct {
	Who     string       `json:"who"`              // you, or whose name the project gives: jobs, schedule
	As      string       `json:"as,omitempty"`     // the name by which they are known where the rights are written
	What    string       `json:"what"`             // a stable word: start, stop, retry, deploy ...
	Verdict RightVerdict `json:"verdict"`          // whether they may
	Reason  string       `json:"reason,omitempty"` // what is refused and by which decision, or why it is unknown
}

// RightsReader tells what may be done with the account that an engine works in, before
// anybody tries. Not every engine has one.
type RightsReader interface {
	// Rights returns what the operator may do, and what those who work for the pipeline
	// may. It wraps ErrNotFound if there is nobody whose rights could be asked about.
	Rights(ctx context.Context) ([]Right, error)
}

// FoldRights joins the rights of the same people with the same verdict and reason, for
// people: their names stand in one Right, with commas. The order is that of the first
// of each.
func FoldRights(rights []Right) []Right {
	var folded []Right
	at := make(map[Right]int)
	for _, r := range rights {
		key := r
		key.What = ""
		if i, ok := at[key]; ok {
			folded[i].What += ", " + r.What
			continue
		}
		at[key] = len(folded)
		folded = append(folded, r)
	}
	return folded
}

// Sentence says a right in words.
func (r Right) Sentence() string {
	text := r.Who + " may " + r.What
	switch r.Verdict {
	case RightDenied:
		text = r.Who + " may not " + r.What
	case RightUnknown:
		text = "it is not known whether " + text
	default:
	}
	if r.Reason != "" {
		text += ": " + r.Reason
	}
	return text
}
