package config

import (
	"math"
	"strconv"
	"strings"
)

// leastMemory is what a step's process needs before it has read anything.
const leastMemory = 64 << 20

// memory reads a number of bytes such as 2GiB, 512MiB or 1.5GB.
func (v value) memory() int64 {
	text, ok := scalar(v.resolve())
	bytes, read := parseBytes(text)
	switch {
	case !ok || !read:
		v.fail("is %s, must be a number of bytes such as 512MiB, 2GiB or 1.5GB", kind(v.resolve()))
		return 0
	case bytes < leastMemory:
		v.fail("is %s, must be at least 64MiB; leave the key out for no limit", text)
		return 0
	}
	return bytes
}

// parseBytes reads a number with a unit, which may stand apart: powers of 1024
// with an i, else of 1000, in any case of letters.
func parseBytes(text string) (int64, bool) {
	unit := strings.TrimLeft(text, "0123456789.")
	number, err := strconv.ParseFloat(strings.TrimSuffix(text, unit), 64)
	if err != nil {
		return 0, false
	}
	factor, ok := byteUnit(strings.ToLower(strings.TrimSpace(unit)))
	bytes := math.Round(number * factor)
	return int64(bytes), ok && bytes < math.MaxInt64
}

// byteUnit returns the bytes of a unit in small letters.
func byteUnit(unit string) (float64, bool) {
	if unit == "b" {
		return 1, true
	}
	base := 1000.0
	prefix, ok := strings.CutSuffix(unit, "ib")
	if ok {
		base = 1024
	} else if prefix, ok = strings.CutSuffix(unit, "b"); !ok {
		return 0, false
	}
	power := strings.Index("kmgt", prefix)
	if len(prefix) != 1 || power < 0 {
		return 0, false
	}
	return math.Pow(base, float64(power+1)), true
}
