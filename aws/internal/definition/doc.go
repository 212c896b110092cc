// Package definition writes the definitions of SageMaker pipelines, and reads
// those of others: pure functions, text in and text out.
//
// Under the layout fused a pipeline has one step, Run: one Processing job runs
// the six steps of a date, or of several dates, and tells in S3 how far it came.
// Under the layout steps each step is a job, the gate is a Condition, and a
// second pipeline, fused, takes ranges of dates, because a Condition can't hold
// another one. Train is a Training job there, if the settings don't say otherwise:
// SageMaker reads its metrics from the log and packs its model, which the steps
// after it get as an archive. Train and Predict may then have several machines a job, which all
// get all inputs and share the series; a range runs on one.
//
// There is no setting for warm pools (KeepAlivePeriodInSeconds). SageMaker keeps
// machines for Training jobs only, for the next one with the same role, machines and
// network, and within a quota that is 0 until an account asks for more. Nothing
// shortens the start of a Processing job, so that of the starts of a date one could
// fall away, Train's, if another date's Train came while the machine is kept: not by
// the schedule, which is once a day; and in a backfill the machine is billed while it
// waits for the next date's Extract and PreProc, where a start costs nothing. What
// saves starts is fused, and ranges of dates.
//
// Jobs never cache: a rerun of a whole date would be answered with what the date
// gave before. What is reused is reused on purpose, by retry and by selective
// execution; for the latter an input is always the output of the step before,
// never a path that is put together from the execution's id.
package definition
