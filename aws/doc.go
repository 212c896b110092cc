// Package aws is the engine that runs a pipeline on Amazon SageMaker.
package aws
