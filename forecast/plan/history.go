package plan

import "slices"

// Before returns the generations that were current in a date before its current
// one, the nearest first. Changes are those that became current one after the
// other, the last one being current now; an empty one means that the partition
// was withdrawn.
//
// A generation becomes current again only by going back to it. So what came after
// it was rolled back from, and is not one of those returned.
func Before(changes []string) []string {
	var line []string
	for _, to := range changes {
		if to == "" {
			line = nil
			continue
		}
		if at := slices.Index(line, to); at >= 0 {
			line = line[:at]
		}
		line = append(line, to)
	}
	if len(line) == 0 {
		return nil
	}
	line = line[:len(line)-1]
	slices.Reverse(line)
	return line
}
