package step

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// memoryOf returns how many bytes the processes of a Linux machine or container may
// use together, from its root file system: the least of what the machine has and of
// the limits of the control groups that this process is in, of either version. It is
// 0 if that can't be told.
func memoryOf(root fs.FS) int64 {
	least := totalMemory(root)
	for _, file := range limitFiles(root) {
		text, err := fs.ReadFile(root, file)
		if err != nil {
			continue
		}
		// "max" is no limit; version 1 has a number beyond every machine for that.
		limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err == nil && limit > 0 && (least == 0 || limit < least) {
			least = limit
		}
	}
	return least
}

// totalMemory returns the memory of the machine, 0 if it does not say.
func totalMemory(root fs.FS) int64 {
	text, err := fs.ReadFile(root, "proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "MemTotal:" && fields[2] == "kB" {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil || kilobytes > 1<<50 {
				return 0
			}
			return kilobytes << 10
		}
	}
	return 0
}

// limitFiles returns the files that may limit the memory of this process: those of
// its control group and of all groups above it. Within a container the path of a
// group may be that of the host: what lies at the mount's top is the container's.
func limitFiles(root fs.FS) []string {
	const mount = "sys/fs/cgroup"
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return nil
	}
	var files []string
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		top, name := mount, "memory.max"
		if parts[0] != "0" { // version 1: a hierarchy for each controller
			if parts[1] != "memory" {
				continue
			}
			top, name = mount+"/memory", "memory.limit_in_bytes"
		}
		for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
			files = append(files, path.Join(top, group, name))
			if group == "/" {
				break
			}
		}
	}
	return files
}
