package app_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/app"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// Another pipeline is shown by its number or its name; here that ends the
// program, and its caller shows the other.
func TestPipelinesSideBySide(t *testing.T) {
	t.Parallel()
	beside := []string{"demand", "returns", "spares"}
	tests := []struct{ name, keys, line, want string }{
		{"by number", "3", "", "spares"},
		{"by name", ":", "pipeline returns", "returns"},
		{"by its begin", ":", "pipeline sp", ""},
		{"the same", "1", "", ""},
		{"a number too many", "4", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			play(t, scene{seed: month, beside: beside}, func(p *script) {
				p.ExpectLine("demand-daily 1/3").Press(tt.keys)
				if tt.line != "" {
					p.Type(tt.line).Press("enter")
				}
				if got := p.model.Next().Pipeline; got != tt.want || p.quit != (tt.want != "") {
					t.Errorf("next pipeline %q, ended %v; want %q", got, p.quit, tt.want)
				}
			})
		})
	}
}

// A pipeline that is alone has no number, and no key for it.
func TestOnePipeline(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.ExpectNot("1/1").Press("1").ExpectNot("beside").Press("?").Type("pipeline").ExpectNot("side by side")
	})
}

// morning are pipelines as their operator finds them: one for each thing that can be
// said of them.
func morning() scene {
	own := forecast.Partition{Generation: "0a1b2c3d"}
	states := map[string][]forecast.DayState{ // newest first
		"demand":  {forecast.DaySucceeded, forecast.DaySucceeded, forecast.DayMissing},
		"fresh":   {forecast.DayNotDue, forecast.DaySucceeded, forecast.DayGated, forecast.DaySucceeded},
		"returns": {forecast.DayFailed, forecast.DayFailed, forecast.DaySucceeded},
		"running": {forecast.DayRunning, forecast.DaySucceeded},
		"spares":  {forecast.DayMissing},
		"unborn":  {forecast.DayNotDue},
	}
	look := func(ctx context.Context, name string, _ int) (effects.Glance, error) {
		switch name {
		case "broken":
			return effects.Glance{}, errors.New("open broken: daybatch.yaml:3:1: bogus: unknown key")
		case "slow":
			<-ctx.Done()
			return effects.Glance{}, ctx.Err()
		}
		glance := effects.Glance{Name: name, Pipeline: forecast.Pipeline{Name: name + "-daily", Engine: "local", Timezone: "Asia/Tokyo", Production: name == "returns"}}
		for i, state := range states[name] {
			day := forecast.Day{Date: jan(20) - calendar.Date(i), State: state}
			if state == forecast.DaySucceeded {
				day.Partition = own
			}
			if state == forecast.DayFailed {
				day.Reason = forecast.Reason{Text: "Extract: no such file: orders.csv"}
			}
			glance.Days = append(glance.Days, day)
		}
		return glance, nil
	}
	return scene{seed: month, glance: look, beside: []string{"demand", "fresh", "returns", "running", "spares", "unborn", "broken", "slow"}}
}

// TestPipelinesPage goes through the pipelines of a morning.
func TestPipelinesPage(t *testing.T) {
	t.Parallel()
	s := morning()
	s.width, s.height = 80, 24
	play(t, s, func(p *script) {
		p.Press("0").ExpectPage(page.Overview).ExpectCursor("demand").
			ExpectLine("demand", "fresh", "Tue 2026-01-20").ExpectLine("fresh", "Mon 2026-01-19").
			ExpectLine("returns", "2d behind", "Failed").ExpectLine("running", "1d behind", "Running").
			ExpectLine("spares", "no forecast").ExpectLine("unborn", "none due").ExpectLine("broken", "not read").ExpectLine("slow", "reading")
		p.Press("e").ExpectCursor("returns").Expect("orders.csv", "production", "last good Sun 2026-01-18")
		p.Press("3*e").ExpectCursor("broken").Expect("bogus: unknown key")
		p.Press("/").Type("behind").Press("enter").Expect("2 of 8").ExpectCursor("running").Press("k").ExpectCursor("returns")
		p.Press("esc").ExpectCursor("returns").Press("?").Type("fresh").Expect("next pipeline that is not fresh").Press("esc").ExpectPage(page.Overview)
		p.Press("enter")
		if got := p.model.Next().Pipeline; got != "returns" || !p.quit {
			t.Errorf("next pipeline %q, ended %v; want returns", got, p.quit)
		}
	})
}

