package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// startOf reads the start time in clock ticks since the boot: field 22 of
// /proc/PID/stat, see proc_pid_stat(5). A zombie counts as gone.
func startOf(pid int) (string, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return "", errGone
	}
	if err != nil {
		return "", err
	}
	// The command's name is in parentheses and may hold anything.
	end := bytes.LastIndexByte(text, ')')
	fields := bytes.Fields(text[end+1:])
	if end < 0 || len(fields) < 20 {
		return "", fmt.Errorf("unexpected form %q", text)
	}
	if state := fields[0][0]; state == 'Z' || state == 'X' {
		return "", errGone
	}
	return string(fields[19]), nil
}

func bootID() (string, error) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return string(bytes.TrimSpace(text)), err
}
