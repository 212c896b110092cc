package lake

import (
	"fmt"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake/sqltext"
)

// BoundQuery is a project's query with its placeholders turned into named
// parameters of DuckDB. Its lines are those of the original.
type BoundQuery struct {
	SQL       string
	UsesDate  bool
	UsesFrom  bool
	Statement int // bytes of SQL up to the end of its statement, without a final semicolon
}

// Parameters of a bound query.
const (
	paramDate = "daybatch_date"
	paramFrom = "daybatch_from"
)

// BindQuery replaces {{.Date}} and {{.From}} by parameters of type DATE. Values
// are never pasted into the text. A placeholder inside quotes, another one, an
// unclosed quote, and more than one statement are errors that wrap
// forecast.ErrInvalid and name line and column. Comments are left alone.
func BindQuery(text string) (BoundQuery, error) {
	bound := BoundQuery{Statement: -1}
	var out strings.Builder
	for _, token := range sqltext.Scan(text) {
		at := sqltext.Position(text, token.At)
		switch {
		case token.Kind == sqltext.Unclosed:
			return BoundQuery{}, fmt.Errorf("%w: %s: %s is not closed", forecast.ErrInvalid, at, token.Text[:1])
		case token.Kind == sqltext.Space:
			out.WriteString(token.Text)
			continue
		case bound.Statement >= 0:
			return BoundQuery{}, fmt.Errorf("%w: %s: a second statement: write one query", forecast.ErrInvalid, at)
		case token.Kind == sqltext.End:
			bound.Statement = out.Len()
			out.WriteByte(' ')
			continue
		case token.Kind == sqltext.Quoted && strings.Contains(token.Text, "{{"):
			return BoundQuery{}, fmt.Errorf("%w: %s: a placeholder inside quotes: it is bound as a DATE, so remove the quotes", forecast.ErrInvalid, at)
		case token.Kind == sqltext.Placeholder:
			parameter, err := bound.parameter(token.Text)
			if err != nil {
				return BoundQuery{}, fmt.Errorf("%w: %s: %s", forecast.ErrInvalid, at, err.Error())
			}
			out.WriteString(parameter)
			continue
		}
		out.WriteString(token.Text)
	}
	bound.SQL = out.String()
	if bound.Statement < 0 {
		bound.Statement = len(bound.SQL)
	}
	if strings.TrimSpace(bound.SQL[:bound.Statement]) == "" {
		return BoundQuery{}, fmt.Errorf("%w: the query is empty", forecast.ErrInvalid)
	}
	return bound, nil
}

// parameter returns the text that stands for a placeholder. The cast gives the
// parameter its type wherever it stands, as in {{.Date}} - INTERVAL 7 DAY.
func (b *BoundQuery) parameter(placeholder string) (string, error) {
	switch strings.TrimSpace(strings.Trim(placeholder, "{}")) {
	case ".Date":
		b.UsesDate = true
		return "CAST($" + paramDate + " AS DATE)", nil
	case ".From":
		b.UsesFrom = true
		return "CAST($" + paramFrom + " AS DATE)", nil
	}
	return "", fmt.Errorf("%s is unknown: there are {{.Date}} and {{.From}}", placeholder)
}
