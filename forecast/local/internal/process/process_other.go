//go:build unix && !linux

package process

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// startOf asks ps(1), as there is no portable call for it.
func startOf(pid int) (string, error) {
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return "", errGone
	}
	text, err := exec.Command("ps", "-o", "lstart=,stat=", "-p", strconv.Itoa(pid)).Output() //nolint:gosec,noctx // a number, and it ends at once
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 || strings.HasPrefix(fields[len(fields)-1], "Z") {
		return "", errGone
	}
	return strings.Join(fields[:len(fields)-1], " "), nil
}

// bootID is empty: a start time with its date tells boots apart.
func bootID() (string, error) { return "", nil }
