package logs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const jobsSuffix = ".jobs.json"

// jobsFile says which jobs the log of an execution that is over is made of.
type jobsFile struct {
	Format int       `json:"format"`
	Log    string    `json:"log"`
	At     time.Time `json:"at"`
	Jobs   []Job     `json:"jobs"`
}

func (k *Kept) jobsPath(log string) string {
	sum := sha256.Sum256([]byte(log))
	return filepath.Join(k.Dir, hex.EncodeToString(sum[:16])+jobsSuffix)
}

// KeepJobs keeps which jobs a log is made of that has ended, as was asked at an instant:
// with their logs it can be read while nobody can be asked.
func (k *Kept) KeepJobs(log string, jobs []Job, at time.Time) error {
	text, err := json.Marshal(jobsFile{keptFormat, log, at, jobs})
	if err == nil {
		err = os.MkdirAll(k.Dir, 0o700)
	}
	if err == nil {
		err = k.replace(k.jobsPath(log), text)
	}
	if err != nil {
		return fmt.Errorf("keep the jobs of %s: %w", log, err)
	}
	return nil
}

// JobsOf returns the jobs of a log as they were kept last, and when that was; false if
// they were not.
func (k *Kept) JobsOf(log string) ([]Job, time.Time, bool) {
	var found jobsFile
	text, err := os.ReadFile(k.jobsPath(log))
	if err != nil || json.Unmarshal(text, &found) != nil || found.Format != keptFormat || found.Log != log {
		return nil, time.Time{}, false
	}
	return found.Jobs, found.At, true
}
