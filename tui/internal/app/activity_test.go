package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/journal"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// ill has a finding of each kind.
func ill(f *enginetest.Fake) {
	month(f)
	f.SetFindings(
		forecast.Finding{
			Severity: forecast.SeverityNote, Kind: "orphan-generation", Date: jan(12), Mendable: true,
			Text: "generation 11aa of 2026-01-12 has no record and takes 9.3 kB", Advice: "doctor --mend removes it",
		},
		forecast.Finding{
			Severity: forecast.SeverityError, Kind: "changed-partition", Date: jan(11),
			Text:   "lake/demand_forecast/dt=2026-01-11/part-0.parquet is not what was published: 100 rows, published were 168",
			Advice: "daybatch rerun 2026-01-11 makes it again; daybatch partition rollback 2026-01-11 goes back to the generation before",
		},
		forecast.Finding{
			Severity: forecast.SeverityWarning, Kind: "lost-attempt", Mendable: true,
			Text: "a1 of 2026-01-14 is open, and its process is gone", Advice: "doctor --mend records it as interrupted",
		},
	)
}

// someRights are those of an operator who may not deploy.
func someRights() []forecast.Right {
	const me = "arn:aws:iam::123456789012:role/ops"
	return []forecast.Right{
		{Who: "you", As: me, What: "start", Verdict: forecast.RightAllowed},
		{Who: "you", As: me, What: "stop", Verdict: forecast.RightAllowed},
		{Who: "you", As: me, What: "deploy", Verdict: forecast.RightDenied, Reason: "sagemaker:UpdatePipeline on pipeline/demand-daily (implicitDeny) and 12 more"},
		{Who: "the jobs", As: "arn:aws:iam::123456789012:role/jobs", What: "run the steps", Verdict: forecast.RightUnknown, Reason: "iam:SimulatePrincipalPolicy is not allowed"},
	}
}

// actViews are the forms of the pages of activity and of the doctor.
func actViews() []view {
	lost := errors.New("read state: no route to host")
	with := func(seed func(*enginetest.Fake), fault func(*enginetest.Fake)) scene {
		return scene{seed: func(f *enginetest.Fake) {
			seed(f)
			fault(f)
		}}
	}
	return []view{
		{"activity", scene{seed: month}, func(p *script) { p.Press("X enter j R enter esc @ j") }},
		{"activity_empty", scene{}, keysTo("@")},
		{"activity_filter", scene{seed: month}, func(p *script) { p.Press("@ /").Type("failed") }},
		{"activity_loading", with(month, func(f *enginetest.Fake) { f.Hold("Plans") }), keysTo("@")},
		{"activity_error", scene{seed: month}, func(p *script) {
			p.fake.FailNext("Plans", lost)
			p.Press("@")
		}},
		{"doctor", scene{seed: ill}, keysTo("!")},
		{"doctor_mend", scene{seed: ill}, keysTo("! j M")},
		{"doctor_mended", scene{seed: ill}, keysTo("! M enter j")},
		{"doctor_well", scene{seed: month}, keysTo("!")},
		{"doctor_rights", scene{seed: ill, engine: enginetest.FakeOptions{Rights: someRights()}}, keysTo("! G k")},
		{"doctor_well_rights", scene{seed: month, engine: enginetest.FakeOptions{Rights: someRights()}}, keysTo("! j")},
		{"doctor_loading", with(month, func(f *enginetest.Fake) { f.Hold("Examine") }), keysTo("!")},
		{"doctor_error", with(month, func(f *enginetest.Fake) { f.FailNext("Examine", lost) }), keysTo("!")},
	}
}

func TestMendWhatTheDoctorFound(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: ill}, func(p *script) {
		p.Press("!").ExpectPage(page.Doctor).Expect("3 findings").ExpectCursor("is not what was published").Expect("daybatch rerun 2026-01-11 makes it again")
		p.Press("M").ExpectPage(page.Confirm).Expect("Mend 2 findings?", "lost-attempt,").Press("esc").ExpectCalls("Mend", 0)
		p.Press("M enter").ExpectCalls("Mend", 1).ExpectLine("warning", "mended").ExpectLine("error", "by hand").Expect("2 of 3 findings are mended")
		p.Press("r").Expect("1 finding").ExpectNot("mended").Press("M").Expect("nothing here can be mended").ExpectPage(page.Doctor)
		p.Press("enter").ExpectPage(page.Day).ExpectLine("Sun 2026-01-11")
	})
	play(t, scene{seed: ill, readOnly: true}, func(p *script) {
		p.Press("! M").ExpectPage(page.Doctor).ExpectCalls("Mend", 0)
	})
}

