package app_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/app"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// stagedPlan leads to a plan that has built the 11th to the 13th and waits.
func stagedPlan(p *script) {
	p.Press("7*j V 2*j B 2*tab 2*right 4*tab right enter").Advance(10 * time.Minute)
}

// planViews are further forms of the pages of plans.
func planViews() []view {
	driven := scene{seed: month, drive: true}
	return []view{
		{"plan_staged", driven, keysTo("7*j V 2*j B 2*tab 2*right 4*tab right")},
		{"plan_stale", driven, keysTo("B 2*tab 5*right")},
		{"progress_review", driven, stagedPlan},
		{"progress_publish", driven, func(p *script) {
			stagedPlan(p)
			p.Press("U")
		}},
		{"confirm_drain", driven, func(p *script) { p.Press("j V 3*j R enter").Advance(time.Second).Press("D") }},
		{"progress_paused", driven, func(p *script) { p.Press("j V 3*j R enter").Advance(time.Second).Press("P") }},
	}
}

// A staged backfill is looked at before readers see any of it, and taken back
// as a whole.
func TestStagedBackfill(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, drive: true}, func(p *script) {
		p.Press("7*j V 2*j B").ExpectPage(page.Request).Press("2*tab 2*right").Expect("RUN 3", "replaces what readers see of 3 dates; U on a partition goes back")
		p.Press("4*tab right").Expect("once you publish it", "--mode all", "--staged")
		p.Press("enter").ExpectPage(page.Progress).Advance(10*time.Minute).Expect("Review", "3 staged", "U publishes all")
		p.Press("d").ExpectPage(page.Partition).ExpectLine("attempt 3", "unpublished").ExpectLine("attempt 2", "current").ExpectCursor("attempt 3")
		p.Press("c").Expect("6 series differ").Press("3*esc").ExpectPage(page.Days).Press("P").ExpectPage(page.Progress)
		controls := p.fake.Calls("Control")
		p.Press("U").ExpectPage(page.Confirm).Expect("3 dates built and checked", "3 dates seen by readers today").Press("esc").ExpectCalls("Control", controls)
		p.Press("U enter").ExpectCalls("Control", controls+1).Advance(time.Minute).Expect("Ended succeeded", "3 of 3 ended")
		p.Press("d").ExpectLine("attempt 3", "current").Press("esc")
		p.Press("U").Expect("Take back what this plan published?").Press("enter").Advance(time.Minute).Expect("3 rolled back")
		p.Press("d").ExpectLine("attempt 2", "current").ExpectLine("attempt 3", "was current")
	})
}

// Dates of a plan that did not succeed are asked for again from its page.
func TestRerunWhatAPlanLeft(t *testing.T) {
	t.Parallel()
	play(t, scene{drive: true, seed: func(f *enginetest.Fake) {
		month(f)
		f.SetScript(jan(18), forecast.PreProc, enginetest.Behaviour{}, enginetest.Fails("still 3 duplicate rows"), enginetest.Behaviour{})
	}}, func(p *script) {
		p.Press("2*j V j R").Expect("RUN 2").Press("enter").ExpectPage(page.Progress).Advance(time.Second).Press("R").Expect("the plan is Active: wait for its end")
		p.Advance(10*time.Minute).ExpectLine("2026-01-18", "Failed").ExpectLine("2026-01-17", "Succeeded")
		p.Press("R").ExpectPage(page.Request).Expect("RERUN", "Sun 2026-01-18", "RUN 1", "starts at PreProc").Press("ctrl+y")
		if want := "daybatch rerun 2026-01-18"; p.clipboard != want {
			t.Errorf("ctrl+y copied %q; want %q", p.clipboard, want)
		}
	})
}

