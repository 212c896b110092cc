package job

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
)

// Hosts are the machines of a job. Its zero value is one machine.
type Hosts struct {
	Current string   // this one
	All     []string // ascending; the first one leads
}

// ReadHosts reads what SageMaker tells a container about the machines of its job,
// below /opt/ml: a Processing job has the file in config, a Training job in
// input/config. Without one there is this machine alone.
func ReadHosts(root string) (Hosts, error) {
	for _, dir := range []string{"config", filepath.Join("input", "config")} {
		path := filepath.Join(root, dir, "resourceconfig.json")
		text, err := os.ReadFile(path) //nolint:gosec // SageMaker's own file
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return Hosts{}, fmt.Errorf("read the machines of the job: %w", err)
		}
		var config struct {
			Current string   `json:"current_host"`
			Hosts   []string `json:"hosts"`
		}
		if err := json.Unmarshal(text, &config); err != nil {
			return Hosts{}, fmt.Errorf("read the machines of the job: %s: %w: %s", path, forecast.ErrInvalid, err.Error())
		}
		slices.Sort(config.Hosts) // each machine has to have the same order
		if len(config.Hosts) > 1 && !slices.Contains(config.Hosts, config.Current) {
			return Hosts{}, fmt.Errorf("read the machines of the job: %s: %w: %q is none of %v", path, forecast.ErrInvalid, config.Current, config.Hosts)
		}
		return Hosts{Current: config.Current, All: config.Hosts}, nil
	}
	return Hosts{}, nil
}

// leads reports whether this machine is the one that takes the date, keeps its
// record and hands outputs over.
func (h Hosts) leads() bool { return len(h.All) < 2 || h.Current == h.All[0] }

// number returns the place of this machine, from 0.
func (h Hosts) number() int { return max(0, slices.Index(h.All, h.Current)) }

// ReadName returns the name of the job that a container of SageMaker belongs to:
// a Processing job has it in a file below /opt/ml, a Training job in its
// environment. It is empty if there is none.
func ReadName(root string, environ []string) string {
	var config struct{ ProcessingJobName string }
	text, err := os.ReadFile(filepath.Join(root, "config", "processingjobconfig.json")) //nolint:gosec // SageMaker's own file
	if err == nil && json.Unmarshal(text, &config) == nil && config.ProcessingJobName != "" {
		return config.ProcessingJobName
	}
	for _, pair := range environ {
		if name, ok := strings.CutPrefix(pair, "TRAINING_JOB_NAME="); ok {
			return name
		}
	}
	return ""
}
