package app_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// address is where the console of these tests shows what is asked for.
func address(q forecast.LinkQuery) (forecast.Link, error) {
	if q.Date == jan(20) {
		return forecast.Link{}, errors.New("nobody ran it")
	}
	text := fmt.Sprint(q.Kind, " ", q.Date, " ", q.Attempt, " ", q.Step)
	return forecast.Link{URL: "https://console/" + text, What: "the page of " + text}, nil
}

// Each page leads to what it shows in the console; over ssh to its address.
func TestConsoleOverSSH(t *testing.T) {
	t.Parallel()
	started := 0
	desk := effects.Desk{
		Environ: map[string]string{"SSH_TTY": "/dev/pts/1", "DISPLAY": ":0"},
		Find:    func(name string) (string, error) { return name, nil },
		Start:   func(...string) error { started++; return nil },
	}
	play(t, scene{seed: month, console: address, desk: desk}, func(p *script) {
		want := func(text string) {
			t.Helper()
			if p.clipboard != "https://console/"+text {
				t.Errorf("o copied %q; want the address of %s", p.clipboard, text)
			}
		}
		p.Press("2*j o").Expect("sent to the terminal's clipboard: https://console/step 2026-01-18 0 PreProc")
		want("step 2026-01-18 0 PreProc")
		p.Press("enter k o").ExpectPage(page.Day)
		want("step 2026-01-18 0 Extract")
		p.Press("q g 7*j enter [ G o")
		want("step 2026-01-13 1 PostProc")
		p.Press("l o").ExpectPage(page.Logs)
		want("log 2026-01-13 1 PostProc")
		p.Press("2*q m o").ExpectPage(page.Metrics)
		want("step 2026-01-13 0 ")
		p.Press("q d o").ExpectPage(page.Partition)
		want("partition 2026-01-13 0 ")
	})
	if started != 0 {
		t.Errorf("%d browsers were started on the other machine; want none", started)
	}
}

func TestConsoleInABrowser(t *testing.T) {
	t.Parallel()
	var started []string
	desk := effects.Desk{
		Environ: map[string]string{"DISPLAY": ":0"},
		Find:    func(name string) (string, error) { return name, nil },
		Start:   func(argv ...string) error { started = argv; return nil },
	}
	play(t, scene{seed: month, console: address, desk: desk}, func(p *script) {
		p.Press("2*j o").Expect("opened with xdg-open: the page of step 2026-01-18")
		if len(started) != 2 || started[1] != "https://console/step 2026-01-18 0 PreProc" || p.clipboard != "" {
			t.Errorf("started %q and copied %q; want xdg-open with the address alone", started, p.clipboard)
		}
		p.Press("g o").Expect("nobody ran it")
	})
}

// An engine without a console says so.
func TestNoConsole(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("2*j o").Expect("this engine has no console")
	})
}
