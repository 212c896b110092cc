// Package enginetest holds the contract of forecast.Engine as tests, [Exercise],
// and an engine in memory, [Fake], for the tests of front ends.
package enginetest
