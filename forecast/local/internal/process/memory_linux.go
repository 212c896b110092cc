package process

import (
	"bytes"
	"os"
	"strconv"
)

// Memory returns the bytes that the processes of a group hold and that the
// system could not take back: anonymous and shared memory, in RAM or swapped out,
// but not pages of files. Pages that processes share count for each of them. 0:
// the group is gone.
func Memory(group int) int64 {
	var total int64
	for _, pid := range members(group) {
		total += resident(pid)
	}
	return total
}

// ExactMemory is Memory with shared pages counted once in all, which costs the
// system a walk over the page tables.
func ExactMemory(group int) int64 {
	var total int64
	for _, pid := range members(group) {
		held, ok := fieldsOf("/proc/"+pid+"/smaps_rollup", "Pss_Anon:", "Pss_Shmem:", "SwapPss:")
		if !ok { // another user's, or an old kernel
			held = resident(pid)
		}
		total += held
	}
	return total
}

func resident(pid string) int64 {
	held, _ := fieldsOf("/proc/"+pid+"/status", "RssAnon:", "RssShmem:", "VmSwap:")
	return held
}

// members returns the numbers of the processes of a group.
func members(group int) []string {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer func() { _ = proc.Close() }()
	names, _ := proc.Readdirnames(-1)
	want := []byte(strconv.Itoa(group))
	var found []string
	for _, name := range names {
		if name[0] < '1' || name[0] > '9' {
			continue
		}
		// The fields after the name, which may hold anything, are state, parent, group.
		text, _ := os.ReadFile("/proc/" + name + "/stat") //nolint:gosec // a file of proc
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		if len(fields) > 2 && bytes.Equal(fields[2], want) {
			found = append(found, name)
		}
	}
	return found
}

// fieldsOf sums the fields of a file of lines such as "RssAnon: 116 kB". It
// reports whether any of them is there.
func fieldsOf(path string, names ...string) (sum int64, ok bool) {
	text, err := os.ReadFile(path) //nolint:gosec // a file of proc
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		for _, name := range names {
			if len(fields) < 2 || string(fields[0]) != name {
				continue
			}
			kilobytes, err := strconv.ParseInt(string(fields[1]), 10, 64)
			if err == nil {
				sum, ok = sum+kilobytes<<10, true
			}
		}
	}
	return sum, ok
}
