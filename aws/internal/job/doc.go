// Package job is what runs inside the containers of a pipeline: the steps of one
// date or several, in the order they run, with what they make kept in S3.
//
// # What may go wrong
//
// A job may be killed at any moment, started again by SageMaker, and run beside a
// copy of itself. It keeps the record of the date (package record) as the only
// judge:
//
//	claim    the date is taken, or is ours already: the attempt has our ARN
//	steps    before each the record is read: a stop or a lost claim ends the attempt
//	commit   the partition's files lie under a prefix that nobody else uses; one
//	         change of the record publishes them, or is refused
//	project  the catalogue is pointed to what the record says, until both agree
//	end      the record gets the attempt's end, and the date is given back
//
// A kill before the commit has changed nothing that readers see; what it left is
// an orphan. After the commit the attempt has succeeded, whoever writes its end:
// a job that is started again finds its generation in the record, and does only
// what comes after the commit. So an attempt publishes at most once.
//
// What a run has done with a date is in its progress (record.Progress), which the
// job rewrites at each change. A job that is started again goes on after the last
// step that is done there and whose outputs are in place.
//
// # Directories
//
// A step runs below a root of its own (package step), to which those of SageMaker
// are mapped where the step has a job of its own:
//
//	below /opt/ml    Processing job           Training job
//	an input         processing/input/NAME    input/data/NAME
//	the output       processing/output/NAME   model
//	why it failed    output/message           output/failure
//
// The model of a Training job comes to later steps as model.tar.gz, and is unpacked
// for them. Its files are uploaded by the job besides, for jobs that take a step
// over file by file.
//
// # Several machines
//
// Train and Predict can have a job of several machines. All of them have all inputs,
// since short series, special days and intervals go by the whole panel; the fits
// are dealt out by the series' keys (step.Share). So nothing depends on how S3
// would deal objects out, and the outputs are those of one machine, byte for byte.
//
//	algo-1   claim, check -> order -> its share -> takes the others' -> output, progress
//	others                   order -> their shares -> give them, until the order says over
//
// The first machine is the only one that touches the record and the progress, and
// that leaves an output: there is one manifest, and one say whether the step has
// succeeded. A share that failed is its failure, is tried again under the same
// rules, and all machines do the next try. A machine that is killed fails the
// job, and SageMaker ends the others.
//
// A job that carries dates of a plan takes each when its turn comes, which is a
// change of the plan's document (record.Carrier): the plan decides whether there
// is a next one.
package job
