//go:build unix

package local_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/enginetest/scripted"
	"github.com/daybatch/daybatch/forecast/step"
)

// TestMain lets the test binary be the programs that the engine and the tests
// start: a step that plays a script, and an operator that drives a project.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "step":
			if last := os.Args[len(os.Args)-1]; last != "--range" {
				os.Exit(playStep(last, os.Stdout)) //nolint:forbidigo // this is the program of a process of its own
			}
			os.Exit(playSteps()) //nolint:forbidigo // this is the program of a process of its own
		case "crash":
			k, _ := strconv.Atoi(os.Args[3])
			os.Exit(crash(os.Args[2], k)) //nolint:forbidigo // this is the program of a process of its own
		case "abandon":
			n, _ := strconv.Atoi(os.Args[3])
			os.Exit(abandon(os.Args[2], n)) //nolint:forbidigo // this is the program of a process of its own
		case "operate":
			os.Exit(operate(os.Args[2], os.Args[3], os.Args[4:])) //nolint:forbidigo // this is the program of a process of its own
		}
	}
	// The race detector holds a program that ends well back for a second, for races
	// of its last moment; a step has none, and there are thousands of them.
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0")
	os.Exit(m.Run()) //nolint:forbidigo // this is the program of a process of its own
}

// Names in a project that tells scripted steps what to do.
const (
	scriptFile = "script.json"
	rowsFile   = "rows.parquet" // what every Extract finds
	partFile   = "part.parquet" // what every PostProc makes
)

func releaseFile(project string, spec step.Spec) string {
	return filepath.Join(project, fmt.Sprintf("release-%s-%s", spec.Date, spec.Step))
}

// playSteps plays the steps in the roots that the input names.
func playSteps() int {
	for roots := bufio.NewScanner(os.Stdin); roots.Scan(); fmt.Println(roots.Text()) { //nolint:forbidigo // this is the program of a process of its own
		log, err := os.OpenFile(filepath.Join(roots.Text(), step.LogFile), os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return 3
		}
		code := playStep(roots.Text(), log)
		if _ = log.Close(); code == 3 {
			return code
		}
	}
	return 0
}

// playStep does what the project's script says for the step, and leaves the
// files of the contract.
func playStep(root string, log io.Writer) int {
	spec, err := step.ReadSpec(root)
	if err != nil {
		fmt.Fprintln(os.Stderr, err) //nolint:forbidigo // this is the program of a process of its own
		return 3
	}
	script := enginetest.Script{}
	text, err := os.ReadFile(filepath.Join(spec.Project, scriptFile))
	if err == nil {
		err = json.Unmarshal(text, &script)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err) //nolint:forbidigo // this is the program of a process of its own
		return 3
	}
	acts := script.At(spec.Date, spec.Step, spec.Attempt)
	started := time.Now() //nolint:forbidigo // this is the program of a process of its own
	for _, line := range acts.Log {
		fmt.Fprintln(log, time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"), line) //nolint:forbidigo // this is the program of a process of its own
	}
	fmt.Fprintln(log, time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"), "step", spec.Step) //nolint:forbidigo // this is the program of a process of its own
	if acts.End == enginetest.Hang {
		hang(releaseFile(spec.Project, spec))
	}
	exit := scripted.Exit(acts, started)
	if err := makeOutput(root, spec, acts); err != nil {
		fmt.Fprintln(os.Stderr, err) //nolint:forbidigo // as above
		return 3
	}
	exit.Ended = time.Now() //nolint:forbidigo // this is the program of a process of its own
	if err := scripted.WriteJSON(filepath.Join(root, step.ExitFile), exit); err != nil {
		return 3
	}
	return exit.Code
}

// hang waits until a file is there, or for a signal, which ends the process.
func hang(file string) {
	for {
		if _, err := os.Stat(file); err == nil {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// makeOutput writes what a step leaves, from the files of its project.
func makeOutput(root string, spec step.Spec, acts enginetest.Behaviour) error {
	rows, errRows := os.ReadFile(filepath.Join(spec.Project, rowsFile))
	part, errPart := os.ReadFile(filepath.Join(spec.Project, partFile))
	if err := errors.Join(errRows, errPart); err != nil {
		return err
	}
	return scripted.Output(root, spec, acts, scripted.Files{Rows: rows, Part: part})
}
