package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/page"
)

func jan(n int) calendar.Date { return calendar.Of(2026, time.January, n) }

// month is three weeks with one day of each kind, the newest on top: 20 runs,
// 19 was gated, 18 failed, 17 is missing, 16 was stopped, 15 waits for its
// source, 14 is unknown, 13 took a second attempt.
func month(f *enginetest.Fake) {
	calm(f)
	f.Seed(jan(20), enginetest.RunningAt(forecast.Train))
}

// calm is the month before its newest date has begun.
func calm(f *enginetest.Fake) {
	for d := calendar.Of(2025, time.December, 1); d <= jan(12); d++ {
		f.Seed(d, enginetest.Made())
	}
	failed := enginetest.FailedAt(forecast.PreProc, "series van kanto: 3 duplicate rows on 2026-01-11")
	failed.Steps[forecast.Extract] = enginetest.Behaviour{Log: []string{"open orders", "6,570 rows", "series compact", "series kei", "series van"}}
	f.Seed(jan(13), enginetest.FailedAt(forecast.Train, "out of memory"), enginetest.Made())
	f.Seed(jan(14), enginetest.LostAt(forecast.Train))
	f.Seed(jan(15), enginetest.Lacked("no rows for 2026-01-15"))
	f.Seed(jan(16), enginetest.StoppedAt(forecast.Predict))
	f.SeedFallback(jan(17), jan(13))
	f.Seed(jan(18), failed)
	f.Seed(jan(19), enginetest.Refused("wape 0.412 > 0.350: seasonal_naive 0.371 is better", forecast.Measures{
		"wape": 0.412, "mase": 1.18, "bias": 0.12, forecast.CoverageName(80): 0.71,
	}))
	f.SetStale(jan(10))
}

func TestOpenADayThatFailed(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.ExpectPage(page.Days).ExpectCursor("2026-01-20").ExpectLine("Gated", "0.412")
		p.Press("2*j").ExpectCursor("2026-01-18").
			Expect("Failed  PreProc: series van kanto: 3 duplicate rows")
		p.Press("enter").ExpectPage(page.Day).ExpectCursor("PreProc").
			ExpectLine("why", "series van kanto: 3 duplicate rows").
			Expect("R starts again from this step", "no partition")
		p.Press("l").ExpectPage(page.Logs).Expect("PreProc", "ENDED complete", "error: series van kanto")
		p.Press("esc").ExpectPage(page.Day).Press("esc").ExpectPage(page.Days).ExpectCursor("2026-01-18")
	})
}

func TestAttemptsOfADay(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("7*j enter").Expect("attempt 2/2").ExpectLine("<2>", "Succeeded")
		p.Press("[").Expect("attempt 1/2").ExpectLine("<1>", "Failed").ExpectLine("why", "out of memory").
			Expect("published is generation").ExpectCursor("Train")
		p.Press("2").Expect("attempt 2/2").Press("p").ExpectLine("cause", "schedule by serve on forge")
	})
}

func TestSearchALog(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("2*j L").ExpectPage(page.Logs).Expect("all steps", "open orders")
		p.Press("/").Type("series").Expect("/series", "match 1 of 5")
		p.Press("enter n").Expect("match 2 of 5").Press("3*n").Expect("match 5 of 5")
		p.Press("n").Expect("match 1 of 5").Press("N").Expect("match 5 of 5")
		p.Press("x").Expect("matches only").ExpectNot("open orders")
		p.Press("esc").ExpectPage(page.Logs).Expect("open orders").ExpectNot("match 5")
		p.Press("n").Expect("nothing is searched for")
		p.Press("/").Type("se[r").Press("ctrl+r").Expect("missing closing ]").
			Press("3*backspace").Type("[e]ries v").Expect("match 2 of 2")
	})
}

// The zone of the times changes at once, in the head and in the lines.
func TestZoneOfALog(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("2*j enter l").ExpectLine("06:00:03.000", "1,095 days").Expect("2026-01-19 06:00:03-06:00:05 JST")
		p.Press("z").ExpectLine("21:00:03.000", "1,095 days").Expect("2026-01-18 21:00:03-21:00:05 UTC")
		p.Press("z").ExpectLine("06:00:03.000", "1,095 days")
	})
}

