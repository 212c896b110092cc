package forecast

import (
	"context"
	"io"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// FileFormat is a format in which a generation can be had as a file.
type FileFormat string

// Formats of files.
const (
	// FormatParquet is the file as it was written, byte for byte.
	FormatParquet FileFormat = "parquet"
	// FormatCSV has all columns and rows of it, under a line with their names. A
	// number is the shortest text that is read as the same number again; what is not
	// known is empty.
	FormatCSV FileFormat = "csv"
)

// ExportQuery names a generation of a date, and the format to have it in.
type ExportQuery struct {
	Date       calendar.Date
	Generation string // empty: the current one
	Format     FileFormat
}

// Exporter hands generations out.
type Exporter interface {
	// Export writes a generation to a writer, a piece at a time, and returns which one
	// it is. After an error, that ctx has ended among them, what was written is of no
	// use. It wraps ErrNotFound if the date has no such generation or its file is
	// gone, ErrInvalid if there is no such format.
	Export(ctx context.Context, query ExportQuery, to io.Writer) (Partition, error)
}
