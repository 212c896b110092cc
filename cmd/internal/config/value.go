package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// value is a node with the place it comes from. Its methods read it as what a
// key wants; what can't be read so is reported, and the zero value is returned.
type value struct {
	key  string
	node ast.Node
	// source is "default", the name of a variable, or the file's name.
	source  string
	reports *[]Problem
	anchors map[string]ast.Node
}

// where returns the place of v: in a file with line and column.
func (v value) where() string {
	if !v.written() {
		return v.source
	}
	position := place(v.node)
	return fmt.Sprintf("%s:%d:%d", v.source, position.Line, position.Column)
}

// written reports whether v stands in a file.
func (v value) written() bool { return v.source == FileName || v.source == PersonalName }

// place returns where a node begins. The token of a block mapping is its first
// colon; it begins with its first key.
func place(node ast.Node) *token.Position {
	if mapping, ok := node.(*ast.MappingNode); ok && !mapping.IsFlowStyle && len(mapping.Values) > 0 {
		return mapping.Values[0].Key.GetToken().Position
	}
	return node.GetToken().Position
}

// fail reports that v is wrong.
func (v value) fail(format string, args ...any) {
	problem := Problem{Where: v.where(), Key: v.key, Text: fmt.Sprintf(format, args...)}
	if v.written() {
		position := place(v.node)
		problem.line, problem.column = position.Line, position.Column
	}
	*v.reports = append(*v.reports, problem)
}

// wants reports that v is of another type.
func (v value) wants(what string) {
	v.fail("is %s, must be %s", kind(v.resolve()), what)
}

// resolve follows aliases and strips anchors.
func (v value) resolve() ast.Node {
	node := v.node
	for range 16 { // an alias to itself ends somewhere
		switch n := node.(type) {
		case *ast.AnchorNode:
			node = n.Value
		case *ast.AliasNode:
			target, ok := v.anchors[n.Value.GetToken().Value]
			if !ok {
				return node
			}
			node = target
		default:
			return node
		}
	}
	return node
}

// with returns the node as a value beneath v.
func (v value) with(key string, node ast.Node) value {
	v.key, v.node = key, node
	return v
}

// text reads a text that is not empty.
func (v value) text() string {
	text, ok := scalar(v.resolve())
	switch {
	case !ok:
		v.wants("text")
	case strings.TrimSpace(text) == "":
		v.fail("is empty: give a value, or leave the key out")
	}
	return text
}

// scalar returns the text of a scalar as it is written.
func scalar(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return node.GetToken().Value, true
	default:
		return "", false
	}
}

// plain returns the text of a scalar that is written without quotes.
func plain(node ast.Node) (string, bool) {
	text, ok := scalar(node)
	if !ok {
		return "", false
	}
	switch node.GetToken().Type {
	case token.DoubleQuoteType, token.SingleQuoteType:
		return "", false
	default:
		return strings.ReplaceAll(text, "_", ""), true
	}
}

// integer reads a whole number from low to high.
func (v value) integer(low, high int) int {
	text, ok := plain(v.resolve())
	n, err := strconv.Atoi(text)
	switch {
	case !ok || err != nil:
		v.wants("a whole number")
		return low
	case n < low || n > high:
		v.fail("is %d, must be %s", n, bounds(low, high, math.MaxInt))
		return low
	}
	return n
}

// number reads a number from low to high.
func (v value) number(low, high float64) float64 {
	text, ok := plain(v.resolve())
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case !ok || err != nil || math.IsNaN(x) || math.IsInf(x, 0):
		v.wants("a number")
		return low
	case x < low || x > high:
		v.fail("is %v, must be %s", x, bounds(low, high, math.MaxFloat64))
		return low
	}
	return x
}

// positive reads a number above 0.
func (v value) positive() float64 {
	reported := len(*v.reports)
	x := v.number(0, math.MaxFloat64)
	if x == 0 && len(*v.reports) == reported {
		v.fail("must be above 0; leave the key out to switch it off")
	}
	return x
}

// bounds says what a number must be; endless is the high that is no bound.
func bounds[T int | float64](low, high, endless T) string {
	if high >= endless {
		return fmt.Sprintf("at least %v", low)
	}
	return fmt.Sprintf("from %v to %v", low, high)
}