func TestFollowAndPause(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: func(f *enginetest.Fake) {
		f.Seed(jan(20), enginetest.RunningAt(forecast.Train))
	}}, func(p *script) {
		p.Press("l").ExpectPage(page.Logs).Expect("FOLLOW", "train 6 series, 5 origins").ExpectNot("van kanto: theta")
		p.Press("p").Expect("PAUSED +0 new")
		p.Advance(10 * time.Second).Expect("PAUSED +2 new")
		p.Press("f").Expect("FOLLOW", "kei kanto")
		p.Advance(time.Minute).Expect("ENDED complete", "van kanto: theta")
		p.Press("esc").ExpectLine("2026-01-20", "Succeeded")
	})
}

func TestMetricsOfAGatedDay(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("j m").ExpectPage(page.Metrics).
			Expect("evaluated failed").
			ExpectLine("wape", "0.412", "0.350!", "0.271", "52 % worse").
			ExpectLine("failed", "wape 0.412 > 0.350").
			ExpectLine("coverage 80", "71 %").
			Expect("compact kansai")
		p.Press("s").Expect("series by wape").Press("/").Type("kei").Expect("2 of 6 series").ExpectNot("van kanto")
		p.Press("esc").ExpectPage(page.Metrics).Expect("van kanto")
		p.Press("[").Expect("2026-01-18", "has no evaluation", "did not get as far as its evaluation")
		p.Press("2*]").Expect("did not get as far").Press("]").Expect("2026-01-21 is not due yet")
	})
}

func TestRerunFromTheFailedStep(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, drive: true}, func(p *script) {
		p.Press("2*j R").ExpectPage(page.Request).Expect("RERUN", "only a plan so far", "RUN 1", "starts at PreProc", "daybatch rerun 2026-01-18")
		p.ExpectCalls("Apply", 0).Press("esc").ExpectPage(page.Days).ExpectLine("2026-01-18", "Failed").ExpectCalls("Apply", 0)
		p.Press("R").Press("right").ExpectNot("starts at PreProc").Expect("daybatch rerun 2026-01-18 --whole").Press("left")
		p.ExpectCalls("Apply", 0)
		p.Press("enter").ExpectPage(page.Progress).ExpectCalls("Apply", 1).ExpectLine("2026-01-18", "Running").Expect("0 of 1 ended")
		p.Advance(5*time.Minute).Expect("Ended succeeded", "1 of 1 ended")
		p.Press("enter").ExpectPage(page.Day).ExpectLine("Extract", "Reused").Expect("attempt 2/2")
		p.Press("2*esc").ExpectPage(page.Days).ExpectLine("2026-01-18", "Succeeded")
	})
}

// The form starts with the pipeline's chunk, and the command says what is typed.
func TestChunkOfABackfill(t *testing.T) {
	t.Parallel()
	definition := enginetest.DemoDefinition()
	definition.Limits.Chunk = 4
	play(t, scene{seed: month, engine: enginetest.FakeOptions{Definition: definition}}, func(p *script) {
		p.Press("B").ExpectLine("chunk", "4", "dates that one process works through").Expect("--max-active 2 --chunk 4")
		p.Press("5*tab backspace").Expect(`chunk: "" is not a number of dates`).ExpectNot("same as")
		p.Type("7").Expect("--max-active 2 --chunk 7").Press("enter").ExpectPage(page.Progress).ExpectCalls("Apply", 1)
		plans, err := p.fake.Plans(t.Context())
		if err != nil || len(plans) != 1 || plans[0].Request.Chunk != 7 {
			t.Errorf("applied %+v, %v; want a plan with a chunk of 7", plans, err)
		}
	})
	play(t, scene{seed: month, engine: enginetest.FakeOptions{Definition: definition}, kind: "sagemaker"}, func(p *script) {
		p.Press("B").ExpectLine("chunk", "4", "dates that one job works through")
	})
}

// That the inputs of a date changed stands where the date is, not only as a flag.
func TestStaleDay(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, width: 200, height: 50}, func(p *script) {
		p.ExpectLine("2026-01-10", "Succeeded", "Stale", "its inputs changed since")
		p.Press("10*j enter").ExpectPage(page.Day).ExpectLine("stale", "its inputs changed since: a rerun may differ")
	})
}

// Where a rerun starts is the plan's to say: the source may have changed.
func TestWhereARerunStarts(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: func(f *enginetest.Fake) {
		month(f)
		f.Break(jan(18), forecast.Extract, "data/orders.csv changed since")
	}}, func(p *script) {
		p.Press("2*j enter").Expect("R starts again from this step,", "or earlier if the source or the definition changed")
		p.Press("R").Expect("data/orders.csv changed since -> whole date")
	})
}

