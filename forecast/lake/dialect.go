package lake

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"strings"
)

// dialect is how a CSV file separates and quotes, as options of read_csv; empty:
// DuckDB finds it out for each file by itself, every time that a statement
// names the file, which costs more than reading a file of a day.
type dialect string

// noSign is what sniff_csv says for a sign that it did not find.
const noSign = "(empty)"

// findDialect finds the dialect of files that one program wrote: several CSV
// files with the same first line. For others it returns none, which is always
// right.
func findDialect(ctx context.Context, conn *sql.Conn, files []string) (dialect, error) {
	if len(files) < 2 || !sameHead(files) {
		return "", nil
	}
	var delimiter, quote, escape, comment string
	var skipped int64
	var header bool
	err := conn.QueryRowContext(ctx, "SELECT Delimiter, Quote, Escape, Comment, SkipRows, HasHeader FROM sniff_csv(?)", escapeGlob(largest(files))).
		Scan(&delimiter, &quote, &escape, &comment, &skipped, &header)
	if ctx.Err() != nil {
		return "", context.Cause(ctx) //nolint:wrapcheck // the caller says what was read
	}
	if err != nil || !header || skipped != 0 || comment != noSign {
		return "", nil //nolint:nilerr // reading the source tells what is wrong, better
	}
	// A file without quotes says nothing about those of the others.
	if quote == noSign {
		quote, escape = `"`, `"`
	}
	if escape == noSign {
		escape = quote
	}
	return dialect(fmt.Sprintf(", header = true, delim = %s, quote = %s, escape = %s", quoteText(delimiter), quoteText(quote), quoteText(escape))), nil
}

// sameHead reports whether all files begin with the same line, and it is not
// empty.
func sameHead(files []string) bool {
	first := ""
	for _, file := range files {
		head := readHead(file)
		if head == "" || first != "" && head != first {
			return false
		}
		first = head
	}
	return true
}

// readHead returns the first line of a file, empty if it can't be read as text.
func readHead(file string) string {
	const longest = 64 << 10
	text, done, err := openText(file)
	if err != nil {
		return ""
	}
	defer done()
	line, err := bufio.NewReader(io.LimitReader(text, longest)).ReadString('\n')
	if err != nil {
		return ""
	}
	return strings.TrimRight(line, "\r\n")
}

// largest returns the file with the most bytes: it shows most of the dialect.
func largest(files []string) string {
	best, most := files[0], int64(-1)
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Size() > most {
			best, most = file, info.Size()
		}
	}
	return best
}