// The page reads its pipelines again by itself, and keeps what it has read where that
// fails; its own pipeline leads to the days that lie below it.
func TestPipelinesReadAgain(t *testing.T) {
	t.Parallel()
	s := morning()
	look, reads, lost := s.glance, 0, false
	s.beside = s.beside[:3]
	s.glance = func(ctx context.Context, name string, last int) (effects.Glance, error) {
		if name != "returns" {
			return look(ctx, name, last)
		}
		if reads++; lost {
			return effects.Glance{}, errors.New("read days: no route to host")
		}
		return look(ctx, name, last)
	}
	play(t, s, func(p *script) {
		p.Press(":").Type("pipelines").Press("enter").ExpectLine("returns", "2d behind")
		lost = true
		p.Advance(time.Minute).Pass().Press("2*j").ExpectLine("returns", "2d behind").Expect("no route to host")
		if reads != 2 {
			t.Errorf("returns was read %d times in a minute; want 2", reads)
		}
		lost = false
		p.Press("r").ExpectNot("no route to host").Press("2*k enter").ExpectPage(page.Days)
	})
}

// A pipeline that is alone is told how it would not be.
func TestPipelinesAlone(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("0").ExpectPage(page.Days).Press(":").Type("pipelines").Press("enter").Expect("This pipeline is alone").Press("esc").ExpectPage(page.Days)
	})
}

// What was set of the screen stays with a person who turns to another pipeline, or to
// another account, and was set by whatever key; the rest is as each pipeline had it.
func TestScreenStaysAsItWasSet(t *testing.T) {
	t.Parallel()
	turned := app.Next{Pipeline: "returns", Screen: app.Screen{Theme: "light", Zone: "utc", Mouse: "on", ASCII: "on"}}
	beside := []string{"demand", "returns"}
	play(t, scene{seed: month, beside: beside}, func(p *script) {
		p.Press(":").Type("set theme light").Press("enter").Press(":").Type("ascii on").Press("enter").Press("ctrl+t").Press(":").Type("zone utc").Press("enter")
		p.Press(":").Type("pipeline returns").Press("enter")
		if got := p.model.Next(); got != turned {
			t.Errorf("next is %+v; want %+v", got, turned)
		}
	})
	play(t, scene{seed: month, beside: beside, screen: turned.Screen, session: app.Session{Zone: app.LocalZone}}, func(p *script) {
		p.Press(":").Type("set").Press("enter").Expect("theme light, zone utc, mouse on, ascii on").ExpectNot("\u2713")
		p.Press(":").Type("ascii off").Press("enter").Expect("\u2713").Press("2")
		if got := p.model.Next().Screen; got != (app.Screen{Theme: "light", Zone: "utc", Mouse: "on", ASCII: "off"}) {
			t.Errorf("the screen after that is %+v; want what was set before, and ascii off", got)
		}
	})
	play(t, scene{seed: month, beside: beside, session: app.Session{Zone: app.UTCZone}}, func(p *script) {
		p.Press("2")
		if got := p.model.Next(); got != (app.Next{Pipeline: "returns", Screen: app.Screen{Zone: "utc"}}) {
			t.Errorf("next is %+v; want times in the zone that they are read in now", got)
		}
	})
	play(t, scene{seed: month, beside: beside, screen: app.Screen{Zone: "pipeline"}, session: app.Session{Zone: app.UTCZone}}, func(p *script) {
		p.Expect("Asia/Tokyo").ExpectNot("UTC")
	})
}
