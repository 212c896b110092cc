// Package query is the page of the result of an SQL query that only reads.
package query

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// limit is how many rows are read.
const limit = 10_000

// Unbounded reports whether a query names no date, so that an engine that is paid
// by what it reads may have to read all.
func Unbounded(sql string) bool {
	return !regexp.MustCompile(`(?i)\b(dt|made_for)\b`).MatchString(sql)
}

// Page shows the rows of a query.
type Page struct {
	page.Filtered

	env *page.Env

	sql    string
	table  forecast.Table
	widths []int
	right  []bool   // columns of numbers
	after  []int    // digits after the point of a column with fractions; -1: as they come
	texts  []string // of the rows, in lower case, once they were filtered
	read   bool
	held   bool // it is asked when the reader says so
	asked  time.Time
	at     time.Time
	failed *effects.Failed

	rows        []int // of the table, filtered
	cursor, top int
	column      int // under the cursor
	left        int // first column shown beside the key
	order       page.Order
}

// New returns the page of the place's query.
func New(env *page.Env, place page.Place) page.Page {
	p := &Page{env: env, sql: place.SQL, held: place.Unasked, order: page.ReadOrder(place.Sort)}
	p.Filtered = page.NewFiltered(env, p.arrange)
	p.Filter.Set(place.Filter)
	return p
}

// Keys returns what keys do.
func (p *Page) Keys() keys.Map {
	if p.Filter.Typing() {
		return keys.Typing()
	}
	return keys.QueryPage()
}

// Place leads to the same rows. Where a query may be paid for it is not asked again
// until the reader says so.
func (p *Page) Place() page.Place {
	return page.Place{Kind: page.Query, SQL: p.sql, Filter: p.Filter.Text(), Sort: p.order.String(), Unasked: p.held || p.env.Pipeline.Engine != free}
}

// free is the engine whose queries cost nothing.
const free = "local"

// Equivalent returns the command that shows the same.
func (p *Page) Equivalent() string { return "query " + page.Quote(p.sql) }

// Busy reports whether the query runs.
func (p *Page) Busy() bool { return !p.held && !p.read && p.failed == nil }

// Init runs the query, unless the reader has to say so. It is not run again by itself:
// it may be paid for.
func (p *Page) Init() tea.Cmd {
	if p.held {
		return nil
	}
	p.read, p.failed, p.asked = false, nil, p.env.Now
	return p.Scope().Query(forecast.TableQuery{SQL: p.sql, Limit: limit})
}

// Update takes keys, text and the rows.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	if p.Typed(msg) {
		return nil
	}
	switch msg := msg.(type) {
	case keys.Pressed:
		return p.press(msg.Action)
	case effects.Reply[forecast.Table]:
		p.table, p.texts, p.read, p.at, p.failed = msg.Value, nil, true, msg.At, nil
		p.measure()
		p.arrange()
	case effects.Failed:
		p.failed = &msg
	}
	return nil
}

func (p *Page) press(action keys.Action) tea.Cmd {
	switch action {
	case keys.Refresh:
		p.held = false
		return p.Init()
	case keys.Search:
		p.Filter.Open()
	case keys.Sort:
		return p.sortNext()
	case keys.Left:
		p.column = max(0, p.column-1)
	case keys.Right:
		p.column = layout.Clamp(p.column+1, 0, len(p.table.Columns)-1)
	case keys.Copy:
		if p.cursor < len(p.rows) {
			return page.Copy(strings.Join(p.cells(p.rows[p.cursor]), "\t"))
		}
	case keys.CopyAll:
		return page.Copy(p.sql)
	default:
		if to, ok := page.Move(action, p.cursor, len(p.rows), p.body()); ok {
			p.cursor = to
		}
	}
	return nil
}

// arrange filters the rows by words that any of their cells has.
func (p *Page) arrange() {
	words := strings.Fields(strings.ToLower(p.Filter.Text()))
	if len(words) > 0 && p.texts == nil {
		p.texts = make([]string, len(p.table.Rows))
		for i := range p.texts {
			p.texts[i] = strings.ToLower(strings.Join(p.cells(i), " "))
		}
	}
	p.rows = p.rows[:0]
	for i := range p.table.Rows {
		if len(words) == 0 || hasAll(p.texts[i], words) {
			p.rows = append(p.rows, i)
		}
	}
	p.sort()
	p.cursor = layout.Clamp(p.cursor, 0, len(p.rows)-1)
}

func hasAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// measure finds how wide the columns are, by their names and the first rows, and
// which have numbers.
func (p *Page) measure() {
	const looked, widest = 200, 40
	p.widths, p.right, p.after = make([]int, len(p.table.Columns)), make([]bool, len(p.table.Columns)), make([]int, len(p.table.Columns))
	for at, column := range p.table.Columns {
		p.widths[at], p.right[at], p.after[at] = draw.Width(column.Name), p.numeric(at), p.fraction(at)
	}
	for i := range min(looked, len(p.table.Rows)) {
		for at := range p.widths {
			p.widths[at] = max(p.widths[at], draw.Width(p.shown(i, at)))
		}
	}
	for at := range p.widths {
		p.widths[at] = min(p.widths[at], widest)
	}
	p.column = layout.Clamp(p.column, 0, len(p.widths)-1)
}

// numeric reports whether a column has numbers.
func (p *Page) numeric(at int) bool {
	for _, row := range p.table.Rows {
		switch row[at].(type) {
		case nil:
			continue
		case int64, float64:
			return true
		default:
			return false
		}
	}
	return false
}

// fraction returns how many digits after the point the numbers of a column are shown
// with: as many as any has, but no more than make six with those before it. What is
// copied or written to a file is exact.
func (p *Page) fraction(at int) int {
	const significant, least = 6, 1e-3
	digits, most := -1, 0.0
	for _, row := range p.table.Rows {
		value, ok := row[at].(float64)
		if !ok {
			continue
		}
		text := strconv.FormatFloat(value, 'f', -1, 64)
		_, after, _ := strings.Cut(text, ".")
		digits, most = max(digits, len(after)), max(most, math.Abs(value))
	}
	if most > 0 && most < least || math.IsInf(most, 0) {
		return -1
	}
	before := len(strconv.FormatFloat(most, 'f', 0, 64))
	return min(digits, max(0, significant-before))
}

// shown returns a cell as it is shown.
func (p *Page) shown(row, at int) string {
	if value, ok := p.table.Rows[row][at].(float64); ok && p.after[at] >= 0 {
		return strconv.FormatFloat(value, 'f', p.after[at], 64)
	}
	return cellText(p.table.Rows[row][at])
}

// cells returns the cells of a row as text; NULL is empty.
func (p *Page) cells(row int) []string {
	texts := make([]string, len(p.table.Columns))
	for at, cell := range p.table.Rows[row][:len(texts)] {
		texts[at] = cellText(cell)
	}
	return texts
}

func cellText(cell any) string {
	switch cell := cell.(type) {
	case nil:
		return ""
	case string:
		return cell
	case float64:
		return strconv.FormatFloat(cell, 'g', -1, 64)
	case time.Time:
		return cell.UTC().Format(time.RFC3339Nano)
	default:
		return fmt.Sprint(cell)
	}
}

// Rows returns the rows that the filter lets pass.
func (p *Page) Rows() effects.Rows {
	list := make([][]any, len(p.rows))
	for at, row := range p.rows {
		list[at] = p.table.Rows[row]
	}
	rows := effects.Rows{Name: "query", Len: len(list), At: func(i int) []any { return list[i] }}
	for _, column := range p.table.Columns {
		rows.Fields = append(rows.Fields, column.Name)
	}
	return rows
}

// Position says which row is selected.
func (p *Page) Position() string {
	switch {
	case len(p.rows) == 0:
		return ""
	case len(p.rows) < len(p.table.Rows):
		return fmt.Sprintf("%s/%s of %s", draw.Count(p.cursor+1), draw.Count(len(p.rows)), draw.Count(len(p.table.Rows)))
	default:
		return fmt.Sprintf("%s/%s", draw.Count(p.cursor+1), draw.Count(len(p.rows)))
	}
}
