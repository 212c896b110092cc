// Package foreign reads executions of a pipeline that another team defined: which
// date each is for, how its steps stand, what they were billed and measured, and
// how a date can be run again. It decides and reads; calls are made elsewhere.
//
// Nothing of that pipeline says what daybatch is: its steps have names of their
// own, its dates stand in a parameter or in the names of executions, and its own
// schedule starts executions without asking anybody. So SageMaker's list of
// executions is what is true. What daybatch adds are notes on the executions that
// it asked for ([Notes]): for whom, for which plan, with which token. A note is
// written before the call that it is about, so that whoever comes upon it makes
// that very call again.
//
//	list of executions --+--> [Number]: the attempts of a date, 1, 2, 3 ...
//	notes ---------------'
//	definition, steps, jobs of one execution --> [Show]: as operators see it
//	the last attempt, what is asked for --> [Choose]: retry, selective, fresh
package foreign
