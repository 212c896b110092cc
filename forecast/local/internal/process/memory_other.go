//go:build unix && !linux

package process

// Memory returns 0: there is no portable way to ask.
func Memory(int) int64 { return 0 }

// ExactMemory returns 0, as Memory.
func ExactMemory(int) int64 { return 0 }
