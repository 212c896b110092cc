// Package awssim is a fake AWS that speaks the wire protocol, for the tests
// and demonstrations of the SageMaker engine: clients are the real SDK or the
// aws command line with another endpoint.
//
// It is a simulation of behaviour over time. Pipelines are really executed,
// step by step, with start-up times, logs, retries, stops and selective
// execution; schedules fire; status changes travel through rules to topics.
// Time is simulated ([Options.Speed], [Sim.Advance]), so a morning's batch
// takes seconds. A job's container is a function of the caller's, run over a
// directory with the inputs from the simulated S3, or a script.
//
// What goes wrong on AWS can be made to go wrong here: [Fault] breaks calls
// (errors, HTML pages, lost requests, lost replies, throttling, expired
// logins), [Quirks] bends answers (tiny pages, expired page tokens, lists that
// lag behind, forgotten request tokens, late and equal log events).
//
// An account can take over what one before it left: the objects in S3 always, logs,
// pipelines and executions where [Options.Kept] says so.
//
// It is not AWS: signatures are read but not checked, there are no permissions
// (what IAM tells of them is [Rights]) and no quotas but those named, and only the operations that the engine needs
// exist; any other is refused as unknown. Where AWS's behaviour is documented
// nowhere, the code says "(?)" and a quirk turns it the other way if it
// matters.
//
// One handler answers for all services, which it tells apart by the target
// header, the path and the scope of the signature:
//
//	sim, err := awssim.New(awssim.Options{Dir: t.TempDir()})
//	server := httptest.NewServer(sim) // AWS_ENDPOINT_URL
package awssim
