// Package aws is the engine on Amazon SageMaker: pipelines run the steps, Athena
// extracts, S3 and the Glue catalogue hold the partitions, EventBridge has the
// schedule and the alerts.
//
// [Deploy] brings an account to what a project wants.
package aws
