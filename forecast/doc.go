// Package forecast is the contract between daybatch's front ends and its
// engines: the words for a pipeline's days, attempts, steps, logs, metrics,
// partitions and plans, and the small roles that an engine plays.
//
// # Concepts
//
// A pipeline writes one partition of forecast rows per business date. A
// [Day] is what an operator sees for a date. Each [Execution] is one attempt to
// run the pipeline for one date; attempts are numbered per date, oldest first,
// and never changed afterwards. An execution has [Step]s. What it publishes is
// a generation; exactly one generation of a [Partition] is current.
//
// Nothing changes without a [Plan]: a request is turned into a plan, which says
// for each date what will happen and why; applying the plan runs that very
// object.
//
// # Rules
//
// Every method of a role takes a context, may fail, and returns values that the
// caller may keep: no engine changes a value it has handed out. Errors wrap one
// of the sentinels of this package where a caller may want to act on the kind.
// Package enginetest holds the contract as tests, and an in-memory engine.
package forecast
