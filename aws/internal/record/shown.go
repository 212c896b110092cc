package record

import "strconv"

// Parameters are what the catalogue's partition says of a generation, to readers
// who have only that.
func (g Generation) Parameters() map[string]string {
	parameters := map[string]string{
		"daybatch.generation": g.Generation, "daybatch.execution": string(g.Execution),
		"daybatch.attempt": strconv.Itoa(g.Attempt), "daybatch.rows": strconv.FormatInt(g.Rows, 10),
	}
	if !g.FallbackOf.IsZero() {
		parameters["daybatch.fallback_of"] = g.FallbackOf.String()
	}
	return parameters
}