// A date that the schedule started says so once; a plan counts its dates, and
// those whose source has no rows apart from those that failed.
func TestWaitingIsNoFailure(t *testing.T) {
	t.Parallel()
	play(t, scene{drive: true, seed: func(f *enginetest.Fake) {
		scheduled := enginetest.Made()
		scheduled.Actor, scheduled.Cause = "schedule", forecast.CauseSchedule
		f.Seed(jan(20), scheduled)
		f.SetScript(jan(19), forecast.Extract, enginetest.Lacks("no rows for 2026-01-19"))
	}}, func(p *script) {
		p.Press("enter").ExpectLine("by schedule").ExpectNot("(schedule)").Press("p").ExpectLine("cause", "schedule on forge").Press("2*esc")
		p.Press("j R").Expect("RUN 1").Press("enter").Expect("0/1 dates").Advance(5 * time.Minute)
		p.Expect("1 waiting for the source", "1 of 1 ended").ExpectNot("not succeeded").ExpectLine("2026-01-19", "Waiting")
	})
}

// What must be known of all that is shown is said at first.
func TestNotes(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, engine: enginetest.FakeOptions{Notes: []string{"the disk is full"}}}, func(p *script) {
		p.Expect("the disk is full").Press("j").ExpectNot("the disk is full")
	})
}

// On a narrow screen a notice is said in fewer words, not cut in the midst of them.
func TestNoticeFits(t *testing.T) {
	t.Parallel()
	const whole = "SIMULATED: this machine answers, not AWS; while jobs run the account's time passes 300 times as fast"
	for _, s := range []size{{60, 16}, {80, 24}, {160, 50}} {
		play(t, scene{seed: month, width: s.width, height: s.height, engine: enginetest.FakeOptions{Notes: []string{whole}}}, func(p *script) {
			p.Expect("SIMULATED: this machine answers, not AWS")
			if wide := s.width > len(whole); strings.Contains(p.Screen(), "not AWS  ") == wide || strings.Contains(p.Screen(), whole) != wide {
				t.Errorf("at %d columns the notice is\n%s\nwant it whole or its first sentence", s.width, p.Screen())
			}
			p.Press("j R s").ExpectLine("saved: :plan ", " opens it again")
			if strings.Contains(p.Screen(), "backfill apply") != (s.width > 80) {
				t.Errorf("at %d columns the screen is\n%s\nwant the command there if it fits", s.width, p.Screen())
			}
		})
	}
}

// What the engine is not is said on every screen, also on the smallest.
func TestMark(t *testing.T) {
	t.Parallel()
	for _, s := range []size{{40, 10}, {80, 24}, {200, 60}} {
		play(t, scene{seed: month, width: s.width, height: s.height, engine: enginetest.FakeOptions{Mark: "SIMULATED"}}, func(p *script) {
			for _, keys := range []string{"j", "enter", "esc l", "esc m", "esc B", "esc P"} {
				p.Press(keys).Expect("SIMULATED")
			}
		})
	}
}

// A command that is wider than the screen goes on in further lines, as a shell
// takes it.
func TestCommandIsShownWhole(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, width: 80, height: 24}, func(p *script) {
		p.Press("B 2*tab 2*right").ExpectLine("same as", "daybatch backfill --from 2025-12-22 --to 2026-01-20 --mode all \\").ExpectLine("--max-active 2 --chunk 1")
	})
}

func TestRerunARange(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("j V 3*j").Expect("4 selected").Press("R").Expect("4 dates, 2026-01-16 to 2026-01-19", "RUN 4")
		p.Press("esc").Expect("4 selected").Press("esc").ExpectPage(page.Days).ExpectNot("selected")
		p.Press("* R").Expect("daybatch rerun 2026-01-18")
	})
}

func TestBackfill(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("B").ExpectPage(page.Request).Expect("BACKFILL", "RUN 1", "--mode missing")
		p.Press("2*tab right").Expect("--mode missing-and-failed").ExpectNot("RUN 1 ")
		p.Press("right").Expect("--mode all").Press("2*left").Expect("RUN 1 ")
		p.Press("up").Type("x").Expect("2026-01-20x", "is no date: write YYYY-MM-DD, MM-DD, today").ExpectNot("same as")
		p.Press("enter").ExpectCalls("Apply", 0).ExpectPage(page.Request)
		p.Press("backspace enter").ExpectPage(page.Progress).ExpectCalls("Apply", 1).Expect("backfill plan")
	})
}

