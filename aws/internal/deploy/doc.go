// Package deploy makes what a project needs in its AWS account: the project's
// own text, the table of the forecasts, the pipelines, the schedule, and the rule
// that tells a topic of failures.
//
// It works as a plan. First it reads what is there and compares it with what is
// wanted; the plan says for each thing whether it is made, changed, kept or
// refused, and which of its fields differ. Carrying the plan out reads each thing
// again, so that nobody's change is lost that came in between, and does the same
// however often it is done: an answer that got lost and a thing that somebody
// else made meanwhile count as done if it then is as wanted.
//
// The order is that of need: nothing refers to something that is made later, and
// the schedule is last, so that it never fires for a pipeline that is not whole.
// Nothing is ever deleted, and what is not daybatch's own is never changed.
package deploy