// boolean reads true or false.
func (v value) boolean() bool {
	node, ok := v.resolve().(*ast.BoolNode)
	if !ok {
		v.wants("true or false")
		return false
	}
	return node.Value
}

// pattern reads how dates are written.
func (v value) pattern() calendar.Pattern {
	pattern := calendar.Pattern(v.text())
	if err := pattern.Check(); err != nil {
		v.fail("%s", err.Error())
	}
	return pattern
}

// date reads YYYY-MM-DD; an empty text is no date.
func (v value) date() calendar.Date {
	text, ok := scalar(v.resolve())
	if !ok {
		v.wants("a date, YYYY-MM-DD")
		return 0
	}
	d, err := calendar.Parse(text)
	if err != nil {
		v.fail("%s", err.Error())
	}
	return d
}

// duration reads a length of time such as 10s, 5m or 1h30m.
func (v value) duration() time.Duration {
	text, ok := scalar(v.resolve())
	d, err := time.ParseDuration(text)
	switch {
	case !ok || err != nil:
		v.fail("is %s, must be a length of time such as 10s, 5m or 1h30m", kind(v.resolve()))
		return 0
	case d < 0:
		v.fail("is %s, must not be negative", text)
		return 0
	}
	return d
}

// list reads a sequence; a single scalar is a sequence of one.
func (v value) list() []value {
	switch n := v.resolve().(type) {
	case *ast.SequenceNode:
		items := make([]value, len(n.Values))
		for i, item := range n.Values {
			items[i] = v.with(fmt.Sprintf("%s[%d]", v.key, i), item)
		}
		return items
	case *ast.MappingNode, *ast.NullNode:
		v.wants("a list")
		return nil
	default:
		return []value{v}
	}
}

// texts reads a list of texts that differ.
func (v value) texts() []string {
	var texts []string
	seen := map[string]bool{}
	for _, item := range v.list() {
		text := item.text()
		if seen[text] {
			item.fail("%q is there twice", text)
		}
		seen[text] = true
		texts = append(texts, text)
	}
	return texts
}

// entry is one key of a mapping with its value.
type entry struct {
	name string
	at   value // the key itself, for messages
	value
}

// entries reads a mapping.
func (v value) entries() []entry {
	mapping, ok := v.resolve().(*ast.MappingNode)
	if !ok {
		v.wants("a mapping of keys to values")
		return nil
	}
	entries := make([]entry, 0, len(mapping.Values))
	for _, pair := range mapping.Values {
		name := pair.Key.GetToken().Value
		path := name
		if v.key != "" {
			path = v.key + "." + name
		}
		entries = append(entries, entry{name: name, at: v.with(path, pair.Key), value: v.with(path, pair.Value)})
	}
	return entries
}

// isMapping reports whether v is there and a mapping.
func (v value) isMapping() bool {
	_, ok := v.resolve().(*ast.MappingNode)
	return ok
}

// null reports whether nothing stands behind the key.
func (v value) null() bool {
	_, ok := v.resolve().(*ast.NullNode)
	return ok
}

// kind says what a node is, for people.
func kind(node ast.Node) string {
	switch n := node.(type) {
	case *ast.NullNode:
		return "empty"
	case *ast.MappingNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AliasNode:
		return "an alias of nothing"
	case *ast.StringNode:
		return fmt.Sprintf("the text %q", n.Value)
	case *ast.IntegerNode, *ast.FloatNode:
		return "the number " + node.GetToken().Value
	case *ast.BoolNode:
		return node.GetToken().Value
	default:
		return "something else"
	}
}

// flow returns the node in one line, as config explain shows it.
func flow(node ast.Node) string {
	switch n := node.(type) {
	case *ast.MappingNode:
		parts := make([]string, len(n.Values))
		for i, pair := range n.Values {
			parts[i] = pair.Key.GetToken().Value + ": " + flow(pair.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case *ast.SequenceNode:
		parts := make([]string, len(n.Values))
		for i, item := range n.Values {
			parts[i] = flow(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		text, ok := scalar(node)
		if !ok {
			return node.GetToken().Value
		}
		return strings.Join(strings.Fields(text), " ")
	}
}