func TestAPlanThatRunsNothing(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("7*j V 2*j B").Expect("RUN 0", "SKIP 3", "nothing to run", "nothing to do: this plan runs no date").
			ExpectNot("time unknown")
		p.Press("enter").ExpectPage(page.Request).ExpectCalls("Apply", 0).Expect("this plan runs nothing")
		p.Press("s").ExpectPage(page.Request).Expect("this plan runs nothing: there is nothing to keep")
	})
}

func TestCountsOfAPlan(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("7*j V j B").Press("ctrl+u").Type("2026-01-13").Expect("SKIP  1 date:").
			ExpectLine("BACKFILL", "1 in range").ExpectNot("1 dates").Press("esc R").ExpectNot("1 dates")
	})
}

func TestStopARunningDay(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("X").ExpectPage(page.Confirm).Expect("Stop Tue 2026-01-20, attempt 1?", "nothing of it is published")
		p.Press("esc").ExpectPage(page.Days).ExpectCalls("Stop", 0)
		p.Press("X enter").ExpectPage(page.Days).ExpectCalls("Stop", 1).Expect("stopped: the attempt publishes nothing")
		p.Advance(time.Minute).ExpectLine("2026-01-20", "Stopped")
		p.Press("X").ExpectPage(page.Days).Expect("2026-01-20 is not running")
	})
}

func TestStopThatFails(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.fake.FailNext("Stop", errors.New("state store is locked"))
		p.Press("X enter").Expect("stop 2026-01-20: state store is locked")
	})
}

func TestProductionAsksForItsName(t *testing.T) {
	t.Parallel()
	production := enginetest.DemoDefinition()
	production.Production = true
	play(t, scene{engine: enginetest.FakeOptions{Definition: production}, seed: month}, func(p *script) {
		p.Expect("PRODUCTION").Press("2*j R").Expect("type demand-daily to start")
		p.Press("enter").ExpectCalls("Apply", 0).Expect("production: type demand-daily, then enter")
		p.Type("demand").Press("enter").ExpectCalls("Apply", 0).Type("-daily").Press("enter").ExpectCalls("Apply", 1)
		p.Advance(time.Second).Press("esc 2*k X").ExpectPage(page.Confirm).Expect("type demand-daily to confirm")
		p.Press("enter").ExpectCalls("Stop", 0).Type("demand-daily").Press("enter").ExpectCalls("Stop", 1)
	})
}

// The name of a production pipeline can be typed wherever the focus is: none of its
// letters does anything else, and the dates stay as they are.
func TestProductionTakesItsName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"demand-daily", "try-sales?", "?:q/jks"} {
		for _, lead := range []string{"2*j R", "2*j R tab", "2*j R 2*tab", "B", "B tab", "B 2*tab", "B 4*tab", "B 5*tab"} {
			definition := enginetest.DemoDefinition()
			definition.Pipeline, definition.Production = name, true
			play(t, scene{engine: enginetest.FakeOptions{Definition: definition}, seed: month}, func(p *script) {
				p.Press(lead).ExpectPage(page.Request).ExpectLine("PRODUCTION", "type "+name+" to start: ____")
				before := p.fake.Calls("Plan")
				p.Type(name).ExpectPage(page.Request).ExpectLine("▸PRODUCTION", "type "+name+" to start: "+name)
				p.ExpectCalls("PlanByID", 0).ExpectCalls("Plan", before).Press("enter").ExpectCalls("Apply", 1)
			})
		}
	}
	definition := enginetest.DemoDefinition()
	definition.Production = true
	play(t, scene{engine: enginetest.FakeOptions{Definition: definition}, seed: month}, func(p *script) {
		p.Press("B ctrl+u").Type("yesterday").Expect("Tue 2026-01-20").Press("2*tab right").Expect("(o) missing, failed").Type("d").ExpectLine("to start: d")
	})
}

// TestProductionWithNothingToDo: a plan that runs nothing asks for no name, and takes
// the focus back from where one was typed.
func TestProductionWithNothingToDo(t *testing.T) {
	t.Parallel()
	production := enginetest.DemoDefinition()
	production.Production = true
	play(t, scene{engine: enginetest.FakeOptions{Definition: production}, seed: month}, func(p *script) {
		p.Press("B ctrl+u").Type("2026-01-13").Press("tab ctrl+u").Type("2026-01-13").Expect("nothing to do: this plan runs no date").ExpectNot("to start:")
		p.Press("enter").ExpectCalls("Apply", 0).Expect("this plan runs nothing")
		p.Press("backspace").Type("8").Expect("to start:", "enter starts")
	})
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, readOnly: true}, func(p *script) {
		p.Expect("READ-ONLY").ExpectNot("rerun", "backfill")
		p.Press("j R B X").ExpectPage(page.Days).Press("enter R X").ExpectPage(page.Day).Press("m R").ExpectPage(page.Metrics)
		p.Press("?").ExpectNot("rerun this date").ExpectCalls("Plan", 0)
	})
}

