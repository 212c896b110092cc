package lake

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Footer is what the end of a Parquet file tells about it.
type Footer struct {
	Rows      int64
	RowGroups int
	Metadata  map[string]string
}

const (
	parquetMagic   = "PAR1"
	footerTail     = 8       // length of the metadata, magic
	maxFooter      = 1 << 28 // bytes; a longer one is damage
	maxThriftDepth = 16
)

// errTorn says that a file is no whole Parquet file.
var errTorn = errors.New("not a whole Parquet file")

// ReadFooter reads the footer of a Parquet file without DuckDB, so that telling
// a partition's generation costs one small read.
//
// The metadata is a struct in Thrift's compact protocol: parquet.thrift of the
// Parquet format, FileMetaData.
func ReadFooter(path string) (Footer, error) {
	file, err := os.Open(path) //nolint:gosec // the caller's path
	if err != nil {
		return Footer{}, fmt.Errorf("read footer: %w", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return Footer{}, fmt.Errorf("read footer: %w", err)
	}
	metadata, err := readMetadata(file, info.Size())
	if err != nil {
		return Footer{}, fmt.Errorf("read footer of %s: %w", path, err)
	}
	footer, err := parseFooter(metadata)
	if err != nil {
		return Footer{}, fmt.Errorf("read footer of %s: %w", path, err)
	}
	return footer, nil
}

func readMetadata(file io.ReaderAt, size int64) ([]byte, error) {
	tail := make([]byte, footerTail)
	if size < int64(len(parquetMagic))+footerTail {
		return nil, errTorn
	}
	if _, err := file.ReadAt(tail, size-footerTail); err != nil {
		return nil, fmt.Errorf("read tail: %w", err)
	}
	length := int64(binary.LittleEndian.Uint32(tail))
	if string(tail[4:]) != parquetMagic || length > maxFooter || length > size-footerTail-int64(len(parquetMagic)) {
		return nil, errTorn
	}
	metadata := make([]byte, length)
	if _, err := file.ReadAt(metadata, size-footerTail-length); err != nil {
		return nil, fmt.Errorf("read metadata: %w", err)
	}
	return metadata, nil
}

// Fields of FileMetaData and KeyValue that a Footer is made of.
const (
	fieldRows      = 3
	fieldRowGroups = 4
	fieldMetadata  = 5
	fieldKey       = 1
	fieldValue     = 2
)

func parseFooter(metadata []byte) (Footer, error) {
	footer := Footer{Metadata: make(map[string]string)}
	r := &thriftReader{in: bytes.NewReader(metadata)}
	r.structure(0, func(field int, kind byte) bool {
		switch {
		case field == fieldRows && kind == thriftI64:
			footer.Rows = r.varint()
		case field == fieldRowGroups && kind == thriftList:
			footer.RowGroups = r.list(0, nil)
		case field == fieldMetadata && kind == thriftList:
			r.list(0, func() {
				key, value := r.pair()
				footer.Metadata[key] = value
			})
		default:
			return false
		}
		return true
	})
	return footer, r.err
}

// Types of the compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

// thriftReader reads values one after the other. After the first error it reads
// zeros, and err tells of it.
type thriftReader struct {
	in  *bytes.Reader
	err error
}

func (r *thriftReader) fail() {
	if r.err == nil {
		r.err = errTorn
	}
}

func (r *thriftReader) byte() byte {
	b, err := r.in.ReadByte()
	if r.err != nil || err != nil {
		r.fail()
		return 0
	}
	return b
}

func (r *thriftReader) uvarint() uint64 {
	v, err := binary.ReadUvarint(r.in)
	if r.err != nil || err != nil {
		r.fail()
		return 0
	}
	return v
}

// varint reads a zigzag integer.
func (r *thriftReader) varint() int64 {
	v := r.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (r *thriftReader) text() string {
	length := r.uvarint()
	if r.err != nil || length > uint64(r.in.Len()) {
		r.fail()
		return ""
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r.in, text); err != nil {
		r.fail()
	}
	return string(text)
}

// structure reads a struct. Fields that take does not read are skipped.
func (r *thriftReader) structure(depth int, take func(field int, kind byte) bool) {
	field := 0
	for r.err == nil {
		head := r.byte()
		kind := head & 0x0f
		if kind == 0 {
			return
		}
		if delta := int(head >> 4); delta != 0 {
			field += delta
		} else {
			field = int(r.varint())
		}
		if take == nil || !take(field, kind) {
			r.skip(depth+1, kind)
		}
	}
}

// list reads a list and returns its length. Elements are read by each, or
// skipped if it is nil.
func (r *thriftReader) list(depth int, each func()) int {
	head := r.byte()
	length := uint64(head >> 4)
	if length == 15 {
		length = r.uvarint()
	}
	if length > uint64(r.in.Len()) {
		r.fail() // every element takes a byte
		return 0
	}
	for range length {
		switch {
		case r.err != nil:
			return 0
		case each != nil:
			each()
		default:
			r.skipElement(depth+1, head&0x0f)
		}
	}
	return int(length)
}

// pair reads a KeyValue.
func (r *thriftReader) pair() (key, value string) {
	r.structure(1, func(field int, kind byte) bool {
		switch {
		case field == fieldKey && kind == thriftBinary:
			key = r.text()
		case field == fieldValue && kind == thriftBinary:
			value = r.text()
		default:
			return false
		}
		return true
	})
	return key, value
}

func (r *thriftReader) skip(depth int, kind byte) {
	if depth > maxThriftDepth {
		r.fail()
		return
	}
	switch kind {
	case thriftTrue, thriftFalse: // in a struct the value is in the type
	case thriftByte:
		r.byte()
	case thriftI16, thriftI32, thriftI64:
		r.uvarint()
	case thriftDouble:
		for range 8 {
			r.byte()
		}
	case thriftBinary:
		r.text()
	case thriftList, thriftSet:
		r.list(depth, nil)
	case thriftMap:
		r.skipMap(depth)
	case thriftStruct:
		r.structure(depth, nil)
	default:
		r.fail()
	}
}

func (r *thriftReader) skipMap(depth int) {
	length := r.uvarint()
	if length == 0 {
		return
	}
	kinds := r.byte()
	if length > uint64(r.in.Len()) {
		r.fail()
		return
	}
	for range length {
		if r.err != nil {
			return
		}
		r.skipElement(depth+1, kinds>>4)
		r.skipElement(depth+1, kinds&0x0f)
	}
}

// skipElement skips an element of a list or map, where a boolean takes a byte.
func (r *thriftReader) skipElement(depth int, kind byte) {
	if kind == thriftTrue || kind == thriftFalse {
		kind = thriftByte
	}
	r.skip(depth, kind)
}
