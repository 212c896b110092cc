package effects

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
)

// Linked is where something is found in the console of the engine. It was opened
// with a program, or is only told: over ssh a browser would open on the other
// machine.
type Linked struct {
	forecast.Link

	With string // the program that opened it; empty: none did
	Err  error  // why there is nothing to open
}

// Link opens what is asked for in the console of the engine. It replies with a
// Linked.
func (s *Scope) Link(query forecast.LinkQuery) tea.Cmd {
	desk := s.effects.desk
	linker, ok := s.effects.engine.(forecast.Linker)
	return ask(s, call{KindLink, "find it in the console", deadline, once}, func(ctx context.Context) (Linked, error) {
		if !ok {
			return Linked{Err: fmt.Errorf("this engine has no console: %w", forecast.ErrUnsupported)}, nil
		}
		link, err := linker.Link(ctx, query)
		if err != nil {
			return Linked{Err: err}, nil //nolint:nilerr // it is said as an answer, not as a failed refresh
		}
		return Linked{Link: link, With: desk.open(link.URL)}, nil
	})
}

// open opens an address in a browser, and returns the program that does it; empty if
// none can be seen from here.
func (d Desk) open(url string) string {
	if d.Start == nil || d.remote() {
		return ""
	}
	for _, name := range d.openers() {
		if _, err := d.Find(name); err != nil {
			continue
		}
		if err := d.Start(name, url); err == nil {
			return name
		}
	}
	return ""
}

// openers are the programs that may open an address here, best first.
func (d Desk) openers() []string {
	var names []string
	if browser := d.Environ["BROWSER"]; browser != "" {
		names = append(names, browser)
	}
	if d.Environ["WSL_DISTRO_NAME"] != "" {
		names = append(names, "wslview")
	}
	if d.Environ["DISPLAY"] != "" || d.Environ["WAYLAND_DISPLAY"] != "" {
		names = append(names, "xdg-open")
	}
	if d.System == "darwin" {
		names = append(names, "open")
	}
	return names
}

// start starts a program that goes on by itself.
func start(argv ...string) error {
	command := exec.Command(argv[0], argv[1:]...) //nolint:gosec,noctx // the programs stand in this file or in BROWSER, and outlive daybatch
	if err := command.Start(); err != nil {
		return fmt.Errorf("start %s: %w", argv[0], err)
	}
	if err := command.Process.Release(); err != nil {
		return fmt.Errorf("let go of %s: %w", argv[0], err)
	}
	return nil
}

// system is the system that this program was built for.
const system = runtime.GOOS
