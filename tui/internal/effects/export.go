package effects

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// Exported says where lines were written.
type Exported struct {
	Path  string
	Name  string // that was asked for; the path has another if there was such a file
	Lines int
}

// Export writes lines to a new file, whole or not at all; a name alone is one in
// the working directory. It gets a number if there is such a file. It replies with
// an Exported.
func (s *Scope) Export(name string, lines logview.Shown, zone *time.Location) tea.Cmd {
	desk := s.effects.desk
	return ask(s, call{KindExport, "export the log", changeDeadline, once}, func(ctx context.Context) (Exported, error) {
		path, err := export(ctx, desk.file(name), func(w io.Writer) error { return writeLines(ctx, w, &lines, zone) })
		return Exported{Path: path, Name: filepath.Base(name), Lines: lines.Len()}, err
	})
}

// ExportStored writes a generation to a new file, whole or not at all, in the format
// that it is asked for. It replies with an Exported.
func (s *Scope) ExportStored(name string, query forecast.ExportQuery) tea.Cmd {
	desk, engine := s.effects.desk, s.effects.engine
	return ask(s, call{KindExport, "export", changeDeadline, once}, func(ctx context.Context) (Exported, error) {
		var p forecast.Partition
		path, err := export(ctx, desk.file(name), func(w io.Writer) (err error) {
			p, err = engine.Export(ctx, query, w)
			return err //nolint:wrapcheck // the engine names the date
		})
		return Exported{Path: path, Name: filepath.Base(name), Lines: int(p.Rows)}, err
	})
}

func writeLines(ctx context.Context, w io.Writer, lines *logview.Shown, zone *time.Location) error {
	const every = 4096
	for i := range lines.Len() {
		if i%every == 0 && ctx.Err() != nil {
			return fmt.Errorf("line %d: %w", i+1, context.Cause(ctx))
		}
		line := lines.Line(i)
		_, err := fmt.Fprintf(w, "%s %s %s %s\n", line.At.In(zone).Format("2006-01-02T15:04:05.000Z07:00"), line.Step, line.Stream, line.Text)
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return nil
}

// export writes a file beside its place and then gives it its name.
func export(ctx context.Context, name string, write func(io.Writer) error) (string, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".daybatch-export-*")
	if err != nil { // it names the file beside, which nobody asked for
		if at, ok := errors.AsType[*fs.PathError](err); ok {
			err = at.Err
		}
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	out := bufio.NewWriter(file)
	if err := write(out); err != nil { // the file is whatever: the reason has to fit on a line
		return "", errors.Join(err, file.Close())
	}
	if err := errors.Join(out.Flush(), file.Sync(), file.Close()); err != nil {
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	return claim(ctx, file.Name(), path)
}

// claim gives a file the first free name, and never takes another's.
func claim(ctx context.Context, from, path string) (string, error) {
	const tries = 1000
	ext := filepath.Ext(path)
	for number := 1; number <= tries && ctx.Err() == nil; number++ {
		to := path
		if number > 1 {
			to = fmt.Sprintf("%s-%d%s", path[:len(path)-len(ext)], number, ext)
		}
		err := os.Link(from, to)
		if err == nil {
			return to, nil
		}
		if _, there := os.Lstat(to); errors.Is(there, fs.ErrNotExist) { // the file system may have no links
			err = os.Rename(from, to)
		}
		if err == nil {
			return to, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("write %s: %w", to, err)
		}
	}
	return "", fmt.Errorf("write %s: %w", path, fs.ErrExist)
}
