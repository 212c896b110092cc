package step_test

import (
	"testing"
	"testing/fstest"

	"github.com/daybatch/daybatch/forecast/step"
)

func TestMemoryOfMachine(t *testing.T) {
	t.Parallel()
	const gib = 1 << 30
	meminfo := "MemFree:  1000 kB\nMemTotal:       16777216 kB\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"nothing is told":     {nil, 0},
		"a machine":           {map[string]string{"proc/meminfo": meminfo}, 16 * gib},
		"no number":           {map[string]string{"proc/meminfo": "MemTotal: much kB\n"}, 0},
		"a container, v2":     {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "2147483648\n"}, 2 * gib},
		"a container, no max": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, 16 * gib},
		"a group above, v2": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/user.slice/user-1.slice/session\n",
			"sys/fs/cgroup/user.slice/user-1.slice/session/memory.max": "max\n", "sys/fs/cgroup/user.slice/user-1.slice/memory.max": "4294967296\n",
			"sys/fs/cgroup/user.slice/memory.max": "8589934592\n",
		}, 4 * gib},
		"a container, v1": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "5:cpu:/docker/1a\n4:memory:/docker/1a\n0::/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "3221225472\n", // the host's path is not mounted
		}, 3 * gib},
		"no limit, v1": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, 16 * gib},
		"a limit alone":    {map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "1073741824\n"}, gib},
		"odd lines":        {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "\n0\n0::\n:::\n", "sys/fs/cgroup/memory.max": "-1\n"}, 16 * gib},
		"a path that ends": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/../../x\n", "sys/fs/cgroup/x/memory.max": "1073741824\n"}, gib},
	} {
		root := fstest.MapFS{}
		for path, text := range c.files {
			root[path] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := step.MemoryOf(root); got != c.want {
			t.Errorf("%s: memory = %d; want %d", name, got, c.want)
		}
	}
}

func TestDefaultMemory(t *testing.T) {
	t.Parallel()
	const gib = 1 << 30
	for _, c := range []struct {
		machine int64
		atOnce  int
		want    string
	}{
		{0, 2, ""}, // DuckDB's own
		{16 * gib, 1, "8388608KiB"},
		{16 * gib, 2, "4194304KiB"},
		{16 * gib, 0, "8388608KiB"},
		{4 * gib, 8, "524288KiB"}, // the least that is of use
		{gib / 2, 8, "262144KiB"}, // and never more than half
	} {
		if got := step.DefaultMemory(c.machine, c.atOnce); got != c.want {
			t.Errorf("of %d bytes for %d at once, DuckDB gets %q; want %q", c.machine, c.atOnce, got, c.want)
		}
	}
}
