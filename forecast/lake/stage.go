package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Staged is a link to a generation's file that waits for its rename.
type Staged struct {
	lake Lake
	date calendar.Date
	path string
}

// Stage links the generation's file to a temporary name beside the generations,
// or copies it where hard links don't exist, and makes the partition's
// directory. A name that a crash has left is taken over. A generation that is
// not whole wraps forecast.ErrNotFound.
func (l Lake) Stage(date calendar.Date, generation string) (Staged, error) {
	if err := checkID(generation); err != nil {
		return Staged{}, err
	}
	whole, err := l.Whole(date, generation)
	if err != nil {
		return Staged{}, err
	}
	if !whole {
		return Staged{}, fmt.Errorf("stage generation %s of %s: %w: it is not whole", generation, date, forecast.ErrNotFound)
	}
	staged := Staged{lake: l, date: date, path: filepath.Join(l.generations(date), ".staged-"+generation)}
	if err := staged.Discard(); err != nil {
		return Staged{}, err
	}
	if err := makeDirs(filepath.Dir(l.Partition(date))); err != nil {
		return Staged{}, err
	}
	err = l.change("stage", func() error {
		return linkOrCopy(filepath.Join(l.Generation(date, generation), PartFile), staged.path)
	})
	if err != nil {
		return Staged{}, err
	}
	return staged, nil
}

// Swap renames the staged file over the date's published file and syncs the
// directory: from then on readers see the new generation.
func (s Staged) Swap() error {
	path := s.lake.Partition(s.date)
	return s.lake.change("rename", func() error {
		if err := os.Rename(s.path, path); err != nil {
			return infrastructure("publish", path, err)
		}
		return syncDir(filepath.Dir(path))
	})
}

// Discard removes the temporary name, if it is still there.
func (s Staged) Discard() error {
	if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return infrastructure("remove", s.path, err)
	}
	return nil
}
