package palette

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/tui/internal/page"
)

// execute returns the message that does what a line says. It may be a command as a
// shell takes it, with the program's name.
func (p *Page) execute(line string) (tea.Msg, error) {
	line = bare(line)
	if line == "" {
		return nil, errors.New("type what to do, or esc")
	}
	c, rest, ok := p.meantBy(line)
	if !ok {
		fields := strings.Fields(line)
		if date, err := p.env.ReadDate(fields[0]); err == nil && len(fields) == 1 {
			return place(page.Day, date), nil
		}
		if fields[0] == "config" || fields[0] == "deploy" || fields[0] == "serve" || fields[0] == "init" || fields[0] == "demo" || fields[0] == "bench" {
			return nil, fmt.Errorf("%s has no page: run daybatch %s in a shell", fields[0], line)
		}
		return nil, fmt.Errorf("there is no command %q", fields[0])
	}
	if c.changes && p.env.ReadOnly {
		return nil, fmt.Errorf("read-only: %s is not there", c.name)
	}
	w := words{alone: []string{rest}}
	if !c.whole {
		var err error
		if w, err = parse(rest, c); err != nil {
			return nil, err
		}
	}
	r := &reader{env: p.env, w: w, columns: p.columns, settings: p.settings}
	msg := c.run(r, p.around)
	if err := r.end(); err != nil {
		return nil, err
	}
	return msg, nil
}

// bare returns a line without the program's name, and without what a shell is told
// because it can't be asked: here a plan or a question comes first anyway.
func bare(line string) string {
	line = strings.TrimSpace(line)
	rest, ours := strings.CutPrefix(line, "daybatch ")
	if !ours {
		return line
	}
	for _, told := range []string{" --yes", " --no-input"} {
		rest = strings.TrimSuffix(rest, told)
	}
	return strings.TrimSpace(rest)
}

// meantBy returns the command that a line begins with, of one word or two, and what
// follows its name.
func (p *Page) meantBy(line string) (c command, rest string, ok bool) {
	first, rest, _ := strings.Cut(line, " ")
	second, behind, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	if c, ok := p.command(first + " " + second); ok {
		return c, behind, true
	}
	c, ok = p.command(first)
	return c, rest, ok
}

// command returns the command of a name.
func (p *Page) command(name string) (command, bool) {
	at := slices.IndexFunc(p.commands, func(c command) bool { return c.name == name })
	if at < 0 {
		return command{}, false
	}
	return p.commands[at], true
}
