package lake

import (
	"errors"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// duckText returns an error of DuckDB as an operator should read it: the kind
// and the message without the advice about DuckDB's own settings.
func duckText(err error) string {
	text := err.Error()
	if failed, ok := errors.AsType[*duckdb.Error](err); ok {
		text = failed.Msg
	}
	kept := make([]string, 0, 8)
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		line = strings.TrimRight(line, " \t")
		if strings.HasPrefix(line, "Possible fixes:") || strings.HasPrefix(strings.TrimSpace(line), "Candidate functions:") {
			break
		}
		if line != "" && !isAdvice(line) {
			kept = append(kept, line)
		}
	}
	// The place comes after the advice.
	if at := strings.LastIndex(text, "\nLINE "); at >= 0 && !strings.Contains(strings.Join(kept, "\n"), "LINE ") {
		kept = append(kept, strings.TrimRight(text[at+1:], " \n"))
	}
	return strings.Join(kept, "\n")
}

// isAdvice reports whether a line of an error of the CSV reader speaks of
// DuckDB's options, or lists them: "  delimiter = , (Auto-Detected)".
func isAdvice(line string) bool {
	name, _, listed := strings.Cut(strings.TrimPrefix(line, "  "), " = ")
	return strings.HasPrefix(line, "Possible Solution:") ||
		listed && strings.HasPrefix(line, "  ") && name != "file" && !strings.ContainsAny(name, " (")
}

// aboutTypes reports whether an error of a query may come from a cell that is
// not of the type that the query takes its column for.
func aboutTypes(err error) bool {
	failed, ok := errors.AsType[*duckdb.Error](err)
	if !ok {
		return false
	}
	types := []duckdb.ErrorType{
		duckdb.ErrorTypeConversion, duckdb.ErrorTypeInvalidInput, duckdb.ErrorTypeMismatchType,
		duckdb.ErrorTypeOutOfRange, duckdb.ErrorTypeInvalidType,
	}
	return slices.Contains(types, failed.Type) || strings.Contains(failed.Msg, "explicit") && strings.Contains(failed.Msg, "cast") || strings.Contains(failed.Msg, "No function matches")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
