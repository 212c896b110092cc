package record

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/daybatch/daybatch/aws/internal/bucket"
)

// A file of a document has its tag in the first line and its text behind. It spares a
// process to read again what one before it has read; what is wrong with it is no error,
// as the bucket has the document.

func (d *Documents[T]) file(name string) string { return filepath.Join(d.Dir, name+".json") }

// stored returns the text of a document that was kept on disk, if it is the one with
// the tag.
func (d *Documents[T]) stored(name string, etag bucket.ETag) ([]byte, bool) {
	if d.Dir == "" {
		return nil, false
	}
	all, err := os.ReadFile(d.file(name))
	tag, text, found := bytes.Cut(all, []byte("\n"))
	if err != nil || !found || string(tag) != string(etag) {
		return nil, false
	}
	if _, err := d.decode(name, text); err != nil {
		return nil, false
	}
	return text, true
}

// store keeps a document on disk, whole or not at all.
func (d *Documents[T]) store(name string, etag bucket.ETag, text []byte) {
	if d.Dir == "" || os.MkdirAll(d.Dir, 0o700) != nil {
		return
	}
	file, err := os.CreateTemp(d.Dir, name+".*")
	if err != nil {
		return
	}
	_, err = file.Write(append([]byte(etag+"\n"), text...))
	if closed := file.Close(); err != nil || closed != nil || os.Rename(file.Name(), d.file(name)) != nil {
		_ = os.Remove(file.Name())
	}
}
