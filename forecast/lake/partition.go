package lake

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Files of a generation.
const (
	PartFile     = "part-0.parquet"
	ManifestFile = "manifest.json"
)

const (
	generationsDir = "_generations"
	currentFile    = "current.csv"
	datePrefix     = PartitionColumn + "="
)

// GenerationKey is the key of the generation's id in a partition's Parquet
// metadata.
const GenerationKey = "daybatch.generation"

// ErrForeign says that a published file is no generation of this lake: somebody
// else wrote it.
var ErrForeign = errors.New("the published file was written by others")

// Lake is the place of a target table: files below a directory.
type Lake struct {
	Path  string // root, absolute
	Table string
	// Fault is called before each change of a file, whose error makes the change
	// fail, and after it; nil: nothing is.
	Fault func(op string) error
}

// change makes a change of a file.
func (l Lake) change(op string, do func() error) error {
	if l.Fault != nil {
		if err := l.Fault(op); err != nil {
			return infrastructure(op, l.Path, err)
		}
	}
	if err := do(); err != nil {
		return err
	}
	if l.Fault != nil {
		_ = l.Fault("done: " + op)
	}
	return nil
}

// Partition returns the published file of a date.
func (l Lake) Partition(date calendar.Date) string {
	return filepath.Join(l.Path, l.Table, datePrefix+date.String(), PartFile)
}

// Generation returns the directory of a generation.
func (l Lake) Generation(date calendar.Date, generation string) string {
	return filepath.Join(l.generations(date), generation)
}

func (l Lake) generations(date calendar.Date) string {
	return filepath.Join(l.Path, generationsDir, l.Table, datePrefix+date.String())
}

// Install moves the partition that a step built in directory built to its place
// in _generations, makes it read-only and syncs it, the manifest last. What is
// on another file system is copied. If the generation is there already and
// whole, nothing changes; one that is torn is replaced. What contradicts its
// manifest, or would let a reader mix two generations, is an *Error of the step.
func (l Lake) Install(date calendar.Date, generation, built string) error {
	if err := checkID(generation); err != nil {
		return err
	}
	whole, err := l.Whole(date, generation)
	if err != nil || whole {
		return err
	}
	manifest, err := readManifest(built)
	if err != nil {
		return err
	}
	if err := manifest.check(built); err != nil {
		return failf(forecast.ReasonStep, "install generation %s of %s: %w", generation, date, err)
	}
	target := l.Generation(date, generation)
	if err := makeDirs(target); err != nil {
		return err
	}
	for _, name := range append(manifest.names(), ManifestFile) {
		err := l.change("install "+name, func() error { return install(filepath.Join(built, name), filepath.Join(target, name)) })
		if err != nil {
			return err
		}
	}
	return syncDir(target)
}

// install links a file read-only to its place, or copies it where that is not
// possible. The file that was built stays where it is.
func install(from, to string) error {
	temporary := to + ".tmp"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return infrastructure("remove", temporary, err)
	}
	if err := linkOrCopy(from, temporary); err != nil {
		return err
	}
	if err := os.Chmod(temporary, 0o444); err != nil { //nolint:gosec // data that other users may read
		return infrastructure("make read-only", temporary, err)
	}
	return replaceFile(temporary, to)
}

// linkOrCopy gives a file a second name; the name must be free.
func linkOrCopy(from, to string) error {
	err := os.Link(from, to)
	if err == nil {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
		return infrastructure("link", from, err)
	}
	return copyFile(from, to)
}

