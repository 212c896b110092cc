package step

import "os"

// machineMemory returns how many bytes the processes of this machine or container
// may use together; 0 if that can't be told.
func machineMemory() int64 { return memoryOf(os.DirFS("/")) }
