//go:build unix

// Package local_test proves what the engine promises: steps run at least once,
// partitions are published exactly once, readers see no mix of two, no date is
// lost or doubled, and nothing is published after an answered stop.
//
// # What proves it
//
// The ways in which a pipeline can come to harm, with the tests of each. A name is
// that of a function of a package of the core, most of them tests; the functions of
// enginetest are cases of the contract, which the fake and each engine keep.
// TestProofs checks that all of them exist.
//
//	 1  kill -9 between any two writes: local.TestCrashes local.TestKilledPublisher lake.TestCrashes
//	 2  kill -9 of a step: local.TestKilledStep local.TestKilledWhileWriting worker.TestVanished
//	 3  engine dies, child lives: local.TestKilledDriver worker.TestNotRecorded store.TestFence
//	 4  two operators, one date: local.TestTwoProcesses enginetest.checkRace store.TestHeld plan.TestRace script/twice.txtar
//	 5  two hosts, one date, on AWS: aws only
//	 6  reply of a start lost: aws only
//	 7  overlapping plans: plan.TestDrivers plan.TestRace plan.TestActions plan.TestRowsMove enginetest.checkJoin
//	 8  asleep, or stopped for long: local.TestFrozenDriver local.TestFrozenPublisher plan.TestStarts plan.TestYears script/serve.txtar
//	 9  clocks that change: calendar.TestDueAgainstClocks calendar.TestWindowsTile plan.TestCalendarDue plan.TestYears
//	10  late data: local.TestCorrectedFile local.TestSameRows plan.TestSelections script/serve.txtar
//	11  no rows, or few: lake.TestExtractRefuses enginetest.checkWaiting local.TestArrival local.TestArrivalUnblocks
//	12  partition half written: lake.TestReaders lake.TestTornGenerations local.TestReadWhilePublishing local.TestReadWhilePublishersDie local.TestCrashes local.TestDoctor
//	13  publish dies half-way: local.TestFaults local.TestKilledPublisher local.TestKilledRollback local.TestStopAfterKilledPublisher store.TestPublishFails
//	14  fewer rows than before: lake.TestReaders
//	15  throttling: aws only
//	16  login expires: aws only
//	17  stop at any moment: enginetest.checkStop local.TestStopAtEachWrite store.TestStopMark step.TestRunStubborn worker.TestGrace
//	18  rerun of a stopped plan's date: enginetest.controlCases
//	19  gate refuses: local.TestGatedDatesOfBackfill enginetest.checkGated enginetest.checkModes
//	20  disk full or broken, records locked, log torn: local.TestFaults local.TestFullDisk local.TestLockedRecords local.TestCommandsOnLockedRecords store.TestTornLog
//	21  lists of many pages: aws only
//	22  doubled and unordered events: aws only
//	23  edited between plan and apply: local.TestDefinitionChangedAfterPlan plan.TestRowsMove
//	24  clock of another host is wrong: local.TestSkewedClocks store.TestFence store.TestFenceOfPlan
//
// Not proved here, as it is not built: a fallback that a policy publishes when the
// gate refuses (19), and a plan that pauses and resumes by itself when the disk is
// full (20).
//
// # Waits
//
// Their tests run on a clock of their own. Limits of a step are those of a real
// process, so that their tests wait for a fraction of a second.
//
//	between the tries of a step: plan.TestBackoff plan.TestBackoffGrows local.TestSleep local.TestBackoffIsVisible
//	for the lock of the records: local.TestLockedRecords local.TestInterruptOnLockedRecords
//	limit and grace of a step: worker.TestTimeout worker.TestNoTimeout worker.TestGrace worker.TestRangeClose
//	until a lease or a drive is renewed: local.TestLeaseIsRenewed local.TestDriveIsRenewed
//	for a stop or a takeover by others: local.TestWatchSeesOthers
//	for changes: local.TestPause local.TestSubscriberWaits
//	until a date is due: local.TestServerSleeps plan.TestWake
//	until a message is sent again: notify.TestBackOffOfMessages local.TestMessagesAreTriedAgain
package local_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// proofDirs are where the functions and scripts that the table names are.
func proofDirs() map[string]string {
	return map[string]string{
		"local": ".", "store": "internal/store", "worker": "internal/worker", "plan": "../plan", "calendar": "../calendar",
		"lake": "../lake", "notify": "../alert/notify", "step": "../step", "enginetest": "../enginetest", "script": "../../cmd/internal/cli/testdata/script",
	}
}

// TestProofs checks that the table names each case once, and only what exists.
func TestProofs(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "doc_test.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]map[string]bool)
	for name, dir := range proofDirs() {
		known[name] = namesIn(t, dir)
	}
	row := regexp.MustCompile(`^\t *(?:(\d+)  )?([^:]+): (.+)$`)
	proof := regexp.MustCompile(`^([a-z]+)[./](\S+)$`)
	next := 1
	for line := range strings.Lines(file.Doc.Text()) {
		parts := row.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if parts == nil {
			continue
		}
		if number, err := strconv.Atoi(parts[1]); err == nil {
			if number != next {
				t.Errorf("case %d follows case %d", number, next-1)
			}
			next++
		}
		if parts[3] == "aws only" {
			continue
		}
		for name := range strings.FieldsSeq(parts[3]) {
			if of := proof.FindStringSubmatch(name); of == nil || !known[of[1]][of[2]] {
				t.Errorf("%s: there is no %s", parts[2], name)
			}
		}
	}
	if next != 25 {
		t.Errorf("the table has %d cases; want 24", next-1)
	}
}

// namesIn returns the functions and the scripts in a directory.
func namesIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for _, entry := range entries {
		names[entry.Name()] = true
		if filepath.Ext(entry.Name()) != ".go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, entry.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv == nil {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}