// What was done is known to the next session, with its outcome, and a plan with
// how far it is by now.
func TestActivity(t *testing.T) {
	t.Parallel()
	kept := filepath.Join(t.TempDir(), "activity.jsonl")
	play(t, scene{seed: month, journal: kept, drive: true}, func(p *script) {
		p.Press("X enter").Expect("stopped: the attempt publishes nothing").Press("2*j R enter").ExpectPage(page.Progress).Advance(time.Second)
		p.fake.FailNext("Control", errors.New("state is locked"))
		p.Press("P").Press("esc @").ExpectPage(page.Activity).
			ExpectLine("aki@forge", "rerun of 2026-01-18", "Active").
			ExpectLine("aki@forge", "stop 2026-01-20", "stopped").
			ExpectLine("pause plan", "failed: state is locked").
			ExpectLine("serve", "2026-01-19, attempt 1 (schedule)", "Gated: TrainEvaluation: wape").
			ExpectLine("2026-01-14, attempt 1", "Unknown")
		p.Press("/").Type("stop 2026").Press("enter").Expect("same as   daybatch stop 2026-01-20", "3 of 52").Press("y")
		if want := "daybatch stop 2026-01-20"; p.clipboard != want {
			t.Errorf("y copied %q; want %q", p.clipboard, want)
		}
		p.Press("esc").Advance(10*time.Minute).ExpectLine("rerun of 2026-01-18", "succeeded")
		p.Press("/").Type("rerun of").Press("enter").Press("enter").ExpectPage(page.Progress).Press("esc").ExpectPage(page.Activity)
	})
	file, err := os.OpenFile(kept, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("{torn"); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	play(t, scene{seed: month, journal: kept}, func(p *script) {
		p.Press("@").ExpectLine("aki@forge", "stop 2026-01-20", "stopped").ExpectLine("start a plan", "is active")
	})
}

// TestRightsInTheDoctor: what may be done stands below the findings, is not one of
// them, and a failure to find out is no failure of the examination.
func TestRightsInTheDoctor(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: ill, engine: enginetest.FakeOptions{Rights: someRights()}}, func(p *script) {
		p.Press("!").Expect("3 findings", "you may start, stop", "you may not deploy: sagemaker:UpdatePipeline")
		p.Press("G").ExpectCursor("it is not known whether the jobs may run the steps").Expect("and the optional one to ask")
		p.Press("enter").ExpectPage(page.Doctor).Press("M").Expect("Mend 2 findings?")
	})
	play(t, scene{seed: month, engine: enginetest.FakeOptions{Rights: someRights()}}, func(p *script) {
		p.fake.FailNext("Rights", errors.New("no route to host"))
		p.Press("!").Expect("0 findings", "all is as the records say", "it is not known whether you may act: no route to host")
		p.Press("r").Expect("you may start, stop").ExpectNot("no route")
	})
}

// TestVitalsInTheDoctor: what was looked at and is well stands below the findings, and is
// not one of them.
func TestVitalsInTheDoctor(t *testing.T) {
	t.Parallel()
	vitals := []forecast.Vital{{Kind: "clock", Text: "less than 5s from the service's", Advice: "what is late goes by it"}}
	config := []forecast.Vital{{Kind: "config", Text: "daybatch.yaml (12 values), default (31 values)", Advice: "daybatch config explain"}}
	play(t, scene{seed: ill, engine: enginetest.FakeOptions{Vitals: vitals}, well: config, width: 160, height: 40}, func(p *script) {
		p.Press("!").Expect("3 findings").ExpectLine("\u2717 error", "daybatch rerun").ExpectLine("! warning", "lost-attempt").
			ExpectLine("\u2713 ok", "clock", "less than 5s", "what is late").ExpectLine("\u2713 ok", "terminal", "160x40", "OSC 52").
			ExpectLine("\u2713 ok", "config", "daybatch.yaml (12 values)", "daybatch config explain").ExpectNot("ok         records")
		p.Press("G").ExpectCursor("terminal").Press("k").ExpectCursor("config").Press("M").Expect("Mend 2 findings?")
	})
	play(t, scene{seed: month, well: config}, func(p *script) {
		p.fake.FailNext("Vitals", errors.New("no route to host"))
		p.Press("!").ExpectLine("\u2713 ok", "records", "all is as").ExpectLine("? unknown", "not looked at: no route to host").Expect("0 findings", "terminal")
		p.Press("r").ExpectLine("ok", "config").ExpectNot("no route to host")
	})
}

// What was done by a command is listed as what was done from a screen, and leads to
// its date.
func TestActivityOfCommands(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), journal.FileName)
	act := journal.Act{
		At: time.Date(2026, time.January, 21, 0, 29, 0, 0, time.UTC), What: "roll back 2026-01-12", Date: jan(12),
		Command: "daybatch partition rollback 2026-01-12 --yes",
	}
	journal.New(path, "mio@desk").Add(act.With(forecast.Partition{Generation: "3f9c"}, nil))
	play(t, scene{seed: month, journal: path}, func(p *script) {
		p.Press("@ /").Type("roll back").Press("enter").ExpectLine("mio@desk", "roll back 2026-01-12", "readers see generation 3f9c").Press("ctrl+y")
		if p.clipboard != act.Command {
			t.Errorf("ctrl+y copied %q; want %q", p.clipboard, act.Command)
		}
		p.Press("enter").ExpectPage(page.Day).Expect("Mon 2026-01-12")
	})
}
