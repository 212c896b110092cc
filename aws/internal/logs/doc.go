// Package logs reads what the jobs of a pipeline execution wrote to CloudWatch
// Logs, as lines of the steps.
//
// # Which lines are whose
//
// A job writes to streams named <job>/<instance>-<epoch>, which appear late and
// may be more than one. Where a step has a job of its own, all lines of the job
// are the step's. A job that runs several steps, or dates, writes a [Tag] at the
// start of each line, and the reader takes it off. Each line, and not only the
// first of a step, because lines arrive late, in several streams and, within a
// millisecond, in no order that is promised: what a line says of itself stays
// true. The tag has the execution's id in it, so that no text that a step prints
// or repeats from another log counts as one, and it goes before whatever a step
// prints, so that a step can't speak for another. A line without a tag, such as
// the last words of a runtime that crashed or the rest of a line that the agent
// cut, belongs to the step of the line before it in its stream, and to none
// (forecast.LogLine.Step is empty) before the first tag.
//
// # When a line was written
//
// LogLine.At is the time of the event, in milliseconds, and not the time that a
// built-in step writes at the start of its lines. Only the former is there for
// every line: with two clocks in one stream, of which one is the agent's and
// lags, a traceback without times would move behind lines written after it. And
// only by the former can lines be merged while they come, since the service
// sorts by it: sorted by what lines say, a line that begins with some time of
// the data's would stand wherever that says, when read, but not when followed.
// The line's own time is taken off the text where it says the same (see
// sameTime), else it stays.
//
// # Complete, and once
//
// A log that has ended is read with FilterLogEvents, whose events have ids. One
// that is followed is read with GetLogEvents, which is quick, but has no ids and
// passes over events that arrive with a time before its position. So when a job
// has ended the reader goes on for a while (Options.Settle), then reads the whole
// log once more with FilterLogEvents and delivers what it has not delivered yet:
// events are told apart by their ids, and of lines that are equal in stream,
// time and text as many are skipped as were delivered.
//
// Lines come ordered by time, then by the order of the jobs, by stream, and as
// the service has them. A log that is followed is ordered as far as the lines
// were there: one that arrives after a later one was delivered comes when it
// arrives, with its own time. Read afresh, it stands where it belongs. LogLine.Seq
// counts the lines of a step and stream as they are delivered, so that after a
// late line the numbers of a log that was followed are not those of one read
// afresh. The service limits an event to 256 KB and cuts longer lines: they stay
// cut.
//
// # Kept on disk
//
// What a job wrote that has been over for a minute does not change any more. Read to
// its end, it is kept (Options.Kept), and read from disk from then on, for whichever
// step or date: by a Reader of another process too.
package logs
