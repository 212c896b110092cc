package reference

import (
	"fmt"
	"io/fs"
	"maps"
)

// Variable is the name of the environment variable that names the directory of
// the wider set of results. They hold series that may not be published, so the
// tests over them run only where somebody has them.
const Variable = "DAYBATCH_REFERENCE"

// File is the name of the results in the repository.
const File = "reference.json"

// FileARIMA is the name of those for ARIMA.
const FileARIMA = "arima.json"

// Wider are the names of the wider set.
func Wider() []string {
	return []string{"r_series.json", "m3.json", "daily_hourly.json", "intermittent.json"}
}

// Load returns R's results of some files by id.
func Load(dir fs.FS, names ...string) (map[string]Series, error) {
	all := make(map[string]Series)
	for _, name := range names {
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("read reference: %w", err)
		}
		some, err := parse(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		maps.Copy(all, some)
	}
	return all, nil
}

// LoadAll returns those of the repository, and those of the wider set unless it
// is nil.
func LoadAll(repository, wider fs.FS) (map[string]Series, error) {
	all, err := Load(repository, File, FileARIMA)
	if err != nil || wider == nil {
		return all, err
	}
	more, err := Load(wider, Wider()...)
	maps.Copy(all, more)
	return all, err
}
