package lake

import (
	"io/fs"
	"syscall"
)

// markOf returns when the file or its attributes changed last, which nobody can
// set.
func markOf(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Ctim.Nano()
	}
	return 0
}
