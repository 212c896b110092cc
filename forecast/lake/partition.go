package lake

import (
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Files of a generation.
const (
	PartFile     = "part-0.parquet"
	ManifestFile = "manifest.json"
)

// GenerationKey is the key of the generation's id in a partition's Parquet
// metadata.
const GenerationKey = "daybatch.generation"

// Lake is the place of a target table: files below a directory.
type Lake struct {
	Path  string // root, absolute
	Table string
}

// Partition returns the published file of a date.
func (l Lake) Partition(date calendar.Date) string { return "" }

// Generation returns the directory of a generation.
func (l Lake) Generation(date calendar.Date, generation string) string { return "" }

// Install moves the partition that a step built in directory built to its place
// in _generations, makes it read-only and syncs it, the manifest last. If the
// generation is there already and whole, nothing changes.
func (l Lake) Install(date calendar.Date, generation, built string) error { return errNotBuilt }

// Whole reports whether a generation is there with its manifest and files of
// the sizes that the manifest gives.
func (l Lake) Whole(date calendar.Date, generation string) (bool, error) { return false, errNotBuilt }

// Generations returns the ids of the generations of a date that are on disk,
// sorted.
func (l Lake) Generations(date calendar.Date) ([]string, error) { return nil, errNotBuilt }

// Staged is a link to a generation's file that waits for its rename.
type Staged struct {
	lake Lake
	date calendar.Date
	path string
}

// Stage links the generation's file to a temporary name beside the generations,
// or copies it where hard links don't exist.
func (l Lake) Stage(date calendar.Date, generation string) (Staged, error) {
	return Staged{}, errNotBuilt
}

// Swap renames the staged file over the date's published file and syncs the
// directory: from then on readers see the new generation.
func (s Staged) Swap() error { return errNotBuilt }

// Discard removes the temporary name, if it is still there.
func (s Staged) Discard() error { return errNotBuilt }

// Published returns the id of the generation that the date's published file is,
// empty if there is no file. A file that tells no id wraps ErrForeign.
func (l Lake) Published(date calendar.Date) (string, error) { return "", errNotBuilt }

// Unpublish removes the published file of a date, so that it has none.
func (l Lake) Unpublish(date calendar.Date) error { return errNotBuilt }

// RemoveGeneration removes a generation. The published file, a link of its own,
// stays.
func (l Lake) RemoveGeneration(date calendar.Date, generation string) error { return errNotBuilt }

// WriteCurrent rewrites current.csv (columns dt and file, oldest date first)
// with the immutable files of the current generations.
func (l Lake) WriteCurrent(current map[calendar.Date]string) error { return errNotBuilt }
