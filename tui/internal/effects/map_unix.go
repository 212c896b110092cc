//go:build unix

package effects

import (
	"fmt"
	"os"
	"syscall"
)

// mapFile returns the bytes of a file, which the system reads when they are
// looked at and may drop from memory at any time.
func mapFile(file *os.File, size int) ([]byte, error) {
	data, err := syscall.Mmap(int(file.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes: %w", size, err)
	}
	return data, nil
}

func unmap(data []byte) { _ = syscall.Munmap(data) }