// checkID refuses ids that are no plain directory names.
func checkID(generation string) error {
	if generation == "" || strings.HasPrefix(generation, ".") || strings.ContainsAny(generation, `/\`+"\x00") {
		return fmt.Errorf("%w: generation %q is not a file name", forecast.ErrInvalid, generation)
	}
	return nil
}

// manifest is the part of a manifest that this package needs.
type manifest struct {
	Files []struct {
		Path  string `json:"path"`
		Bytes int64  `json:"bytes"`
	} `json:"files"`
}

func (m manifest) names() []string {
	names := make([]string, len(m.Files))
	for i, file := range m.Files {
		names[i] = file.Path
	}
	return names
}

// check compares the files of a directory with the manifest. The part has one
// row group at most, because a reader opens a file once for each of them, and
// a publish may come between.
func (m manifest) check(dir string) error {
	if !slices.Contains(m.names(), PartFile) {
		return fmt.Errorf("%s does not name %s", ManifestFile, PartFile)
	}
	for _, file := range m.Files {
		info, err := os.Stat(filepath.Join(dir, file.Path))
		if err != nil {
			return fmt.Errorf("look at what %s names: %w", ManifestFile, err)
		}
		if info.Size() != file.Bytes {
			return fmt.Errorf("%s has %d bytes, %s says %d", file.Path, info.Size(), ManifestFile, file.Bytes)
		}
	}
	footer, err := ReadFooter(filepath.Join(dir, PartFile))
	if err == nil && footer.RowGroups > 1 {
		return fmt.Errorf("%s has %d row groups: write it as one, so that no reader sees two generations", PartFile, footer.RowGroups)
	}
	return nil
}

// readManifest reads the manifest of a directory, and refuses paths that leave
// it.
func readManifest(dir string) (manifest, error) {
	path := filepath.Join(dir, ManifestFile)
	text, err := os.ReadFile(path) //nolint:gosec // the caller's path
	if err != nil {
		return manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return manifest{}, fmt.Errorf("read manifest %s: %w", path, err)
	}
	if len(m.Files) == 0 {
		return manifest{}, fmt.Errorf("read manifest %s: it names no files", path)
	}
	for _, name := range m.names() {
		if filepath.Base(name) != name {
			return manifest{}, fmt.Errorf("read manifest %s: %q is not a file name", path, name)
		}
	}
	return m, nil
}

// Whole reports whether a generation is there with its manifest and files of
// the sizes that the manifest gives.
func (l Lake) Whole(date calendar.Date, generation string) (bool, error) {
	dir := l.Generation(date, generation)
	m, err := readManifest(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, file := range m.Files {
		info, err := os.Stat(filepath.Join(dir, file.Path))
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, infrastructure("look at", dir, err)
		}
		if info.Size() != file.Bytes {
			return false, nil
		}
	}
	return true, nil
}

// Generations returns the ids of the generations of a date that are on disk,
// whole or not, sorted.
func (l Lake) Generations(date calendar.Date) ([]string, error) {
	entries, err := os.ReadDir(l.generations(date))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, infrastructure("list", l.generations(date), err)
	}
	var ids []string
	for _, entry := range entries {
		if entry.IsDir() && checkID(entry.Name()) == nil {
			ids = append(ids, entry.Name())
		}
	}
	return ids, nil
}

// Dates returns the dates that have a published file or generations on disk,
// oldest first. Directories that are no date's are left aside.
func (l Lake) Dates() ([]calendar.Date, error) {
	found := make(map[calendar.Date]bool)
	for _, root := range []string{filepath.Join(l.Path, l.Table), filepath.Join(l.Path, generationsDir, l.Table)} {
		entries, err := os.ReadDir(root)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, infrastructure("list", root, err)
		}
		for _, entry := range entries {
			text, ok := strings.CutPrefix(entry.Name(), datePrefix)
			if d, err := calendar.Parse(text); ok && err == nil && entry.IsDir() {
				found[d] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// Leftover is a file or directory that a crash has left among the generations of
// a date.
type Leftover struct {
	Path     string
	Modified time.Time
}

// Leftovers returns the temporary names among the generations of a date.
func (l Lake) Leftovers(date calendar.Date) ([]Leftover, error) {
	dir := l.generations(date)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, infrastructure("list", dir, err)
	}
	var list []Leftover
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && strings.HasPrefix(entry.Name(), ".") {
			list = append(list, Leftover{Path: filepath.Join(dir, entry.Name()), Modified: info.ModTime()})
		}
	}
	return list, nil
}

// Published returns the id of the generation that the date's published file is,
// empty if there is no file. A file that is none of the generations on disk and
// names none in its metadata wraps ErrForeign.
func (l Lake) Published(date calendar.Date) (string, error) {
	path := l.Partition(date)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", infrastructure("look at", path, err)
	}
	ids, err := l.Generations(date)
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		other, err := os.Stat(filepath.Join(l.Generation(date, id), PartFile))
		if err == nil && os.SameFile(info, other) {
			return id, nil
		}
	}
	footer, err := ReadFooter(path)
	if err != nil {
		return "", fmt.Errorf("%w: %s: %s", ErrForeign, path, err.Error())
	}
	id, ok := footer.Metadata[GenerationKey]
	if !ok {
		return "", fmt.Errorf("%w: %s names no generation", ErrForeign, path)
	}
	return id, nil
}

// Unpublish removes the published file of a date, so that it has none.
func (l Lake) Unpublish(date calendar.Date) error {
	path := l.Partition(date)
	return l.change("unpublish", func() error {
		if err := os.Remove(path); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return infrastructure("remove", path, err)
		}
		return syncDir(filepath.Dir(path))
	})
}

// RemoveGeneration removes a generation, its manifest first, so that what a
// crash leaves is not whole. The published file, a link of its own, stays.
func (l Lake) RemoveGeneration(date calendar.Date, generation string) error {
	if err := checkID(generation); err != nil {
		return err
	}
	dir := l.Generation(date, generation)
	err := l.change("remove manifest", func() error {
		if err := os.Remove(filepath.Join(dir, ManifestFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return infrastructure("remove", dir, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.change("remove generation", func() error {
		if err := os.RemoveAll(dir); err != nil {
			return infrastructure("remove", dir, err)
		}
		return nil
	})
}

// CurrentPath returns the path of current.csv.
func (l Lake) CurrentPath() string {
	return filepath.Join(l.Path, generationsDir, l.Table, currentFile)
}

// WriteCurrent rewrites current.csv (columns dt and file, oldest date first)
// with the immutable files of the current generations, given by date.
func (l Lake) WriteCurrent(current map[calendar.Date]string) error {
	text, err := l.CurrentText(current)
	if err != nil {
		return err
	}
	if err := makeDirs(filepath.Dir(l.CurrentPath())); err != nil {
		return err
	}
	return l.change("write list", func() error { return writeFile(l.CurrentPath(), text) })
}

// CurrentText returns what WriteCurrent writes.
func (l Lake) CurrentText(current map[calendar.Date]string) ([]byte, error) {
	var text bytes.Buffer
	writer := csv.NewWriter(&text)
	records := [][]string{{PartitionColumn, "file"}}
	for _, date := range slices.Sorted(maps.Keys(current)) {
		records = append(records, []string{date.String(), filepath.Join(l.Generation(date, current[date]), PartFile)})
	}
	if err := writer.WriteAll(records); err != nil {
		return nil, fmt.Errorf("write %s: %w", l.CurrentPath(), err)
	}
	return text.Bytes(), nil
}
