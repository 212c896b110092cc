package lake

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ParquetWriter writes a Parquet file a row group at a time, so that it holds no
// more than one. The bytes depend on the frames alone. The file has its name, and
// all of its rows, once Close has returned; the caller ends with Close or Discard.
type ParquetWriter struct {
	db       *DB
	path     string
	metadata map[string]string

	out    *os.File // the file under its temporary name; nil before the first row group
	at     int64    // bytes written
	rows   int64
	groups [][]byte // metadata of the row groups
	model  []byte   // metadata of a file of one row group
}

// NewParquetWriter begins a file. A file that is there is replaced by Close. The
// directory must exist.
func (db *DB) NewParquetWriter(path string, metadata map[string]string) *ParquetWriter {
	return &ParquetWriter{db: db, path: path, metadata: metadata}
}

// Rows returns the number of rows written.
func (w *ParquetWriter) Rows() int64 { return w.rows }

// Append writes the rows of a frame as a row group; without rows it writes none.
// All frames have the same columns.
func (w *ParquetWriter) Append(ctx context.Context, frame *Frame) error {
	if frame.Rows() == 0 && frame.err == nil {
		return nil
	}
	return w.append(ctx, frame)
}

func (w *ParquetWriter) append(ctx context.Context, frame *Frame) error {
	part := w.temporary() + "-group"
	defer func() { _ = os.Remove(part) }()
	if err := w.db.WriteParquet(ctx, part, frame, ParquetOptions{Metadata: w.metadata}); err != nil {
		return err
	}
	if w.out == nil {
		out, err := os.OpenFile(w.temporary(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) //nolint:gosec // data that other users may read
		if err != nil {
			return infrastructure("write", w.path, err)
		}
		w.out = out
		if err := w.write(bytes.NewReader([]byte(parquetMagic))); err != nil {
			return err
		}
	}
	if err := w.take(part); err != nil {
		return infrastructure("write", w.path, err)
	}
	w.rows += int64(frame.Rows())
	return nil
}

// take appends the row groups of a file of its own.
func (w *ParquetWriter) take(part string) error {
	in, err := openChunks(part)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	var moved []offsetField
	for _, chunk := range in.chunks {
		for _, field := range chunk.offsets {
			field.value += w.at - chunk.start
			moved = append(moved, field)
		}
		if err := w.write(io.NewSectionReader(in, chunk.start, chunk.size)); err != nil {
			return err
		}
	}
	text := rewrite(in.metadata, moved)
	if w.model == nil {
		w.model = text
	}
	groups, err := rowGroupsOf(text)
	if err != nil {
		return err
	}
	for _, group := range groups.elements {
		w.groups = append(w.groups, group.numbered(text, len(w.groups)))
	}
	return nil
}

func (w *ParquetWriter) write(from io.Reader) error {
	n, err := io.Copy(w.out, from)
	w.at += n
	if err != nil {
		return infrastructure("write", w.path, err)
	}
	return nil
}

// Close writes the end of the file and gives it its name. The frame says what the
// columns are, for a file to which no row was appended.
func (w *ParquetWriter) Close(ctx context.Context, columns *Frame) error {
	if w.out == nil {
		return w.db.WriteParquet(ctx, w.path, columns, ParquetOptions{Metadata: w.metadata})
	}
	groups, err := rowGroupsOf(w.model)
	if err != nil {
		return fmt.Errorf("write %s: %w", w.path, err)
	}
	text := groups.replace(w.model, w.rows, w.groups)
	text = binary.LittleEndian.AppendUint32(text, uint32(len(text)))
	if err := w.write(bytes.NewReader(append(text, parquetMagic...))); err != nil {
		return err
	}
	out := w.out
	w.out = nil
	err = out.Close()
	if err != nil {
		err = infrastructure("write", w.path, err)
	} else {
		err = replaceFile(w.temporary(), w.path)
	}
	if err != nil {
		_ = os.Remove(w.temporary()) // nothing half-written stays
	}
	return err
}

// Discard ends a file that is not to be. After Close it does nothing.
func (w *ParquetWriter) Discard() {
	if w.out == nil {
		return
	}
	_ = w.out.Close()
	_ = os.Remove(w.temporary())
	w.out = nil
}

func (w *ParquetWriter) temporary() string {
	return filepath.Join(filepath.Dir(w.path), "."+filepath.Base(w.path)+".tmp")
}

// rowGroups says where the metadata of a file holds the number of its rows and
// its row groups.
type rowGroups struct {
	rows     offsetField // the number of rows
	from, to int         // the list
	elements []rowGroup
}

// rowGroup is where the metadata holds a row group, and the group's number if it
// has one.
type rowGroup struct {
	from, to int
	ordinal  *offsetField
}

// fieldOrdinal of a RowGroup: parquet.thrift.
const fieldOrdinal = 7

// errNoRowGroups says that metadata lacks what every file's has.
var errNoRowGroups = errors.New("the metadata of the Parquet file has no row groups")

func rowGroupsOf(metadata []byte) (rowGroups, error) {
	var found rowGroups
	w := &chunkWalker{thriftReader: thriftReader{in: bytes.NewReader(metadata)}, length: len(metadata)}
	w.structure(0, func(field int, kind byte) bool {
		switch {
		case field == fieldRows && kind == thriftI64:
			found.rows = w.integer()
		case field == fieldRowGroups && kind == thriftList:
			found.from = w.position()
			w.list(1, func() { found.elements = append(found.elements, w.numbers()) })
			found.to = w.position()
		default:
			return false
		}
		return true
	})
	if w.err == nil && (found.rows.to == 0 || found.to == 0) {
		w.err = errNoRowGroups
	}
	return found, w.err
}

func (w *chunkWalker) position() int { return w.length - w.in.Len() }

// numbers reads a row group for where it lies.
func (w *chunkWalker) numbers() rowGroup {
	group := rowGroup{from: w.position()}
	w.structure(2, func(field int, kind byte) bool {
		if field != fieldOrdinal || kind != thriftI16 {
			return false
		}
		ordinal := w.integer()
		group.ordinal = &ordinal
		return true
	})
	group.to = w.position()
	return group
}

// numbered returns the text of a row group as the n-th of a file.
func (g rowGroup) numbered(metadata []byte, n int) []byte {
	if g.ordinal == nil {
		return bytes.Clone(metadata[g.from:g.to])
	}
	ordinal := *g.ordinal
	ordinal.from, ordinal.to, ordinal.value = ordinal.from-g.from, ordinal.to-g.from, int64(n)
	return rewrite(metadata[g.from:g.to], []offsetField{ordinal})
}

// replace returns the metadata with other row groups.
func (g rowGroups) replace(metadata []byte, rows int64, groups [][]byte) []byte {
	count := g.rows
	count.value = rows
	out := rewrite(metadata[:g.from], []offsetField{count})
	out = append(out, listHead(len(groups))...)
	for _, group := range groups {
		out = append(out, group...)
	}
	return append(out, metadata[g.to:]...)
}

// listHead returns the head of a list of structs.
func listHead(length int) []byte {
	const long = 15
	if length < long {
		return []byte{byte(length)<<4 | thriftStruct}
	}
	return binary.AppendUvarint([]byte{long<<4 | thriftStruct}, uint64(length))
}
