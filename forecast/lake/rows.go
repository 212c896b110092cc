package lake

import (
	"database/sql/driver"
	"errors"
	"io"
)

// collect hands each cell of the rows to the reader of its column.
func collect(rows driver.Rows, readers []*columnReader) error {
	cells := make([]driver.Value, len(readers))
	for {
		err := rows.Next(cells)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err //nolint:wrapcheck // the caller says what is read
		}
		for i, reader := range readers {
			if err := reader.append(cells[i]); err != nil {
				return err
			}
		}
	}
}
