package awssim

import "github.com/daybatch/daybatch/aws/awssim/internal/iam"

type (
	// RightsQuestion is whether somebody may do something.
	RightsQuestion = iam.Question
	// RightsDecision is what the policies say about it.
	RightsDecision = iam.Decision
)

// Rights are what is written down about users and roles. They are told to those who ask
// about them, and bind nobody: what is refused is a [Fault].
type Rights struct {
	// Decide says what policies say; nil: all is allowed.
	Decide func(q RightsQuestion) RightsDecision
	// Roles are the ARNs of the roles that have a path. Every other has none.
	Roles []string
	// Nested puts the answers about things into one for each action.
	Nested bool
}

// SetRights replaces what is written down.
func (s *Sim) SetRights(r Rights) { s.rights.Store(&r) }
