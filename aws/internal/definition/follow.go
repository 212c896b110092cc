package definition

import "slices"

// From returns steps and all that comes after them, in the order of the graph. A
// step in the branch of a Condition stands for the Condition: SageMaker decides
// anew. Names that are no steps are left out.
func (g Graph) From(names ...string) []string {
	in := make(map[string]bool)
	for _, name := range names {
		s, ok := g.Step(name)
		switch {
		case !ok:
		case s.Condition != "":
			in[s.Condition] = true
		default:
			in[name] = true
		}
	}
	var all []string
	for _, s := range g.Steps { // each is behind those that it waits for
		if in[s.Name] || slices.ContainsFunc(s.After, func(before string) bool { return in[before] }) {
			in[s.Name] = true
			all = append(all, s.Name)
		}
	}
	return all
}

// Before returns all steps that a step waits for, directly or not.
func (g Graph) Before(name string) map[string]bool {
	in := map[string]bool{}
	for _, s := range slices.Backward(g.Steps) {
		if s.Name != name && !in[s.Name] {
			continue
		}
		for _, before := range s.After {
			in[before] = true
		}
	}
	return in
}

// Connected reports whether steps hang together by the edges between them.
func (g Graph) Connected(names []string) bool {
	if len(names) == 0 {
		return false
	}
	reached := map[string]bool{names[0]: true}
	for grown := true; grown; {
		grown = false
		for _, name := range names {
			s, _ := g.Step(name)
			for _, before := range s.After {
				if slices.Contains(names, before) && reached[name] != reached[before] {
					reached[name], reached[before], grown = true, true, true
				}
			}
		}
	}
	return len(reached) == len(names)
}
