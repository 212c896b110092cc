// Package cli is the command line of daybatch: one file per verb, each with an
// options struct, a constructor of the command, and a function that runs it and
// knows nothing of the command framework.
//
// Results go to standard output, everything else to standard error. A changing
// verb makes a plan, shows it, asks, applies it and carries it out; --dry-run
// ends after the plan.
package cli
