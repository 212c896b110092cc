// Package aws is the engine that runs a pipeline on Amazon SageMaker: steps are
// jobs of SageMaker Pipelines, and state and partitions are objects in S3.
//
// # Who does what
//
// The jobs do the work and publish it, with or without an engine that watches.
// An engine starts executions, shows them, and brings records up to what became
// of them. Nothing of it has to live: a plan is carried out by any engine that is
// open, and what it started goes on when it is closed.
//
// What is known of a date stands in one object, its record, that changes by
// compare-and-set (package record). Whoever starts an attempt takes the date
// there first; a stop is a mark there; the job that publishes changes it there.
// So two operators, an operator and the schedule, or a stop and a publish exclude
// each other, whichever engines and jobs they go through.
//
//	engine: Take -> StartPipelineExecution (token of the attempt) -> Started
//	job:    steps -> files of a generation -> Commit -> catalogue -> End
//	engine: SageMaker says that it ended, the record does not -> End
//
// An engine that died after Take leaves an attempt without an execution. Its
// token is written down, so that whoever looks next starts that very execution,
// or finds it started.
//
// Dates of a plan share a machine where the plan says so, in any layout: then the
// job takes the dates, one when the last has ended (record.Carrier).
//
// A pipeline that another team defined has no records and no such job. What the
// engine shows of it is made of SageMaker's lists of executions, and written down
// is only what daybatch asked for (package foreign); the parts of the engine that
// read, start and stop ask the field theirs first.
//
// [Deploy] brings an account to what a project wants, [RunJob] is what its jobs
// run, and package awssim an account to try all of it with.
package aws