func TestAFailedRefreshKeepsTheDays(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.fake.FailNext("Days", errors.New("throttled"))
		p.Press("j r").ExpectLine("shown as of", "09:30:00", "read days: throttled", "r tries again").
			ExpectCursor("2026-01-19").ExpectLine("2026-01-18", "Failed")
		p.Press("r").Expect("trying again after read days: throttled").ExpectNot("shown as of").Press("k").ExpectNot("throttled")
	})
}

func TestTheCursorStaysOnItsDate(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("3*j").ExpectCursor("2026-01-17")
		p.Advance(24 * time.Hour).Press("r").ExpectCursor("2026-01-17").Expect("2026-01-21")
		p.Resize(60, 16).ExpectCursor("2026-01-17").Resize(20, 5).Resize(200, 60).ExpectCursor("2026-01-17")
	})
}

func TestHelpListsAndRuns(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("?").ExpectPage(page.Help).Expect("keys of this page", "rerun the selected dates")
		p.Type("accur").Expect(" 1 of ").Press("enter").ExpectPage(page.Metrics)
		p.Press("? esc").ExpectPage(page.Metrics)
	})
}

// Help finds what other pages do, and says what the signs mean; neither runs.
func TestHelpFindsOtherPages(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("?").Type("older generation").ExpectLine("U", "on partition: publish an older generation").Press("enter").
			ExpectPage(page.Help).Expect("only the keys of this page run here")
		p.Press("20*backspace").Type("gated").ExpectLine("\u22a0", "Gated: the metrics did not meet the criteria").Press("enter").ExpectPage(page.Help)
		p.Press("esc j m ?").Type("rows, differences").Press("enter").ExpectPage(page.Partition)
	})
}

// Whoever goes round in circles gets home in a bounded number of steps.
func TestPagesAreForgotten(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("8*j m")
		for range 15 {
			p.Press("f m")
		}
		p.ExpectPage(page.Metrics).Press("18*esc").ExpectPage(page.Metrics).Press("esc").ExpectPage(page.Days).ExpectCursor("2026-01-12")
	})
}

// e and E go to the dates over the gate, n and N to series that are worse than it, h
// turns through the measures; the plot shows the gate and what became of each gap.
func TestMetricsHistory(t *testing.T) {
	t.Parallel()
	seed := func(f *enginetest.Fake) {
		month(f)
		f.Seed(jan(5), enginetest.Refused("wape 0.390 > 0.350", forecast.Measures{"wape": 0.39, "mase": 0.9}))
	}
	play(t, scene{seed: seed, width: 80, height: 24}, func(p *script) {
		p.Press("8*j m").ExpectPage(page.Metrics).ExpectLine("2026-01-12", "evaluated passed").ExpectLine("wape", "1 over the gate").
			Expect("gate 0.350", "x").Press("e").ExpectLine("2026-01-05", "evaluated failed").Expect("0.390!").
			Press("e").Expect("no date before is over the gate").ExpectLine("2026-01-05")
		p.Press("2*E").ExpectLine("2026-01-19", "evaluated failed").Expect("0.412!").ExpectLine("?", "\u25cc", "\u2205", "\u2717").
			Press("E").Expect("no date after is over the gate")
		p.Press("h").Expect("gate 1.000", "1.180!").ExpectLine("mase 12-", "01-19").Press("h").ExpectLine("bias 12-").ExpectNot("gate 1.000")
		p.Press("n").ExpectCursor("compact kanto").Press("3*n").ExpectCursor("van kansai").Press("n").Expect("no further series is worse").Press("N").ExpectCursor("kei kanto")
		p.Press("esc j m").ExpectPage(page.Metrics).ExpectLine("bias 12-") // it was chosen
	})
	play(t, scene{seed: seed, width: 80, height: 24}, func(p *script) { // the attempt that is shown, not the last
		p.Press(":").Type("steps 2026-01-05 --attempt 1").Press("enter m").ExpectLine("2026-01-05", "evaluated passed").ExpectLine("wape", "dates").ExpectNot("0.390!").
			Press("esc ] m").ExpectLine("2026-01-05", "evaluated failed").Expect("0.390!")
	})
}
