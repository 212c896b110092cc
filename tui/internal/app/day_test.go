package app_test

import (
	"context"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// turned is a month whose gated day chose other models for fewer series.
func turned(f *enginetest.Fake) {
	month(f)
	attempts, err := f.Executions(context.Background(), jan(19))
	if err != nil || len(attempts) != 1 {
		panic("the 19th has no attempt")
	}
	now := forecast.Evaluation{
		Date: jan(19), Execution: attempts[0].ID, Verdict: forecast.VerdictFailed, Rows: 560, Horizon: 28,
		Measures: forecast.Measures{"wape": 0.412, "mase": 1.18},
		Warnings: []string{"van kanto has 40 days without a row"},
		Input:    []string{"2 of 6 series have no value in the week up to 2026-01-19, usually 0: van kanto, van kansai"},
	}
	for i, car := range []string{"compact", "kei"} {
		for j, region := range []string{"kansai", "kanto"} {
			now.Series = append(now.Series, forecast.SeriesAccuracy{
				Series: series.MakeKey(car, region), Model: []string{"croston", "theta"}[j], Share: 0.4 - 0.1*float64(i+j),
			})
		}
	}
	f.SetEvaluation(now)
}

// What is to be known of an attempt, and what its steps say that did their work,
// stands where the attempt is.
func TestNotesOfAnAttempt(t *testing.T) {
	t.Parallel()
	seed := func(f *enginetest.Fake) {
		f.Seed(jan(20), enginetest.Past{
			Note:  "its date is assumed, as Date is AUTO; not allowed: sagemaker:DescribeTrainingJob",
			Steps: map[forecast.StepName]enginetest.Behaviour{forecast.Train: {Text: "60 training jobs"}},
		})
	}
	play(t, scene{seed: seed, width: 120, height: 30}, func(p *script) {
		p.Press("enter").ExpectPage(page.Day).ExpectLine("note", "its date is assumed").ExpectLine("note", "Train: 60 training jobs")
	})
}

// dayViews are further forms of the page of a day.
func dayViews() []view {
	return []view{
		{"day_tree", scene{seed: month}, keysTo("2*j enter t")},
		{"day_changed", scene{seed: turned}, keysTo("j enter")},
		{"day_attempts", scene{seed: func(f *enginetest.Fake) {
			month(f)
			f.Seed(jan(18), enginetest.FailedAt(forecast.Train, "out of memory"), enginetest.StoppedAt(forecast.Predict), enginetest.Made())
		}}, keysTo("2*j enter 2")},
	}
}

// What changed since the last good day stands beside the reason.
func TestWhatChanged(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: turned}, func(p *script) {
		p.Press("j enter").ExpectPage(page.Day).ExpectLine("changed", "against Tue 2026-01-13").
			Expect("series 6 -> 4 (-33 %)", "rows compared by the gate 840 -> 560", "wape 0.", "another model for 3 of 4 series",
				"new warning: van kanto has 40 days", "input: 2 of 6 series have no value")
		p.Press("m").ExpectLine("input", "2 of 6 series have no value").ExpectLine("warning", "van kanto has 40 days").Press("esc")
		p.Press("t").Expect("what needs what").ExpectLine("Predict", "reads PreProc too", "not reached: TrainEvaluation is Failed").
			ExpectNot("another model")
		p.Press("p").ExpectLine("definition").Press("esc").ExpectPage(page.Day).Expect("another model").Press("esc").ExpectPage(page.Days)
	})
}

// Of another definition it is said which keys differ.
func TestWhatChangedInTheDefinition(t *testing.T) {
	t.Parallel()
	other := enginetest.DemoDefinition()
	other.Gate.WAPE, other.Source.Query = 0.1, other.Source.Query+"\nWHERE n > 0\nAND ds > '2020-01-01'\n"
	play(t, scene{seed: func(f *enginetest.Fake) {
		f.Seed(jan(18), enginetest.Made())
		past := enginetest.Refused("wape 0.2 > 0.1", nil)
		past.Definition = &other
		f.Seed(jan(19), past)
		f.Seed(jan(20), enginetest.Made())
	}}, func(p *script) {
		p.Press("j enter").ExpectLine("definition", "->").Expect("gate.wape 0.3", "-> 0.1", "source.query: 2 lines added")
		p.Press("esc k enter").ExpectLine("changed", "against Sun 2026-01-18").ExpectNot("definition")
	})
}

// Each attempt is compared by its own numbers.
func TestAttemptsKeptApart(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: func(f *enginetest.Fake) {
		month(f)
		f.Seed(jan(18), enginetest.FailedAt(forecast.Train, "out of memory"), enginetest.StoppedAt(forecast.Predict), enginetest.Made())
	}}, func(p *script) {
		p.Press("2*j enter").Expect("attempt 4/4").ExpectLine("<4>", "Succeeded").ExpectNot("out of memory")
		p.Press("2").ExpectLine("why", "out of memory").ExpectCursor("Train").Press("ctrl+y")
		if want := "daybatch steps 2026-01-18 --attempt 2"; p.clipboard != want {
			t.Errorf("ctrl+y copied %q; want %q", p.clipboard, want)
		}
		p.Press("]").ExpectLine("<3>", "Stopped").ExpectCursor("Predict").Press("]").Press("]").ExpectLine("<4>", "Succeeded")
		p.Press("1").ExpectLine("why", "3 duplicate rows").Press("9").ExpectLine("<1>", "Failed")
	})
}

// From a day one gets to the date before and after, and to those that need a person;
// the step stays, and the ends are said.
func TestDayToDay(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("7*j enter 2*k").Expect("Tue 2026-01-13").ExpectCursor("Train").Press("{").Expect("Mon 2026-01-12").ExpectCursor("Train")
		p.Press("2*}").Expect("Wed 2026-01-14").Press("e").Expect("no earlier day within a month needs a person")
		p.Press("E").Expect("Thu 2026-01-15").Press("e").Expect("Wed 2026-01-14").Press("6*}").Expect("Tue 2026-01-20").ExpectNot("not due")
		p.Press("}").Expect("Wed 2026-01-21 is not due yet").Press("esc").ExpectPage(page.Days).ExpectCursor("2026-01-13")
	})
	play(t, scene{engine: unborn()}, func(p *script) {
		p.Press(":").Type("steps 2026-01-29").Press("enter {").Expect("the pipeline begins with Thu 2026-01-29")
	})
}

// The tree has a line for each step below which more hang, and names all that is read.
func TestTree(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("8*j enter t").ExpectLine("├─ ✓ TrainEvaluation").ExpectLine("└─ ✓ Predict").ExpectLine("   └─ ✓ PostProc")
	})
	play(t, scene{seed: month, look: theme.Options{Charset: theme.ASCII}}, func(p *script) {
		p.Press("8*j enter t").ExpectLine("+- + TrainEvaluation").ExpectLine("+- + Predict")
	})
}

// Texts that a low screen has no room for are told of, and come with pgdn.
func TestDayOnALowScreen(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, width: 60, height: 16}, func(p *script) {
		p.Press("j enter").ExpectPage(page.Day).ExpectLine("why", "TrainEvaluation: wape 0.412").ExpectLine("further line", "(pgdn)").ExpectNot("start-up and")
		p.Press("3*pgdown").Expect("start-up and").ExpectLine("above (pgup)").ExpectNot("further line").Press("3*pgup").ExpectLine("why").ExpectNot("above (pgup)")
		p.Resize(120, 40).Expect("start-up and").ExpectNot("(pgdn)", "(pgup)")
	})
}
