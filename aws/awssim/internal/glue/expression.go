package glue

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// filter says whether a partition with these values is wanted.
type filter func(values []string) bool

// parseExpression reads the filter of GetPartitions: comparisons of partition
// keys with literals, BETWEEN, IN and LIKE, joined by AND, OR, NOT and
// parentheses. Keys of a numeric type compare as numbers.
func parseExpression(text string, keys []column) (filter, error) {
	if strings.TrimSpace(text) == "" {
		return func([]string) bool { return true }, nil
	}
	p := &expressionParser{keys: keys}
	if err := p.split(text); err != nil {
		return nil, err
	}
	f, err := p.or()
	if err != nil {
		return nil, err
	}
	if len(p.tokens) > 0 {
		return nil, fmt.Errorf("unexpected %q", p.tokens[0])
	}
	return f, nil
}

type expressionParser struct {
	keys   []column
	tokens []string
}

func (p *expressionParser) split(text string) error {
	token := regexp.MustCompile(`^\s*('(?:[^']|'')*'|<=|>=|<>|!=|[=<>(),]|-?[0-9.]+|[A-Za-z_][A-Za-z0-9_]*)\s*`)
	for text != "" {
		found := token.FindStringSubmatch(text)
		if found == nil {
			return fmt.Errorf("can't read %q", text)
		}
		p.tokens = append(p.tokens, found[1])
		text = text[len(found[0]):]
	}
	return nil
}

func (p *expressionParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t
}

// take consumes a keyword or sign if it comes next.
func (p *expressionParser) take(word string) bool {
	if len(p.tokens) > 0 && strings.EqualFold(p.tokens[0], word) {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *expressionParser) or() (filter, error) {
	left, err := p.and()
	for err == nil && p.take("OR") {
		a := left
		var b filter
		b, err = p.and()
		left = func(v []string) bool { return a(v) || b(v) }
	}
	return left, err
}

func (p *expressionParser) and() (filter, error) {
	left, err := p.not()
	for err == nil && p.take("AND") {
		a := left
		var b filter
		b, err = p.not()
		left = func(v []string) bool { return a(v) && b(v) }
	}
	return left, err
}

func (p *expressionParser) not() (filter, error) {
	if p.take("NOT") {
		f, err := p.not()
		return func(v []string) bool { return !f(v) }, err
	}
	if p.take("(") {
		f, err := p.or()
		if err == nil && !p.take(")") {
			err = fmt.Errorf("a parenthesis is open before %q", p.next())
		}
		return f, err
	}
	return p.comparison()
}

func (p *expressionParser) comparison() (filter, error) {
	name := p.next()
	i := slices.IndexFunc(p.keys, func(c column) bool { return strings.EqualFold(c.Name, name) })
	if i < 0 {
		return nil, fmt.Errorf("%q is not a partition key", name)
	}
	compare := comparer(p.keys[i].Type)
	negated := p.take("NOT")
	var f filter
	var err error
	switch {
	case p.take("BETWEEN"):
		f, err = p.between(i, compare)
	case p.take("IN"):
		f, err = p.in(i, compare)
	case p.take("LIKE"):
		f, err = p.like(i)
	default:
		return p.relation(i, compare)
	}
	if err != nil || !negated {
		return f, err
	}
	return func(v []string) bool { return !f(v) }, nil
}

func (p *expressionParser) relation(i int, compare func(a, b string) int) (filter, error) {
	sign := p.next()
	value, err := p.literal()
	if err != nil {
		return nil, err
	}
	holds := map[string]func(c int) bool{
		"=": func(c int) bool { return c == 0 }, "<>": func(c int) bool { return c != 0 }, "!=": func(c int) bool { return c != 0 },
		"<": func(c int) bool { return c < 0 }, "<=": func(c int) bool { return c <= 0 },
		">": func(c int) bool { return c > 0 }, ">=": func(c int) bool { return c >= 0 },
	}[sign]
	if holds == nil {
		return nil, fmt.Errorf("unknown operator %q", sign)
	}
	return func(v []string) bool { return holds(compare(v[i], value)) }, nil
}

func (p *expressionParser) between(i int, compare func(a, b string) int) (filter, error) {
	low, err := p.literal()
	if err != nil {
		return nil, err
	}
	if !p.take("AND") {
		return nil, fmt.Errorf("BETWEEN without AND before %q", p.next())
	}
	high, err := p.literal()
	return func(v []string) bool { return compare(v[i], low) >= 0 && compare(v[i], high) <= 0 }, err
}

func (p *expressionParser) in(i int, compare func(a, b string) int) (filter, error) {
	if !p.take("(") {
		return nil, fmt.Errorf("IN without a list before %q", p.next())
	}
	var values []string
	for {
		value, err := p.literal()
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		if p.take(")") {
			break
		}
		if !p.take(",") {
			return nil, fmt.Errorf("unexpected %q in a list", p.next())
		}
	}
	return func(v []string) bool {
		return slices.ContainsFunc(values, func(x string) bool { return compare(v[i], x) == 0 })
	}, nil
}

func (p *expressionParser) like(i int) (filter, error) {
	pattern, err := p.literal()
	if err != nil {
		return nil, err
	}
	text := strings.NewReplacer("%", ".*", "_", ".").Replace(regexp.QuoteMeta(pattern))
	match, err := regexp.Compile("^" + text + "$")
	if err != nil {
		return nil, err
	}
	return func(v []string) bool { return match.MatchString(v[i]) }, nil
}

func (p *expressionParser) literal() (string, error) {
	t := p.next()
	if inner, ok := strings.CutPrefix(t, "'"); ok {
		return strings.ReplaceAll(strings.TrimSuffix(inner, "'"), "''", "'"), nil
	}
	if _, err := strconv.ParseFloat(t, 64); err != nil {
		return "", fmt.Errorf("%q is not a literal", t)
	}
	return t, nil
}

// comparer compares values of a column's type.
func comparer(kind string) func(a, b string) int {
	switch strings.ToLower(kind) {
	case "int", "bigint", "smallint", "tinyint", "long", "decimal":
		return func(a, b string) int {
			x, errX := strconv.ParseFloat(a, 64)
			y, errY := strconv.ParseFloat(b, 64)
			switch {
			case errX != nil || errY != nil:
				return strings.Compare(a, b)
			case x < y:
				return -1
			case x > y:
				return 1
			default:
				return 0
			}
		}
	default:
		return strings.Compare
	}
}
