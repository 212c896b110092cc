// Package logkey names the attributes of log records, so that the same thing
// has the same name everywhere.
package logkey

// Keys of log attributes.
const (
	Attempt   = "attempt"
	Cause     = "cause"
	Count     = "count"
	Date      = "date"
	Elapsed   = "elapsed"
	Error     = "error"
	Execution = "execution"
	File      = "file"
	Fence     = "fence"
	Model     = "model"
	Part      = "part"
	Pid       = "pid"
	Plan      = "plan"
	Reason    = "reason"
	Repeated  = "repeated"
	Rows      = "rows"
	Series    = "series"
	State     = "state"
	Step      = "step"
)