// Pause, resume and drain, as the screen says they went. Draining can't be taken back,
// so it is asked for, and what is typed on is no answer.
func TestPauseResumeDrain(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, drive: true}, func(p *script) {
		p.Press("j V 4*j R enter").ExpectPage(page.Progress).Advance(time.Second).Press("P").Expect("the plan is paused", "P resumes").
			Press("P").Expect("the plan is active")
		controls := p.fake.Calls("Control")
		p.Press("D enter").ExpectPage(page.Confirm).ExpectCalls("Control", controls).
			Expect("Drain this plan?", "queued dates are cancelled for good", "1 running date goes on to the end", "daybatch backfill drain")
		p.Advance(time.Second).Press("esc").ExpectPage(page.Progress).ExpectCalls("Control", controls)
		p.Press("D").Advance(time.Second).Press("enter").Expect("the plan is draining", "Draining", "Running", "the plan was drained").ExpectNot("Queued").
			Advance(10*time.Minute).Expect("Ended", "cancelled")
		p.Press("P").Expect("the plan has ended")
	})
}

// The key that opens the page of plans pauses nothing when it is pressed twice.
func TestPlansTwice(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, drive: true}, func(p *script) {
		p.Press("j V 4*j R enter").ExpectPage(page.Progress).Advance(time.Second).Press("esc").ExpectPage(page.Days)
		controls := p.fake.Calls("Control")
		p.Press("3*P").ExpectPage(page.Progress).ExpectCalls("Control", controls).Expect("P has opened this page")
		p.Advance(time.Second).Press("P").ExpectCalls("Control", controls+1).Expect("the plan is paused")
	})
}

// In production pausing and resuming is asked for too, and draining wants the name.
func TestControlInProduction(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, drive: true, engine: production()}, func(p *script) {
		p.Press("j V 4*j R shift+tab").Type("demand-daily").Press("enter").ExpectPage(page.Progress).Advance(time.Second)
		controls := p.fake.Calls("Control")
		p.Press("P").ExpectPage(page.Confirm).Expect("Pause this plan?").Advance(time.Second).Press("esc").ExpectCalls("Control", controls)
		p.Press("P").Advance(time.Second).Press("enter").Expect("the plan is paused").ExpectCalls("Control", controls+1)
		p.Press("P").Expect("Resume this plan?").Advance(time.Second).Press("enter").Expect("the plan is active")
		p.Press("D").Expect("Drain this plan?").Advance(time.Second).Press("enter").ExpectPage(page.Confirm).Expect("type demand-daily")
		p.Type("demand-daily").Press("enter").Expect("the plan is draining").ExpectCalls("Control", controls+3)
	})
}

// The cursor stays with what runs until it is moved; e and E lead to what runs or is not
// well, and how long the plan still takes is said.
func TestFollowAPlan(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: func(f *enginetest.Fake) {
		calm(f)
		f.SetScript(jan(17), forecast.PreProc, enginetest.Fails("still 3 duplicate rows"))
	}, drive: true}, func(p *script) {
		p.Press("j V 4*j R enter").ExpectPage(page.Progress).Advance(5*time.Second).ExpectCursor("2026-01-19").ExpectLine("0 of 5 ended", "~", " left")
		p.Advance(15*time.Second).ExpectCursor("Running").ExpectLine("2026-01-19", "Succeeded")
		p.Press("g").ExpectCursor("2026-01-19").Press("e").ExpectCursor("Failed").Press("g").Advance(3 * time.Minute).ExpectCursor("2026-01-19")
		p.Advance(5 * time.Minute).Expect("Ended").ExpectNot(" left").Press("e").ExpectNot("all dates below")
		p.Press("9*e").Expect("all dates below are well").Press("9*E").Expect("all dates above are well")
	})
}

