// Package plan decides: what state a day is in, what a request would do to each
// date and why, and what to do next. Everything in it is a pure function over
// a snapshot; engines gather the snapshot and carry the decisions out.
//
// # What an engine does with it
//
// A [Calendar] says which dates are owed and since when. An engine gathers the
// [Facts] of a date, and [Day] turns them into what an operator sees. For a
// request it asks [Dates] which dates it means, gathers their facts, and [Make]
// turns both into a draft, which [Activate] makes active. The loop of a driver
// is then:
//
//	for {
//		snapshot := load(id) // plan, facts of OpenDates(plan), open attempts
//		for _, decision := range plan.Next(snapshot, now()) {
//			transaction(decision) // load again, check, plan.Settle, write
//		}
//		wait for a change, or end with the plan
//	}
//
// Decisions name the state that they start from, so that a transaction can
// refuse one that came too late. It is safe to drop any decision: the next call
// of [Next] makes it again if it still holds. Hence two drivers, or one that was
// killed between two decisions, do no harm as long as one transaction takes the
// date, makes the attempt and moves the row.
//
// # The states of an attempt
//
//	request --> refused: held by another attempt (forecast.HeldError)
//	   |  one transaction: lease, attempt, row of the plan
//	   v
//	Executing --- all steps ended, published ---------------> Succeeded
//	   |  |  '--- reason class and text --------------------> Failed
//	   |  '------ stop --> Stopping -- nothing runs any more -> Stopped
//	   |                      '------- had published first --> Succeeded ("too late")
//	   '--------- driver gone: status stays, UnknownSince is set, the day is
//	              Unknown; reconciling adopts it (Executing) or ends it
//
// The driver alone moves an attempt, under the lease it took; a stop is a mark
// on the lease that refuses the publish, so its answer holds whatever the driver
// does afterwards. An attempt whose driver ended is Failed with class lost while
// no step of it is Failed ([Interrupted]): that is nobody's fault, and its row is
// queued again. A step whose own process vanished is Failed, and so is its date.
//
// # The states of a step
//
//	Waiting --> Starting --> Executing --> Succeeded
//	  | |  ^        |            | '-----> Failed      no try left, or not retried
//	  | |  '--------'-- try k ---'
//	  | |           '------------'- stop -> Stopping --> Stopped
//	  | '--> Reused     outputs of an earlier attempt that still prove good
//	  '----> Skipped    never reached: an earlier step ended the attempt
//
// # The states of a plan
//
//	Draft --apply--> Active <--pause, resume--> Paused   by a person or max_failures
//	                   |--- drain --> Draining -- running rows ended ---.
//	                   |--- stop ---> Stopping -- running rows ended ---+--> Ended
//	                   '--- no open row left ---------------------------'
//
// A person moves a plan with [Control], from Paused too, and Next does the rest.
// A paused plan whose running rows were its last ones ends as well.
//
// # The states of a row
//
//	Planned --> Queued --> Running --> Succeeded | Failed | Gated | Waiting | Stopped
//	   |          |  ^        '--> Queued, if its driver ended under it
//	   |          |  '-----------.
//	   |          |--> Drifted    '-- its condition cleared
//	   |          '--> Joined (another plan began the same date the same way)
//	   |--> Joined --> as the other attempt ends
//	   |--> Skipped
//	   '--> Blocked --> Queued | Joined | Skipped | Drifted
//
// A row is Waiting if its attempt found no rows for the date in the source: that
// is no failure, and does not count towards max_failures.
//
// Every open row of a plan that ends becomes Cancelled. A row that is Blocked
// because the source has nothing for its date holds the plan open only as long
// as other rows are at work: then it is Cancelled too, as waiting for a source
// may take for ever.
package plan
