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
	line, globals, err := pasted(line)
	switch {
	case err != nil:
		return nil, err
	case line == "":
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
	for _, flag := range globals {
		if err := p.heed(flag, c); err != nil {
			return nil, err
		}
	}
	w := words{alone: []string{rest}}
	if !c.whole {
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
