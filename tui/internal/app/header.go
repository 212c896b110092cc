package app

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// brevity is how much of the header is left out. What is operated, and where, stays in
// all of them: whoever takes one account for another does harm.
type brevity int

const (
	whole      brevity = iota
	plain              // without the name of the program
	short              // ages without times of day, and no dashboard
	placed             // the place in the band, in place of the engine's name
	abridged           // of an account its last digits
	brevities          // their number
	leastWords = 14    // of the page: a date with its weekday
)

// drawHeader says what is operated, where, and how fresh the screen is; the
// page's own words stand at the right. Where there is no room for both, what stays is
// what tells this screen from another.
func (m *Model) drawHeader(c *draw.Canvas, shown page.Page) {
	const least = 60
	if m.env.Width < least {
		m.drawNarrow(c, shown)
		return
	}
	brief := m.brevity(shown)
	m.drawWhere(c, brief)
	m.drawBoard(c, brief)
	m.drawName(c, shown)
}

// drawNarrow says what is operated and what the page shows where there is no room for
// how fresh that is: the pipeline's name gives way first, as the title of the terminal
// has it too.
func (m *Model) drawNarrow(c *draw.Canvas, shown page.Page) {
	const least = 6 // cells of a name that tell it from another
	role, band := m.narrowBand()
	bands := 0
	if band != "" {
		bands = draw.Width(band) + len("   ")
	}
	name := m.env.Pipeline.Name
	words := min(ansi.StringWidth(m.words(shown, m.env.Width)), leastWords)
	c.Skip(1)
	c.Ends(theme.Strong, name, min(draw.Width(name), max(least, c.Left()-bands-words-wordsApart)))
	if band != "" {
		c.Skip(1)
		c.Put(role, " "+band+" ")
	}
	said := m.words(shown, c.Left()+1)
	c.To(m.env.Width - ansi.StringWidth(said) - 1)
	c.Append([]string{said})
}

// brevity returns the least that leaves the page room for its words.
func (m *Model) brevity(shown page.Page) brevity {
	if !m.remote() {
		return m.cramped(shown)
	}
	need := min(leastWords, ansi.StringWidth(m.words(shown, m.env.Width)))
	for brief := range brevities - 1 {
		left := draw.New(m.env.Theme, m.env.Width)
		m.drawWhere(left, brief)
		m.drawBoard(left, brief)
		if left.Left()-wordsApart >= need {
			return brief
		}
	}
	return brevities - 1
}

// remote reports whether the engine works in an account of a cloud, which must be told
// from others. A directory is one of this machine.
func (m *Model) remote() bool {
	const sagemaker = "sagemaker"
	return m.env.Pipeline.Engine == sagemaker && m.env.Pipeline.Place != ""
}

// cramped is plain if a page's own words are cut beside all the rest, and less so
// beside what must be. Some pages leave words out instead.
func (m *Model) cramped(shown page.Page) brevity {
	beside := func(brief brevity) string {
		where := draw.New(m.env.Theme, m.env.Width)
		m.drawWhere(where, brief)
		m.drawBoard(where, brief)
		return ansi.Strip(m.words(shown, where.Left()))
	}
	full, more := beside(whole), beside(plain)
	cut := m.env.Width < 80 || strings.HasSuffix(full, m.env.Theme.Ellipsis)
	if cut && ansi.StringWidth(more) > ansi.StringWidth(full) {
		return plain
	}
	return whole
}

// wordsApart is how many cells there are at least before the page's words, and after.
const wordsApart = 3

// words returns what a page says in the header, as far as there is room for it.
func (m *Model) words(shown page.Page, room int) string {
	right := draw.New(m.env.Theme, room-wordsApart)
	if namer, ok := shown.(page.Namer); ok {
		namer.Name(right)
	}
	return right.String()
}

// drawWhere says what is operated and how fresh the screen is; in brief without the
// name of the program, and with the mark of an engine for its name.
func (m *Model) drawWhere(c *draw.Canvas, brief brevity) {
	pipeline := m.env.Pipeline
	name := " " + pipeline.Name
	if brief == whole {
		c.Put(theme.Accent, " daybatch")
		name = " " + name
	}
	if most := c.Left() - len("  ") - m.bandWidth(brief) - leastWords - len("  live ") - wordsApart; brief >= placed && draw.Width(name) > most {
		c.Ends(theme.Strong, name, min(draw.Width(name), max(leastWords, most)))
	} else {
		c.Put(theme.Strong, name)
	}
	if n := len(m.options.Pipelines); n > 1 && m.env.Width >= 80 && brief < placed {
		c.Put(theme.Faint, fmt.Sprintf(" %d/%d", slices.Index(m.options.Pipelines, m.options.Pipeline)+1, n))
	}
	c.Skip(2)
	role, band := m.band(brief)
	if band != "" {
		c.Put(role, " "+band+" ")
		c.Skip(1)
	}
	if m.remote() && brief < placed {
		c.Put(theme.Plain, pipeline.Place)
		c.Skip(2)
	}
	if brief < abridged {
		m.drawLink(c, brief)
	} else {
		m.drawTrouble(c)
	}
	if m.env.ReadOnly {
		c.Put(theme.Gate, "  READ-ONLY")
	}
}

// band returns what stands out beside the pipeline: the engine, what it must not be taken
// for, and where room is scarce its place.
func (m *Model) band(brief brevity) (theme.Role, string) {
	pipeline := m.env.Pipeline
	role := theme.Band
	var words []string
	switch {
	case brief > whole && pipeline.Mark != "", brief >= placed:
	default:
		words = append(words, strings.ToUpper(pipeline.Engine))
	}
	if pipeline.Production {
		role = theme.Alarm
		word := "PRODUCTION"
		if brief >= placed {
			word = word[:len("PROD")]
		}
		words = append(words, word)
	}
	if pipeline.Mark != "" {
		role = theme.Alarm
		words = append(words, pipeline.Mark)
	}
	switch {
	case brief == placed:
		words = append(words, pipeline.Place)
	case brief > placed:
		words = append(words, abridge(pipeline.Place))
	}
	return role, strings.Join(words, " ")
}

