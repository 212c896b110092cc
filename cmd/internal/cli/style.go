package cli

import (
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/term"

	"github.com/daybatch/daybatch/forecast"
)

// role is what a colour stands for.
type role string

// Roles, as ANSI parameters: the Okabe-Ito colours in the 256-colour cube, which
// stay apart under colour blindness.
const (
	plain   role = ""
	good    role = "38;5;36"
	bad     role = "1;38;5;166"
	gated   role = "1;38;5;214"
	running role = "38;5;74"
	stopped role = "38;5;175"
	missing role = "38;5;178"
	faint   role = "38;5;245"
)

// mark is how a state is shown: a glyph, the same in ASCII, and a colour.
type mark struct {
	glyph, ascii string
	role         role
}

// dayMark returns the mark of a day's state.
func dayMark(state forecast.DayState) mark {
	switch state {
	case forecast.DaySucceeded:
		return mark{"✓", "+", good}
	case forecast.DayFailed:
		return mark{"✗", "X", bad}
	case forecast.DayGated:
		return mark{"⊠", "G", gated}
	case forecast.DayRunning:
		return mark{"⠋", ">", running}
	case forecast.DayStopping:
		return mark{"▫", "%", stopped}
	case forecast.DayStopped:
		return mark{"▪", "#", stopped}
	case forecast.DayWaiting:
		return mark{"◌", ".", faint}
	case forecast.DayNotDue:
		return mark{"⋅", "_", faint}
	case forecast.DayMissing:
		return mark{"∅", "-", missing}
	default:
		return mark{"?", "?", missing}
	}
}

// stepMark returns the mark of a step's status.
func stepMark(status forecast.StepStatus) mark {
	switch status {
	case forecast.StepSucceeded:
		return mark{"✓", "+", good}
	case forecast.StepFailed:
		return mark{"✗", "X", bad}
	case forecast.StepExecuting:
		return mark{"⠋", ">", running}
	case forecast.StepStarting:
		return mark{"⠂", ":", running}
	case forecast.StepStopping:
		return mark{"▫", "%", stopped}
	case forecast.StepStopped:
		return mark{"▪", "#", stopped}
	case forecast.StepReused:
		return mark{"=", "=", good}
	case forecast.StepSkipped:
		return mark{"⊘", "s", faint}
	default:
		return mark{"◌", ".", faint}
	}
}

// style says how standard output may look.
type style struct {
	colour bool
	ascii  bool
	width  int // of the terminal; 0: no terminal
}

func newStyle(env Env, ascii bool) style {
	environ := environment(env.Environ)
	name := environ["TERM"]
	s := style{ascii: ascii || name == "linux" || name == "dumb"}
	if isTerminal(env.Stdout) {
		s.width = terminalWidth(env.Stdout)
		s.colour = environ["NO_COLOR"] == "" && name != "dumb" && name != ""
	}
	return s
}

// paint colours text.
func (s style) paint(r role, text string) string {
	if !s.colour || r == plain || text == "" {
		return text
	}
	return "\x1b[" + string(r) + "m" + text + "\x1b[0m"
}

// state shows a mark with the word of the state.
func (s style) state(m mark, word string) string {
	return s.paint(m.role, s.glyph(m)+" "+word)
}

func (s style) glyph(m mark) string {
	if s.ascii {
		return m.ascii
	}
	return m.glyph
}

// steps shows the marks of steps in one cell.
func (s style) steps(steps []forecast.Step) string {
	var cell strings.Builder
	for _, step := range steps {
		m := stepMark(step.Status)
		cell.WriteString(s.paint(m.role, s.glyph(m)))
	}
	return cell.String()
}

// descriptor is a stream with a file behind it.
type descriptor interface{ Fd() uintptr }

func isTerminal(stream any) bool {
	file, ok := stream.(descriptor)
	return ok && term.IsTerminal(file.Fd())
}

// fallbackWidth is assumed of a terminal that doesn't say.
const fallbackWidth = 80

func terminalWidth(stream io.Writer) int {
	file, ok := stream.(descriptor)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(file.Fd())
	if err != nil || width <= 0 {
		return fallbackWidth
	}
	return width
}

// environment returns the variables by name.
func environment(environ []string) map[string]string {
	named := make(map[string]string, len(environ))
	for _, variable := range slices.Backward(environ) {
		if name, text, ok := strings.Cut(variable, "="); ok {
			if _, later := named[name]; !later {
				named[name] = text
			}
		}
	}
	return named
}
