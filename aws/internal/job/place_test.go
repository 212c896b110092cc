package job_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/aws/internal/job"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/step"
)

// entry is an entry of an archive.
type entry struct {
	name, text string
	kind       byte
}

// packed returns an archive as SageMaker makes one of a model.
func packed(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var text bytes.Buffer
	zipped := gzip.NewWriter(&text)
	archive := tar.NewWriter(zipped)
	for _, e := range entries {
		header := tar.Header{Name: e.name, Typeflag: e.kind, Mode: 0o644, Size: int64(len(e.text)), Linkname: "../../outside"}
		if err := archive.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(e.text)); err != nil && e.kind == tar.TypeReg {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// TestTrainAsTrainingJob runs Train in the directories of a Training job, and the
// step after it on the archive that SageMaker makes of the model.
func TestTrainAsTrainingJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	for _, name := range forecast.StepNames()[:2] {
		config := w.config("run1")
		config.Step = name
		o := w.options(config)
		upload := mount(t, w, o)
		if err := job.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		upload()
	}
	config := w.config("run1")
	config.Step = forecast.Train
	o := w.options(config)
	o.Training, o.Dir = true, filepath.Dir(o.Dir)
	for _, file := range files(forecast.PreProc) {
		write(t, filepath.Join(o.Dir, "input", "data", "panel", file), string(w.s3.Object("p/runs/run1/PreProc/panel/"+file)))
	}
	if err := job.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	var entries []entry
	for _, file := range files(forecast.Train) {
		text := read(t, filepath.Join(o.Dir, "model", file))
		entries = append(entries, entry{"./" + file, text, tar.TypeReg})
		if own := string(w.s3.Object("p/runs/run1/Train/model/" + file)); own != text || text == "" {
			t.Errorf("%s is %q for those who take it over, and %q in the model", file, own, text)
		}
	}
	if st, _ := w.progress("run1", day()).Step(forecast.Train); !st.Archived || st.Status != forecast.StepSucceeded {
		t.Errorf("Train = %+v; want that its model is an archive too", st)
	}
	var want string // what the step after it makes of single files
	for _, archived := range []bool{false, true} {
		config := w.config("run1")
		config.Step = forecast.TrainEvaluation
		o := w.options(config)
		upload := mount(t, w, o)
		if archived {
			model := filepath.Join(o.Dir, step.InputDir, "model")
			if err := os.RemoveAll(model); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(model, "model.tar.gz"), string(packed(t, entries...)))
		}
		if err := job.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		upload()
		got := string(w.s3.Object("p/runs/run1/TrainEvaluation/evaluation/evaluation.json"))
		if !archived {
			want = got
		}
		if got != want || got == "" {
			t.Errorf("of the archive TrainEvaluation makes %q; want %q", got, want)
		}
	}
}

func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	whole := packed(t, entry{"models.json", strings.Repeat("model ", 500), tar.TypeReg})
	for name, tt := range map[string]struct {
		archive []byte
		want    string // of the reason; empty: it is unpacked
		files   []string
	}{
		"outside":   {packed(t, entry{"a/../../models.json", "x", tar.TypeReg}), "it is no path below the directory", nil},
		"absolute":  {packed(t, entry{"/etc/models.json", "x", tar.TypeReg}), "it is no path below the directory", nil},
		"half":      {whole[:len(whole)-20], "unpack model.tar.gz of input model", nil},
		"no gzip":   {[]byte("models"), "unpack model.tar.gz of input model", nil},
		"links":     {packed(t, entry{"models.json", "", tar.TypeSymlink}, entry{"b/c.json", "x", tar.TypeReg}), "", []string{"b", "b/c.json"}},
		"as it was": {whole, "", []string{"models.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, t.TempDir())
			config := w.config("run1")
			config.Step = forecast.TrainEvaluation
			o := w.options(config)
			write(t, filepath.Join(o.Dir, step.InputDir, "panel", "panel.parquet"), "panel")
			write(t, filepath.Join(o.Dir, step.InputDir, "model", "model.tar.gz"), string(tt.archive))
			var seen []string
			o.RunStep = func(_ context.Context, so step.Options) (step.Exit, error) {
				root, err := filepath.EvalSymlinks(filepath.Join(so.Root, step.InputDir, "model"))
				if err == nil {
					err = filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
						if name, _ := filepath.Rel(root, path); name != "." {
							seen = append(seen, name)
						}
						return err
					})
				}
				return step.Exit{Code: 1, Class: forecast.ReasonStep, Reason: "seen"}, err
			}
			err := job.Run(t.Context(), o)
			if tt.want == "" {
				if slices.Sort(seen); !slices.Equal(seen, tt.files) || err == nil {
					t.Errorf("the input has %v, %v; want %v", seen, err, tt.files)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || seen != nil {
				t.Errorf("Run = %v on %v; want %q", err, seen, tt.want)
			}
		})
	}
}