// The dates of a plan are filtered and sorted while it runs; the cursor stays on its date.
func TestArrangeAPlan(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: func(f *enginetest.Fake) {
		calm(f)
		f.SetScript(jan(17), forecast.PreProc, enginetest.Fails("still 3 duplicate rows"))
	}, drive: true}, func(p *script) {
		p.Press("j V 4*j R enter").ExpectPage(page.Progress).Advance(5 * time.Second).ExpectCursor("2026-01-19").Expect("1/5  plan 1/1")
		p.Press("/").Type("!running").ExpectCursor("Queued").Expect("3 of 5 dates").Press("enter").ExpectNot("Running ").Expect("1/3  plan 1/1").
			Click("Fri 2026-01-16").ExpectCursor("2026-01-16").Press("k")
		p.Press("/ 8*backspace").Type("nothing has this").Expect("0 of 5 dates", "no date of the plan has these words").Press("enter esc").Expect("3/5  plan 1/1")
		p.Press("2*s").Expect("what is not well first").Advance(8 * time.Minute).Press("g").ExpectCursor("Failed").Press("j").ExpectCursor("Succeeded")
		p.Press("s").Expect("by time, longest first").Press(":").Type("sort -date").Press("enter").Expect("newest first, turned around").Press("g").ExpectCursor("2026-01-15")
		p.Press("esc P").ExpectPage(page.Progress).Press("s").Expect("what is not well first") // the order was kept
	})
}

// The form selects by state what a mode does not.
func TestSelectByState(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("B 2*tab 3*right").Expect("--select failed", "RUN 2").ExpectNot("--mode")
		p.Press("right").Expect("--select gated", "RUN 1").Press("right").Expect("--select stale", "RUN 1", "2026-01-10")
		p.Press("right").Expect("--mode missing").ExpectNot("--select")
	})
}

// The form takes dates in the short forms of the palette, and says which they are.
func TestFormTakesShortDates(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("B ctrl+u").Type("12-31").ExpectLine("from", "12-31", "Wed 2025-12-31").ExpectLine("to", "2026-01-20", "Tuesday").Expect("--from 2025-12-31 --to 2026-01-20")
		p.Type("yesterday").ExpectLine("from", "yesterday", "2026-01-20").ExpectCalls("PlanByID", 0).Press("s").Expect("saved: ").Press("backspace").Expect("is no date: write YYYY-MM-DD, MM-DD, today")
		p.Press("ctrl+u").Type("12-31").ExpectLine("from", "Wed 2025-12-31")
		p.Press("tab").Type("latest").ExpectLine("to", "latest", "2026-01-20").Press("ctrl+u").Type("-").ExpectLine("from", "Wed 2025-12-31").Expect("is no date").Type("8").ExpectLine("to", "-8", "Tue 2026-01-13").Expect("--from 2025-12-31 --to 2026-01-13", "14 in range")
	})
}

// Of the plans that a form makes those stay that were saved or started, however the
// form is left.
func TestDraftsAreRemoved(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		drafts := func(want int) {
			p.t.Helper()
			if p.settle(); p.fake.Drafts() != want {
				p.t.Errorf("%d drafts are stored; want %d", p.fake.Drafts(), want)
			}
		}
		p.Press("B").ExpectPage(page.Request)
		drafts(1)
		p.Press("2*tab 3*right up").Type("x").Press("backspace")
		drafts(1)
		p.Press("esc").ExpectPage(page.Days)
		drafts(0)
		p.Press("j R s").Expect("saved: ").Press("right").Expect("whole date")
		drafts(2)
		p.Press("esc")
		drafts(1)
		p.Press(":").Type("plan").Press("tab enter").ExpectPage(page.Request).Press("esc") // to look at it is to leave it
		drafts(1)
		p.Press("B enter").ExpectPage(page.Progress).Advance(time.Second).Press("esc")
		drafts(1)
		release := p.fake.Hold("Plan") // the form is left before its plan is made
		p.Press("B esc").ExpectPage(page.Days)
		release()
		drafts(1)
		p.Press("B") // the program ends with the form open
		drafts(2)
		p.leave()
		drafts(1)
		release = p.fake.Hold("Control") // of an engine that does not answer
		p.Press("esc B")
		p.leave()
		release()
	})
}

