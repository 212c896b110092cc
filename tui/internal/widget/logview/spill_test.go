package logview_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// file copies texts as a file would hold them.
func file(old logview.Old) logview.File {
	moved := logview.File{Old: old, Hold: new(int)}
	for _, text := range old.Texts {
		moved.Texts = append(moved.Texts, bytes.Clone(text))
	}
	return moved
}

// TestOld moves the oldest lines away and finds them where they were.
func TestOld(t *testing.T) {
	t.Parallel()
	const n = 3*logview.Chunk + 50
	v := open(t, 40, 3, nil)
	v.SetRoom(600 << 10)
	if _, ok := v.Old(); ok {
		t.Error("an empty view has text for a file")
	}
	if err := v.Append(numbered(n)); err != nil {
		t.Fatal(err)
	}
	before := v.Snapshot()
	old, ok := v.Old()
	if !ok || len(old.Texts) != 1 {
		t.Fatalf("Old = %d chunks, %t; want the oldest, since the others fit", len(old.Texts), ok)
	}
	if _, again := v.Old(); again {
		t.Error("Old gives the same text twice while it is being written")
	}
	v.Moved(file(old))
	if got := v.InFile(); got != logview.Chunk {
		t.Errorf("InFile = %d; want a chunk, %d", got, logview.Chunk)
	}
	after := v.Snapshot()
	matcher := compile(t, logview.Query{Text: "ten"})
	if diff := cmp.Diff(matcher.Lines(t.Context(), before, 0, n), matcher.Lines(t.Context(), after, 0, n)); diff != "" {
		t.Errorf("the search differs once lines lie in a file:\n%s", diff)
	}
	for _, line := range []int{0, 1, logview.Chunk - 1, logview.Chunk, n - 1} {
		if got, want := after.Text(line), before.Text(line); got != want {
			t.Errorf("Text(%d) = %q; want %q", line, got, want)
		}
	}
	v.Top()
	want(t, v, 40, "INFO line 0 ten", "INFO line 1", "INFO line 2")
}

// TestOldOfAnother gives a view the file of a log that was read before.
func TestOldOfAnother(t *testing.T) {
	t.Parallel()
	v := open(t, 40, 1, nil)
	v.SetRoom(1 << 10)
	if err := v.Append(numbered(2 * logview.Chunk)); err != nil {
		t.Fatal(err)
	}
	old, _ := v.Old()
	v.Reset()
	if err := v.Append(lines("another log")); err != nil {
		t.Fatal(err)
	}
	v.Moved(file(old))
	want(t, v, 40, "another log")
	if got := v.InFile(); got != 0 {
		t.Errorf("InFile = %d; want 0", got)
	}
}

// TestNoFile keeps all lines in memory if no file can be written.
func TestNoFile(t *testing.T) {
	t.Parallel()
	v := open(t, 40, 1, nil)
	v.SetRoom(1 << 10)
	if err := v.Append(numbered(2 * logview.Chunk)); err != nil {
		t.Fatal(err)
	}
	if _, ok := v.Old(); !ok {
		t.Fatal("Old = none; want text beyond the room")
	}
	v.Moved(logview.File{})
	if _, ok := v.Old(); ok {
		t.Error("Old asks again for a file that can't be written")
	}
	v.Top()
	want(t, v, 40, fmt.Sprintf("INFO line %d ten", 0))
}
