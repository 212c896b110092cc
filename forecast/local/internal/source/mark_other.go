//go:build unix && !linux

package source

import "syscall"

func mark(stat *syscall.Stat_t) int64 { return int64(stat.Ino) } //nolint:gosec,unconvert // a number to compare; its type differs between systems
