package partitions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/layout"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// Columns that rows can be sorted by, the usual one first.
const (
	byDate      = "date"
	byRows      = "rows"
	byPublished = "published"
	byKind      = "kind"
)

func columnNames() []string { return []string{byDate, byRows, byPublished, byKind} }

// said says what comes first by a column.
func said(column string) string {
	return map[string]string{
		byDate: "date, newest first", byRows: "rows, fewest first", byPublished: "when they were published, newest first",
		byKind: "kind, dates without their own first",
	}[column]
}

// row is a date with its current generation, or an older one of it.
type row struct {
	day   forecast.Day
	older *forecast.Partition // nil: what is current
}

func (r row) at() at {
	if r.older != nil {
		return at{r.day.Date, r.older.Generation}
	}
	return at{date: r.day.Date}
}

// made returns the generation of the row; without an id there is none.
func (r row) made() forecast.Partition {
	if r.older != nil {
		return *r.older
	}
	return r.day.Partition
}

// owed reports whether readers may look for a forecast of the day.
func owed(day forecast.Day) bool { return day.State != forecast.DayNotDue }

// arrange finds which rows are shown, and in which order. The cursor stays on its
// row, else on its date, else it goes to the nearest date.
func (p *Page) arrange() {
	if p.env.Pipeline.Foreign != "" { // what it publishes is not known: see View
		p.rows = nil
		return
	}
	p.measure()
	words := strings.Fields(strings.ToLower(p.Filter.Text()))
	p.rows = p.rows[:0]
	add := func(one row) {
		if p.matches(one, words) {
			p.rows = append(p.rows, one)
		}
	}
	for _, day := range p.days {
		if day.Partition.Generation != "" || owed(day) {
			add(row{day: day})
		}
		for i := range p.older[day.Date] {
			add(row{day, &p.older[day.Date][i]})
		}
	}
	if p.order != (page.Order{Column: byDate}) {
		slices.SortStableFunc(p.rows, p.compare)
	}
	p.settle()
}

func (p *Page) settle() {
	if len(p.rows) == 0 || slices.ContainsFunc(p.rows, func(one row) bool { return one.at() == p.cursor }) {
		return
	}
	if p.cursor.date.IsZero() {
		p.cursor = p.rows[0].at()
		return
	}
	distance := func(one row) int {
		days := int(one.day.Date - p.cursor.date)
		return max(days, -days)
	}
	p.cursor = slices.MinFunc(p.rows, func(a, b row) int { return cmp.Compare(distance(a), distance(b)) }).at()
}

// measure finds how many rows a date's own generation usually has: the median of the
// newest four weeks that have one.
func (p *Page) measure() {
	const weeks = 28
	var counts []int64
	for _, day := range p.days {
		if made := day.Partition; made.Kind == forecast.GenerationOwn && made.Rows > 0 && len(counts) < weeks {
			counts = append(counts, made.Rows)
		}
	}
	p.usual = 0
	if len(counts) > 0 {
		slices.Sort(counts)
		p.usual = counts[len(counts)/2]
	}
}

// thin reports whether a generation has fewer rows than usual by more than a few series
// that have ended.
func (p *Page) thin(made forecast.Partition) bool {
	const share = 0.9
	return made.Generation != "" && float64(made.Rows) < share*float64(p.usual)
}

// wants reports whether the readers of a date lack a whole forecast of its own.
func (p *Page) wants(one row) bool {
	made := one.made()
	switch {
	case one.older != nil:
		return false
	case made.Generation == "":
		return true
	default:
		return made.Kind == forecast.GenerationFallback || p.thin(made)
	}
}

// note says what is not as usual of a row.
func (p *Page) note(one row) string {
	made := one.made()
	var words []string
	switch {
	case made.Generation == "":
		return p.lacking(one.day)
	case made.Kind == forecast.GenerationFallback:
		words = append(words, draw.Counted(made.Age(), "day")+" old")
	}
	if p.thin(made) {
		words = append(words, fmt.Sprintf("%.0f %% fewer rows than usual", 100*(1-float64(made.Rows)/float64(p.usual))))
	}
	if one.older != nil {
		return strings.Join(words, ", ")
	}
	if one.day.Late > 0 {
		words = append(words, "Late "+draw.Ago(one.day.Late))
	}
	if one.day.Stale {
		words = append(words, "Stale")
	}
	return strings.Join(words, ", ")
}