func (m *Model) bandWidth(brief brevity) int {
	_, band := m.band(brief)
	return draw.Width(band) + len("  ")
}

// abridge leaves of the number of an account, after its region, the last four digits.
func abridge(place string) string {
	const digits = 4
	region, account, ok := strings.Cut(place, " ")
	if !ok || len(account) <= digits {
		return place
	}
	return region + " .." + account[len(account)-digits:]
}

// narrowBand is band where there is room for little: of a pipeline of this machine only
// what sounds an alarm.
func (m *Model) narrowBand() (theme.Role, string) {
	if m.remote() {
		return m.band(abridged)
	}
	words := []string{}
	if m.env.Pipeline.Production {
		words = append(words, "PRODUCTION")
	}
	if m.env.Pipeline.Mark != "" {
		words = append(words, m.env.Pipeline.Mark)
	}
	return theme.Alarm, strings.Join(words, " ")
}

// drawBand draws what stands out where there is no header, and returns how wide it is.
func (m *Model) drawBand(c *draw.Canvas) int {
	role, band := m.narrowBand()
	if band == "" {
		return 0
	}
	c.Put(role, " "+band+" ")
	return draw.Width(band) + len("  ")
}

// drawName writes the page's own words, and where the pipeline is if there is room and
// it must not stand there anyhow.
func (m *Model) drawName(c *draw.Canvas, shown page.Page) {
	words := m.words(shown, c.Left())
	reserved := ansi.StringWidth(words) + 1
	if zone := m.zoneName(); c.Left()-reserved > len(zone)+2 {
		c.Put(theme.Faint, "  "+zone)
	}
	if room := c.Left() - reserved - 4; room > 10 && !m.remote() {
		c.Skip(2)
		c.Put(theme.Faint, tail(m.env.Effects.Tilde(m.env.Pipeline.Place), room))
	}
	c.To(m.env.Width - reserved)
	c.Append([]string{words})
}

// tail returns the end of a path, where its name is.
func tail(path string, width int) string {
	if cells := draw.Width(path); cells > width {
		return ".." + ansi.TruncateLeft(path, cells-width+2, "")
	}
	return path
}

// drawLink says whether changes arrive. Times of day, as counts would stand still on a
// screen that nothing moves.
func (m *Model) drawLink(c *draw.Canvas, brief brevity) {
	at := func(t time.Time, form string) string { return t.In(m.env.Zone).Format(form) }
	wide := m.env.Width >= boardWidth && brief < short
	switch {
	case m.login.expired:
		c.Put(theme.Bad, "login expired")
		if !m.link.since.IsZero() && brief < placed {
			c.Put(theme.Plain, ", stale "+draw.Ago(m.wall.Sub(m.link.since)))
		}
	case m.link.live:
		c.Put(theme.Good, "live")
		if wide && !m.link.looked.IsZero() {
			c.Put(theme.Faint, ", read "+at(m.link.looked, "15:04"))
		}
	case m.link.err != nil:
		c.Put(theme.Bad, "stale "+draw.Ago(m.wall.Sub(m.link.since)))
		if wide {
			c.Put(theme.Plain, ", next try "+at(m.link.retry, "15:04:05"))
		}
		if brief < placed {
			c.Put(theme.Plain, ": "+page.Why(m.link.err))
		}
	default:
		c.Put(theme.Faint, "connecting")
	}
	if total, ended, _ := m.planned(); total > 0 && m.env.Width >= 80 && brief < short {
		c.Put(theme.Busy, fmt.Sprintf("  %d/%d dates", ended, total))
	}
}

// drawTrouble says in a few cells that changes do not arrive, if they do not.
func (m *Model) drawTrouble(c *draw.Canvas) {
	switch {
	case m.login.expired:
		c.Put(theme.Bad, "login!")
	case !m.link.live && m.link.err != nil:
		c.Put(theme.Bad, "!"+draw.Ago(m.wall.Sub(m.link.since)))
	}
}

// boardWidth is the width from which on there is room for the dashboard, and for words.
const boardWidth = 100

// drawBoard says since when forecasts are worse than expected, if they are, and how
// far the dashboard is, if there is one.
func (m *Model) drawBoard(c *draw.Canvas, brief brevity) {
	board := m.board
	switch since := board.Drift.Since.String()[len("2006-"):]; {
	case !board.Drift.Lasts():
	case m.env.Width >= boardWidth && brief < short:
		c.Put(theme.Bad, "  drift since "+since)
	case m.env.Width >= 80 && brief < short:
		c.Put(theme.Bad, "  drift "+since)
	default:
		c.Put(theme.Bad, "  drift")
	}
	switch {
	case m.env.Width < boardWidth || brief >= short:
	case board.Err != nil:
		c.Put(theme.Gate, "  dashboard ?")
	case board.Name == "":
	case board.Reason != "":
		c.Put(theme.Bad, fmt.Sprintf("  dashboard %d behind", board.Behind))
	case board.Refreshing:
		c.Put(theme.Busy, "  dashboard refreshing")
	case board.Behind > 0:
		c.Put(theme.Gate, fmt.Sprintf("  dashboard %d behind", board.Behind))
	case !board.Read.IsZero():
		c.Put(theme.Faint, "  dashboard "+draw.Ago(m.env.Now.Sub(board.Read))+" old")
	}
}
