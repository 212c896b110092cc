package lake

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// spreadStride is the number of places at which column chunks may begin, and
// with it the number of attempts of a date after which a place is used again.
const spreadStride = 256

// errSpread says that a file has parts that spread would have to move too.
var errSpread = errors.New("the layout of the Parquet file is not one that DuckDB writes")

// spread copies a Parquet file and moves its column chunks, so that each begins
// at a byte whose number leaves the rest place when divided by spreadStride.
//
// It is what makes a plain glob safe. DuckDB opens a file more than once in a
// query: if a publish comes between, it looks in the new file where the footer
// of the old one says. If the columns lie at the same bytes in both, it reads
// rows of one by the description of the other, and nobody is told. With places
// of their own for the chunks of each attempt it finds none, and fails. Between
// chunks stand bytes that are no page header of Thrift's compact protocol.
func spread(from, to string, place int) error {
	in, err := openChunks(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) //nolint:gosec // data that other users may read
	if err != nil {
		return fmt.Errorf("make: %w", err)
	}
	err = writeSpread(out, in, in.metadata, in.chunks, int64(place%spreadStride))
	return errors.Join(err, out.Close())
}

// chunked is an open Parquet file, and where its column chunks are.
type chunked struct {
	*os.File

	metadata []byte
	chunks   []columnChunk
}

// openChunks opens a Parquet file. The caller closes it.
func openChunks(path string) (*chunked, error) {
	file, err := os.Open(path) //nolint:gosec // the caller's path
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	in := &chunked{File: file}
	info, err := file.Stat()
	if err == nil {
		in.metadata, err = readMetadata(file, info.Size())
	}
	if err == nil {
		in.chunks, err = columnChunks(in.metadata)
	}
	if err != nil {
		_ = file.Close()
		return nil, err //nolint:wrapcheck // it says what is wrong, and callers name the file
	}
	return in, nil
}

func writeSpread(out io.Writer, in io.ReaderAt, metadata []byte, chunks []columnChunk, place int64) error {
	if _, err := io.WriteString(out, parquetMagic); err != nil {
		return err //nolint:wrapcheck // the caller says what is written
	}
	at := int64(len(parquetMagic))
	var moved []offsetField
	for _, chunk := range chunks {
		gap := (place - at%spreadStride + spreadStride) % spreadStride
		if _, err := out.Write(bytes.Repeat([]byte{0xff}, int(gap))); err != nil {
			return err //nolint:wrapcheck // as above
		}
		at += gap
		if _, err := io.Copy(out, io.NewSectionReader(in, chunk.start, chunk.size)); err != nil {
			return err //nolint:wrapcheck // as above
		}
		for _, field := range chunk.offsets {
			field.value += at - chunk.start
			moved = append(moved, field)
		}
		at += chunk.size
	}
	text := rewrite(metadata, moved)
	text = binary.LittleEndian.AppendUint32(text, uint32(len(text)))
	_, err := out.Write(append(text, parquetMagic...))
	return err //nolint:wrapcheck // as above
}

// columnChunk is where a column lies in a file.
type columnChunk struct {
	start, size int64
	// offsets are the numbers in the metadata that lead to it.
	offsets []offsetField
}

// offsetField is an integer in the metadata: its bytes and what they say.
type offsetField struct {
	from, to int
	value    int64
}

// rewrite returns the metadata with other values of some fields.
func rewrite(metadata []byte, fields []offsetField) []byte {
	slices.SortFunc(fields, func(a, b offsetField) int { return a.from - b.from })
	var out []byte
	at := 0
	for _, field := range fields {
		out = append(out, metadata[at:field.from]...)
		out = binary.AppendUvarint(out, uint64(field.value<<1^field.value>>63))
		at = field.to
	}
	return append(out, metadata[at:]...)
}

// Fields of RowGroup, ColumnChunk and ColumnMetaData: parquet.thrift.
const (
	fieldColumns       = 1
	fieldGroupOffset   = 5
	fieldChunkOffset   = 2
	fieldChunkMetadata = 3
	fieldOffsetIndex   = 4
	fieldColumnIndex   = 6
	fieldChunkSize     = 7
	fieldDataPage      = 9
	fieldIndexPage     = 10
	fieldDictionary    = 11
	fieldBloomFilter   = 14
)

// columnChunks returns the chunks of a file in the order in which they lie.
func columnChunks(metadata []byte) ([]columnChunk, error) {
	w := &chunkWalker{thriftReader: thriftReader{in: bytes.NewReader(metadata)}, length: len(metadata)}
	w.structure(0, func(field int, kind byte) bool {
		if field != fieldRowGroups || kind != thriftList {
			return false
		}
		w.list(1, w.rowGroup)
		return true
	})
	if w.err != nil {
		return nil, w.err
	}
	slices.SortFunc(w.chunks, func(a, b columnChunk) int { return cmp.Compare(a.start, b.start) })
	end := int64(len(parquetMagic))
	for _, chunk := range w.chunks {
		if chunk.start < end || chunk.size <= 0 {
			return nil, fmt.Errorf("%w: column chunks overlap at byte %d", errSpread, chunk.start)
		}
		end = chunk.start + chunk.size
	}
	return w.chunks, nil
}

// chunkWalker finds the column chunks in a file's metadata.
type chunkWalker struct {
	thriftReader
	length int
	chunks []columnChunk
}

func (w *chunkWalker) integer() offsetField {
	from := w.length - w.in.Len()
	value := w.varint()
	return offsetField{from: from, to: w.length - w.in.Len(), value: value}
}

func (w *chunkWalker) rowGroup() {
	first := len(w.chunks)
	var group []offsetField
	w.structure(2, func(field int, kind byte) bool {
		switch {
		case field == fieldColumns && kind == thriftList:
			w.list(3, w.column)
		case field == fieldGroupOffset && kind == thriftI64:
			group = append(group, w.integer())
		default:
			return false
		}
		return true
	})
	if len(w.chunks) > first {
		w.chunks[first].offsets = append(w.chunks[first].offsets, group...)
	}
}

func (w *chunkWalker) column() {
	var chunk columnChunk
	w.structure(4, func(field int, kind byte) bool {
		switch {
		case field == fieldChunkOffset && kind == thriftI64:
			if at := w.integer(); at.value > 0 { // 0: not given
				chunk.offsets = append(chunk.offsets, at)
			}
		case field == fieldChunkMetadata && kind == thriftStruct:
			w.columnMetadata(&chunk)
		case field == fieldOffsetIndex || field == fieldColumnIndex:
			w.err = errors.Join(w.err, errSpread)
		default:
			return false
		}
		return true
	})
	w.chunks = append(w.chunks, chunk)
}

func (w *chunkWalker) columnMetadata(chunk *columnChunk) {
	w.structure(5, func(field int, kind byte) bool {
		if kind != thriftI64 {
			return false
		}
		switch field {
		case fieldChunkSize:
			chunk.size = w.varint()
		case fieldDataPage, fieldDictionary:
			at := w.integer()
			if at.value > 0 {
				chunk.offsets = append(chunk.offsets, at)
			}
			if chunk.start == 0 || at.value > 0 && at.value < chunk.start {
				chunk.start = at.value
			}
		case fieldIndexPage, fieldBloomFilter:
			w.err = errors.Join(w.err, errSpread)
		default:
			return false
		}
		return true
	})
}