// lacking says why a date has no partition.
func (p *Page) lacking(day forecast.Day) string {
	if day.State == forecast.DayMissing && !day.Due.IsZero() {
		return "none: owed for " + draw.Ago(p.env.Now.Sub(day.Due))
	}
	if cause := draw.First(page.Cause(day)); cause != "" {
		return "none: " + cause
	}
	return "none"
}

// matches reports whether a row has all words, and none of those after a "!".
func (p *Page) matches(one row, words []string) bool {
	if len(words) == 0 {
		return true
	}
	made := one.made()
	text := page.Weekday(one.day.Date) + " " + string(one.day.State) + " " + p.note(one)
	if made.Generation != "" {
		text += " " + made.Generation + " " + page.Maker(made) + " " + string(made.Kind) + " " + standing(one)
	}
	text = strings.ToLower(text)
	for _, word := range words {
		word, not := strings.CutPrefix(word, "!")
		if word != "" && strings.Contains(text, word) == not {
			return false
		}
	}
	return true
}

// compare puts rows in order. Those without a value come last, also when the order is
// turned around.
func (p *Page) compare(a, b row) int {
	one, had := p.value(a)
	other, has := p.value(b)
	return p.order.Compare(cmp.Compare(one, other), had, has)
}

// value returns what a row has in the column that is sorted by: the least comes first.
func (p *Page) value(one row) (value int64, ok bool) {
	made := one.made()
	switch p.order.Column {
	case byRows:
		return made.Rows, made.Generation != ""
	case byPublished:
		return -made.Published.Unix(), !made.Published.IsZero()
	case byKind:
		switch {
		case made.Generation == "":
			return 0, true
		case made.Kind == forecast.GenerationOwn:
			return 2, true
		default:
			return 1, true
		}
	default:
		return -int64(one.day.Date), true
	}
}

// Columns returns what the rows can be sorted by.
func (*Page) Columns() []string { return columnNames() }

// Sort sorts the rows.
func (p *Page) Sort(order page.Order) tea.Cmd {
	p.order = order
	p.arrange()
	text := "dates by " + said(order.Column)
	if order.Reverse {
		text += ", turned around"
	}
	return tea.Batch(page.Keep(page.Partitions, "sort", order.String()), page.Say(theme.Faint, text))
}

// Rows returns the rows that are shown, with the fields of `daybatch partition list
// -o csv`; a date without a partition has no more than its date.
func (p *Page) Rows() effects.Rows {
	list := slices.Clone(p.rows)
	return effects.Rows{
		Name: "partitions", Len: len(list),
		Fields: []string{"date", "generation", "current", "kind", "rows", "series", "bytes", "attempt", "execution", "written", "published", "fallback_of", "path"},
		At: func(i int) []any {
			made := list[i].made()
			if made.Generation == "" {
				return append([]any{list[i].day.Date}, make([]any, 12)...)
			}
			var of any
			if !made.FallbackOf.IsZero() {
				of = made.FallbackOf
			}
			return []any{
				made.Date, made.Generation, list[i].older == nil, made.Kind, made.Rows, made.Series, made.Bytes, made.Attempt,
				made.Execution, made.Written, made.Published, of, made.Path,
			}
		},
	}
}

// by says in few cells what a generation comes from.
func by(made forecast.Partition) string {
	switch made.Kind {
	case forecast.GenerationFallback:
		return "fallback " + made.FallbackOf.String()[len("2006-"):]
	case forecast.GenerationAdopted:
		return "adopted"
	default:
		return page.Maker(made)
	}
}

// standing says whether readers see a generation.
func standing(one row) string {
	switch {
	case one.older == nil:
		return "current"
	case one.older.Published.IsZero():
		return "unpublished"
	default:
		return "was current"
	}
}

// moment returns an instant as the list has room for.
func (p *Page) moment(instant time.Time) string {
	if instant.IsZero() {
		return "-"
	}
	local, now := instant.In(p.env.Zone), p.env.Now.In(p.env.Zone)
	if local.Year() == now.Year() {
		return local.Format("01-02 15:04")
	}
	return local.Format("2006-01-02")
}

// window returns the rows on screen: the cursor is among them.
func (p *Page) window() []row {
	body := p.body()
	p.top = layout.Scroll(p.top, p.row(), len(p.rows), body)
	return p.rows[p.top:min(len(p.rows), p.top+body)]
}
