//go:build !unix

package effects

import (
	"errors"
	"os"
)

// mapFile says that this system keeps all lines in memory.
func mapFile(*os.File, int) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmap([]byte) {}
