package palette

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// dryRun is the option of verbs that change something by which they only show what they
// would do.
const dryRun = "dry-run"

// global is an option that every verb of the command line has, as it stands in a line
// that was written for a shell.
type global struct{ name, value string }

// pasted takes a line apart that begins with the program's name, as a shell does: what
// the verb and its words are, and the options that every verb has. Another line is as it
// was typed.
func pasted(line string) (bare string, globals []global, err error) {
	line = strings.TrimSpace(line)
	rest, ours := strings.CutPrefix(line, "daybatch ")
	if !ours {
		return line, nil, nil
	}
	fields, err := split(rest)
	if err != nil {
		return "", nil, err
	}
	var words []string
	for at := 0; at < len(fields); at++ {
		name, value, given := strings.Cut(fields[at], "=")
		long, wants := everywhere(name)
		switch {
		case long == "":
			words = append(words, page.Quote(fields[at]))
			continue
		case wants && !given && at+1 == len(fields):
			return "", nil, fmt.Errorf("%s wants a value", name)
		case wants && !given:
			at++
			value = fields[at]
		}
		globals = append(globals, global{long, value})
	}
	return strings.Join(words, " "), globals, nil
}

// everywhere returns the whole name of an option that every verb has, and whether it
// wants a value; empty: it is none.
func everywhere(name string) (long string, wants bool) {
	switch name {
	case "--yes", "--no-input", "--read-only", "--ascii":
		return name, false
	case "-y":
		return "--yes", false
	case "--project", "--output", "--profile", "--region":
		return name, true
	case "-o":
		return "--output", true
	default:
		return "", false
	}
}

// heed does what an option says that every verb has: nothing, if it says what is so here
// anyway. Else it says why it can't.
func (p *Page) heed(flag global, c command) error {
	switch flag.name {
	case "--yes", "--no-input": // a plan or a question comes first, and asks for no more
	case "--read-only":
		if c.changes {
			return fmt.Errorf("--read-only refuses to %s: without it a plan or a question comes first", c.name)
		}
	case "--ascii":
		if p.env.Theme.Charset != theme.ASCII {
			return errors.New("--ascii is for a shell: here set ascii on shows no other characters")
		}
	case "--output":
		if flag.value != "table" {
			return fmt.Errorf("--output %s is for a shell: here export FILE.%s writes the rows that are shown", flag.value, flag.value)
		}
	case "--project":
		return p.heedProject(flag.value)
	case "--profile":
		return other("profile", flag.value, p.env.Account.Profile)
	case "--region":
		return other("region", flag.value, p.env.Account.Region)
	}
	return nil
}

// heedProject takes the directory of the project that is open, as a shell takes it.
func (p *Page) heedProject(dir string) error {
	named, open := filepath.Clean(dir), p.env.Effects.Tilde(p.env.Project)
	if !filepath.IsAbs(named) && named != open {
		named = filepath.Join(p.env.Dir, named)
	}
	name := filepath.Base(named)
	switch {
	case named == p.env.Project, named == open:
		return nil
	case filepath.Dir(named) == filepath.Dir(p.env.Project) && slices.Contains(p.env.Beside, name):
		return fmt.Errorf("--project %s is another pipeline: pipeline %s shows it", dir, name)
	default:
		return fmt.Errorf("--project %s is not open here, but %s: run the line in a shell", dir, open)
	}
}

// other says how to turn to another account than the one that is shown.
func other(what, name, now string) error {
	if name == now {
		return nil
	}
	return fmt.Errorf("--%s %s is not what is shown: %s %s turns to it, and then the line works", what, name, what, name)
}
