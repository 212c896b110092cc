package reference

// Files are the names of the wider set of results, in a directory that the
// environment variable DAYBATCH_REFERENCE names. They hold series that may not
// be published, so the tests over them run only where somebody has them.
func Files() []string {
	return []string{"r_series.json", "m3.json", "daily_hourly.json", "intermittent.json"}
}

// Variable is the name of that environment variable.
const Variable = "DAYBATCH_REFERENCE"
