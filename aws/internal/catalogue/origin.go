package catalogue

import (
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/daybatch/daybatch/forecast/lake/sqltext"
)

// origin knows where the parts of a statement stand in the text that a person wrote.
type origin struct {
	text  string
	parts []part // in order
}

// part is a token: its byte in the statement, and itself in the text.
type part struct {
	at    int
	token sqltext.Token
}

func (o *origin) add(at int, token sqltext.Token) { o.parts = append(o.parts, part{at, token}) }

// without is the origin of a statement that was cut by n bytes at its beginning.
func (o *origin) without(n int) origin {
	for i := range o.parts {
		o.parts[i].at -= n
	}
	return *o
}

// leading is the number of bytes of white space that a statement begins with.
func leading(sql string) int { return len(sql) - len(strings.TrimLeftFunc(sql, unicode.IsSpace)) }

// explain says where in the text of a person it is that Athena complains about: it
// counts the lines and columns of what it was sent, which is statement.
func (q boundQuery) explain(complaint, statement string) string {
	return regexp.MustCompile(`\bline (\d+):(\d+)`).ReplaceAllStringFunc(complaint, func(place string) string {
		line, column, _ := strings.Cut(strings.TrimPrefix(place, "line "), ":")
		at, ok := byteAt(statement, line, column)
		if !ok {
			return place
		}
		return sqltext.Position(q.origin.text, q.origin.byteOf(at-strings.Index(statement, q.sql)))
	})
}

// byteAt returns the byte of a text at a line and a column, which count from one.
func byteAt(text, line, column string) (int, bool) {
	l, err := strconv.Atoi(line)
	c, wrong := strconv.Atoi(column)
	if err != nil || wrong != nil {
		return 0, false
	}
	at := 0
	for ; l > 1; l-- {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			return 0, false
		}
		at += end + 1
	}
	for ; c > 1 && at < len(text); c-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at, true
}

// byteOf returns the byte of the text that one of the statement comes from. What
// stands around the statement belongs to its beginning or its end.
func (o *origin) byteOf(at int) int {
	at = max(at, 0)
	after := sort.Search(len(o.parts), func(i int) bool { return o.parts[i].at > at })
	if after == 0 {
		return 0
	}
	p := o.parts[after-1]
	return p.token.At + min(at-p.at, len(p.token.Text))
}
