package logview

import "strings"

// trace is the report of a failure: a first line that stays, and lines behind
// it that fold.
type trace struct {
	head  uint32 // its line
	lines int    // behind it
}

// causeFold marks the line that ends a Python traceback and names the
// exception: it belongs to the trace but never folds.
const causeFold = ^uint32(0)

// part is what a line is of a trace.
type part uint8

const (
	partNone  part = iota
	partHead       // stays
	partBody       // folds
	partCause      // stays: the exception
)

// kind is whose trace is being read.
type kind uint8

const (
	kindNone kind = iota
	kindPython
	kindGo
)

// tracer follows the lines of one source, so that traces stay whole among the
// lines of others.
type tracer struct {
	kind   kind
	number uint32
}

// next returns what a line is, and moves on.
func (t *tracer) next(text string) part {
	switch t.kind {
	case kindPython:
		if pythonBody(text) {
			return partBody
		}
		t.kind = kindNone
		if exception(text) {
			return partCause
		}
	case kindGo:
		if goBody(text) {
			return partBody
		}
		t.kind = kindNone
	case kindNone:
	}
	switch {
	case strings.Contains(text, "Traceback (most recent call last):"):
		t.kind = kindPython
	case strings.HasPrefix(text, "panic: "), strings.HasPrefix(text, "fatal error: "), goroutine(text):
		t.kind = kindGo
	default:
		return partNone
	}
	return partHead
}

// pythonBody reports whether a line is a frame of a traceback, or of a group
// of exceptions.
func pythonBody(text string) bool {
	return strings.HasPrefix(text, "  ")
}

// exception reports whether a line begins with the name of an exception, as
// "KeyError: 'x'" or "pkg.Error".
func exception(text string) bool {
	name, _, _ := strings.Cut(text, ":")
	if name == "" {
		return false
	}
	for i := range len(name) {
		if b := name[i]; !letter(b) && b != '.' && (b < '0' || b > '9') {
			return false
		}
	}
	return true
}

func goroutine(text string) bool {
	return strings.HasPrefix(text, "goroutine ") && strings.HasSuffix(text, "]:")
}

// goBody reports whether a line is one that the Go runtime writes behind the
// first of a panic: signals, goroutines, calls, and where they are.
func goBody(text string) bool {
	switch {
	case text == "", strings.HasPrefix(text, "  "), goroutine(text), strings.HasPrefix(text, "[signal "),
		strings.HasPrefix(text, "[recovered]"), strings.HasPrefix(text, "created by "), strings.HasPrefix(text, "..."),
		text == "runtime stack:":
		return true
	default:
		// A call: main.(*T).run(0x1, {...}), without blanks before its arguments.
		name, _, ok := strings.Cut(text, "(")
		return ok && strings.HasSuffix(text, ")") && strings.Contains(name, ".") && !strings.Contains(name, " ")
	}
}

func letter(b byte) bool { return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '_' }
