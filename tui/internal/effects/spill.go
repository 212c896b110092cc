package effects

import (
	"context"
	"fmt"
	"os"
	"runtime"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// Spill moves the oldest text of a log from memory to a file, which has no name
// and is gone with the program. It replies with a logview.File.
func (s *Scope) Spill(old logview.Old) tea.Cmd {
	return ask(s, call{KindSpill, "move old lines to a file", changeDeadline, once}, func(ctx context.Context) (logview.File, error) {
		return spill(ctx, old)
	})
}

// mapping is a file that is read as memory.
type mapping struct{ data []byte }

func spill(ctx context.Context, old logview.Old) (logview.File, error) {
	file, err := os.CreateTemp("", "daybatch-log-*")
	if err != nil {
		return logview.File{}, fmt.Errorf("make a file for old lines: %w", err)
	}
	defer func() { _ = file.Close() }()
	if err := os.Remove(file.Name()); err != nil {
		return logview.File{}, fmt.Errorf("make a file for old lines: %w", err)
	}
	size := 0
	for _, text := range old.Texts {
		if err := ctx.Err(); err != nil {
			return logview.File{}, fmt.Errorf("write old lines: %w", err)
		}
		if _, err := file.Write(text); err != nil {
			return logview.File{}, fmt.Errorf("write old lines: %w", err)
		}
		size += len(text)
	}
	data, err := mapFile(file, size)
	if err != nil {
		return logview.File{}, fmt.Errorf("read old lines: %w", err)
	}
	hold := &mapping{data}
	runtime.AddCleanup(hold, unmap, data)
	moved := logview.File{Old: old, Hold: hold}
	for _, text := range old.Texts {
		moved.Texts = append(moved.Texts, data[:len(text):len(text)])
		data = data[len(text):]
	}
	return moved, nil
}
