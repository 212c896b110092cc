package lake

import (
	"context"
	"fmt"
)

// ParseFooter is a bridge for fuzzing without files.
var ParseFooter = parseFooter

// ChunkStarts is a bridge to where the column chunks of a file begin, by its
// metadata.
func ChunkStarts(metadata []byte) ([]int64, error) {
	chunks, err := columnChunks(metadata)
	starts := make([]int64, len(chunks))
	for i, chunk := range chunks {
		starts[i] = chunk.start
	}
	return starts, err
}

// DialectOf is a bridge to the dialect that a source of these files is read in.
func (db *DB) DialectOf(ctx context.Context, files ...string) (string, error) {
	conn, err := db.connect(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	found, err := findDialect(ctx, conn, files)
	if err != nil {
		return "", fmt.Errorf("find dialect: %w", err)
	}
	return string(found), nil
}