// A plan that was saved is opened by its id, also at the next start, and is then the
// one that is started.
func TestSaveAPlan(t *testing.T) {
	t.Parallel()
	desk := effects.Desk{Session: filepath.Join(t.TempDir(), "demand.json")}
	var id forecast.PlanID
	play(t, scene{desk: desk, seed: month}, func(p *script) {
		p.Press("j V 2*j R").ExpectPage(page.Request).Expect("s saves the plan").Press("s").Expect("saved: :plan ", "daybatch backfill apply ")
		_, rest, _ := strings.Cut(p.Screen(), "backfill apply ")
		id = forecast.PlanID(strings.Fields(rest)[0])
		p.Press("esc @ enter").ExpectPage(page.Request).Expect("RERUN", "saved ", "by aki@forge", "same as  daybatch backfill apply "+string(id), "3 dates, 2026-01-17 to 2026-01-19")
		p.ExpectNot("s saves the plan").Press("2*esc q").ExpectCalls("Apply", 0)

		var kept app.Session
		if err := desk.Recall(&kept); err != nil || len(kept.Saved) != 1 || kept.Saved[0] != (app.SavedPlan{ID: id, Place: "memory"}) {
			t.Fatalf("kept %+v, %v; want the plan %s", kept, err, id)
		}
		kept.Saved = append([]app.SavedPlan{{ID: "bf-theirs", Place: "eu-west-1, account 42"}}, kept.Saved...)
		next := beginOn(p.t, scene{desk: desk, session: kept}, p.fake)
		defer next.close()
		next.Press(":").Type("plan ").ExpectNot("bf-theirs").ExpectLine("plan " + string(id)).Press("enter").ExpectPage(page.Request)
		next.Press("right").Expect("whole date").ExpectNot("saved ").Expect("daybatch rerun 2026-01-19").Press("esc") // another form is another plan
		next.Press(":").Type("plan "+string(id)).Press("2*enter").ExpectPage(page.Request).Expect("enter has opened this page").Advance(time.Second).Press("enter").ExpectPage(page.Progress).ExpectCalls("Apply", 1).Expect(string(id))
		next.Advance(time.Second).Press("esc :").Type("plan ").ExpectNot("plan " + string(id)).Type(string(id)).Press("enter").ExpectPage(page.Progress)
		next.Press("esc :").Type("plan bf-none").Press("enter").Expect("There is no plan bf-none").Press("right s enter").ExpectPage(page.Request).Press("esc").ExpectPage(page.Days)
		next.Press(":").Type("plan").Press("2*enter").Expect("give the id of a plan")
	})
}

// What can't be saved says why; where a name is typed s is a letter.
func TestSaveAPlanNot(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, readOnly: true}, func(p *script) {
		p.Press(":").Type("rerun").Press("enter").ExpectPage(page.Palette)
	})
	play(t, scene{seed: month}, func(p *script) {
		p.fake.FailNext("PlanByID", errors.New("no route to host"))
		p.Press("j R s").Expect("save the plan: no route to host").Press("esc B").Type("x").Press("s").Expect("is no date: write YYYY-MM-DD, MM-DD, today").ExpectCalls("PlanByID", 1)
	})
	play(t, scene{seed: month, engine: production()}, func(p *script) {
		p.Press("j R shift+tab s").ExpectLine("type demand-daily to start: s").Expect("ctrl+o saves the plan").Press("ctrl+o").Expect("saved: :plan ")
	})
	letter := keys.Custom{{Page: keys.FormName, Action: keys.Save, Keys: []string{"d"}}}
	play(t, scene{seed: month, engine: production(), keys: letter}, func(p *script) {
		p.Press("j R d").ExpectLine("type demand-daily to start: d").ExpectNot("saves the plan").ExpectCalls("PlanByID", 0)
	})
}

// A key that changes something says why it does nothing on a screen that is read-only;
// one that means nothing says nothing.
func TestReadOnlyKeys(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, readOnly: true}, func(p *script) {
		p.Press("R").ExpectPage(page.Days).Expect("read-only: nothing is changed from here, R neither").Press("j").ExpectNot("read-only: nothing")
		p.Press("#").ExpectNot("read-only: nothing").Press("enter X").ExpectPage(page.Day).Expect("read-only: nothing is changed from here, X neither")
	})
	play(t, scene{seed: month}, func(p *script) { p.Press("#").ExpectNot("read-only: nothing") })
}

// kinded is an engine that says that it is of another kind.
type kinded struct {
	*enginetest.Fake

	kind  string
	place string // empty: as it is
}

