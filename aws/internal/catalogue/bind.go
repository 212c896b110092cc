package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake/sqltext"
)

// boundQuery is a query for Athena with the values of its parameters in the
// order in which they occur.
type boundQuery struct {
	sql    string
	values []string
	origin origin
}

// bind replaces {{.Date}} and {{.From}} of a project's query by parameters.
// Athena takes those in WHERE only, so that a placeholder elsewhere is an error,
// which wraps forecast.ErrInvalid and names line and column.
func bind(text string, window calendar.Range) (boundQuery, error) {
	b := binder{text: text, window: window, clauses: []string{""}, origin: origin{text: text}}
	for _, token := range sqltext.Scan(text) {
		if err := b.add(token); err != nil {
			return boundQuery{}, err
		}
	}
	if b.words == 0 {
		return boundQuery{}, fmt.Errorf("%w: the query is empty", forecast.ErrInvalid)
	}
	sql := b.out.String()
	return boundQuery{sql: strings.TrimSpace(sql), values: b.values, origin: b.origin.without(leading(sql))}, nil
}

// binder follows a query through its clauses.
type binder struct {
	text    string
	window  calendar.Range
	clauses []string // the clause at each depth of parentheses
	ended   bool
	words   int
	out     strings.Builder
	values  []string
	origin  origin
}

func (b *binder) add(token sqltext.Token) error {
	b.origin.add(b.out.Len(), token)
	switch {
	case token.Kind == sqltext.Unclosed:
		return b.errorf(token, "%s is not closed", token.Text[:1])
	case token.Kind == sqltext.End:
		b.ended = true
		return nil
	case token.Kind == sqltext.Space:
	case b.ended:
		return b.errorf(token, "a second statement: write one query")
	case token.Kind == sqltext.Quoted && strings.Contains(token.Text, "{{"):
		return b.errorf(token, "a placeholder inside quotes: it is bound as a DATE, so remove the quotes")
	case token.Kind == sqltext.Placeholder:
		return b.placeholder(token)
	case token.Text == "?":
		return b.errorf(token, "a parameter without a value: there are {{.Date}} and {{.From}}")
	default:
		b.words++
		b.follow(token)
	}
	b.out.WriteString(token.Text)
	return nil
}

// follow notes the clause that a token begins. What stands in parentheses
// belongs to the clause around it until it begins one of its own.
func (b *binder) follow(token sqltext.Token) {
	last := len(b.clauses) - 1
	switch word := strings.ToUpper(token.Text); {
	case token.Kind == sqltext.Quoted:
	case word == "(":
		b.clauses = append(b.clauses, b.clauses[last])
	case word == ")" && last > 0:
		b.clauses = b.clauses[:last]
	case slices.Contains([]string{
		"SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "UNION", "INTERSECT", "EXCEPT", "WINDOW", "WITH", "VALUES",
	}, word):
		b.clauses[last] = word
	}
}

func (b *binder) placeholder(token sqltext.Token) error {
	var value calendar.Date
	switch strings.TrimSpace(strings.Trim(token.Text, "{}")) {
	case ".Date":
		value = b.window.To
	case ".From":
		value = b.window.From
	default:
		return b.errorf(token, "%s is unknown: there are {{.Date}} and {{.From}}", token.Text)
	}
	if clause := b.clauses[len(b.clauses)-1]; clause != "WHERE" {
		return b.errorf(token, "%s stands outside WHERE: Athena takes values there only", token.Text)
	}
	b.values = append(b.values, "DATE '"+value.String()+"'")
	b.out.WriteString("?")
	return nil
}

func (b *binder) errorf(token sqltext.Token, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", forecast.ErrInvalid, sqltext.Position(b.text, token.At), fmt.Sprintf(format, args...))
}

// readOnly returns the only statement of a text without its semicolon, if it
// reads only. Otherwise it wraps forecast.ErrInvalid.
func readOnly(text string) (boundQuery, error) {
	var query strings.Builder
	from := origin{text: text}
	first, ended := "", false
	for _, token := range sqltext.Scan(text) {
		switch {
		case token.Kind == sqltext.Unclosed:
			return boundQuery{}, fmt.Errorf("query: %w: %s: %s is not closed", forecast.ErrInvalid, sqltext.Position(text, token.At), token.Text[:1])
		case token.Kind == sqltext.End:
			ended = true
			continue
		case token.Kind != sqltext.Space && ended:
			return boundQuery{}, fmt.Errorf("query: %w: %s: a second statement", forecast.ErrInvalid, sqltext.Position(text, token.At))
		case token.Kind != sqltext.Space && token.Text != "(" && first == "":
			first = strings.ToUpper(token.Text)
		}
		from.add(query.Len(), token)
		query.WriteString(token.Text)
	}
	switch first {
	case "SELECT", "WITH", "VALUES", "SHOW", "DESCRIBE", "DESC":
		sql := query.String()
		return boundQuery{sql: strings.TrimSpace(sql), origin: from.without(leading(sql))}, nil
	case "":
		return boundQuery{}, fmt.Errorf("query: %w: it is empty", forecast.ErrInvalid)
	default:
		return boundQuery{}, fmt.Errorf("query: %w: %s is no query: only SELECT, WITH, VALUES, SHOW and DESCRIBE are allowed", forecast.ErrInvalid, first)
	}
}
