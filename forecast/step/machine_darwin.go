package step

import (
	"math"

	"golang.org/x/sys/unix"
)

// machineMemory returns how many bytes this machine has; 0 if that can't be told.
func machineMemory() int64 {
	bytes, err := unix.SysctlUint64("hw.memsize")
	if err != nil || bytes > math.MaxInt64 {
		return 0
	}
	return int64(bytes)
}