func (k kinded) Pipeline(ctx context.Context) (forecast.Pipeline, error) {
	p, err := k.Fake.Pipeline(ctx)
	p.Engine = k.kind
	if k.place != "" {
		p.Place = k.place
	}
	return p, err
}

// TestStartThatIsLeft: a form offers the step that failed only where there is one with
// steps before it to take over, and says why there is no choice.
func TestStartThatIsLeft(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press(":").Type("rerun 2026-01-17").Press("enter").ExpectPage(page.Request)
		p.ExpectLine("start at", "whole date   no step has failed: it never ran").ExpectNot("failed step")
		p.Press("right").ExpectLine("start at", "whole date").Expect("daybatch rerun 2026-01-17").ExpectNot("--whole").Press("esc")

		p.Press(":").Type("rerun 2026-01-18").Press("enter").ExpectLine("start at", "(o) failed step", "( ) whole date").Expect("starts at PreProc")
		p.Press("right").ExpectLine("start at", "( ) failed step", "(o) whole date").Expect("--whole").Press("esc")

		p.Press(":").Type("rerun 2026-01-18 2026-01-17").Press("enter").ExpectLine("start at", "(o) failed step", "( ) whole date").Press("esc")
	})
}

// Why a date can't run is said in full, however many dates the plan has: the list
// scrolls.
func TestBlockedInFull(t *testing.T) {
	t.Parallel()
	why := "orders has no rows for 2026-01-15, and the newest file, orders-2026-01-14.csv, was last written at 2026-01-14 23:50 JST; the feed of the day before came at 02:10"
	seed := func(f *enginetest.Fake) {
		calm(f)
		f.Seed(jan(15), enginetest.Lacked(why))
	}
	play(t, scene{seed: seed, width: 80, height: 24}, func(p *script) {
		p.Press("B 2*tab 2*right").ExpectPage(page.Request).Expect("BLOCK 2")
		var screens []string
		for range 12 {
			screens = append(screens, p.Screen())
			p.Press("pgdown")
		}
		text := strings.Join(screens, "\n")
		for _, word := range []string{"BLOCK Thu 2026-01-15", "orders-2026-01-14.csv", "came at 02:10"} {
			if !strings.Contains(text, word) {
				p.t.Errorf("no page of the plan has %q:\n%s", word, text)
			}
		}
	})
}

// Where one date runs or waits, it is said of one.
func TestPlanOfOne(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, drive: true}, func(p *script) {
		p.Press("2*j V j R enter").ExpectPage(page.Progress).Advance(time.Second).Press("X").
			Expect("It ends 1 running date: nothing of that is published.", "1 queued", "date will not start").Press("esc")
	})
	play(t, scene{seed: month, drive: true}, func(p *script) {
		p.Press("j V 4*j R enter").Advance(time.Second).Press("X").ExpectNot("dates is")
	})
	play(t, scene{seed: month}, func(p *script) { // what does not run can't be stopped
		p.Press("8*j enter").ExpectNot("X stop").Press("X").Expect("is not running").Press("esc g enter").Expect("X stop")
	})
}

// On a low screen the questions after the dates are one line, so that the plan is seen
// before it is started: the answers to them, or the one that is asked.
func TestFormOnALowScreen(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, width: 60, height: 16}, func(p *script) {
		p.Press("B").ExpectPage(page.Request).Expect("from  ", "mode").ExpectLine("then", "newest first, max active 2").ExpectNot("publish").
			ExpectLine("further lines (pgdn)").ExpectLine("RUN ", "2026-01-17")
		p.Press("6*tab").ExpectNot("then  ").Expect("from  ", "publish").Press("tab").ExpectLine("then", "newest first")
		p.Resize(80, 24).Expect("from  ", "publish", "max active").ExpectNot("then  ")
	})
	play(t, scene{engine: production(), seed: month, width: 60, height: 16}, func(p *script) {
		p.Press("B 7*tab").Expect("type demand-daily to start").Type("demand-daily").Press("enter").ExpectPage(page.Progress)
	})
}
