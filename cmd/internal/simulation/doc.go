// Package simulation keeps a simulated AWS account beside a project: a process of
// this program that serves package awssim on the loopback interface, runs the
// containers of jobs for real, and executes Athena's statements with DuckDB.
//
// Everything is below one directory:
//
//	s3/          the objects, as files: a restart finds them again
//	kept/        logs, pipelines and executions that have ended, likewise
//	clock.json   which time it is in the account
//	address.json where the account answers, or did last: it will again if it can
//	lock         held by the process that serves
//	serve.log    what that process has to say
//
// Whoever needs the account looks for its address and starts it if nobody
// answers; it ends when nobody has asked for anything for a while. What runs is lost
// then, and what Glue holds is made again from the records in S3.
//
// # Time
//
// The account's time passes as the host's while nothing runs, and [Speed] times as
// fast while something does: a machine that takes five minutes to start is there
// in a second, and a second of computing counts as five minutes. It is never
// behind what it was before. Other processes read it from clock.json.
package simulation
