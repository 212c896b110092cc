// Package config reads a project: the file daybatch.yaml, the variables of the
// environment that override it, and the defaults of what neither says.
//
// The file is read against one table of keys (see keys.go), which also fills in
// the defaults, finds the variables, and explains. Everything that is wrong is
// reported at once, with line and column.
//
// A variable DAYBATCH_LIMITS_MAX_ACTIVE overrides limits.max_active, and so for
// every key; its value is read as it would be in the file.
package config
