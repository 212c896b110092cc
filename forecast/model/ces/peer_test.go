package ces_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ces"
	"github.com/daybatch/daybatch/forecast/model/internal/reference"
)

// The likelihood is no worse than that of another implementation, whose results
// are in the wider reference only. The exceptions have their least squares in a
// far corner (a simple season on zeros), where the filter does not forget, or
// in another valley.
func TestAgainstPeer(t *testing.T) {
	t.Parallel()
	dir, ok := os.LookupEnv(reference.Variable)
	if !ok {
		t.Skip("set " + reference.Variable)
	}
	all, err := reference.LoadAll(os.DirFS("../testdata"), os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "dotm_ces.json"))
	if err != nil {
		t.Fatal(err)
	}
	var peers map[string]struct {
		CES struct {
			Form   string
			LogLik float64
			AICc   float64
		}
	}
	if err := json.Unmarshal(data, &peers); err != nil {
		t.Fatal(err)
	}
	exceptions := map[string]bool{"P0008": true, "P1412": true, "nottem": true, "N0645": true, "N1401": true, "N1402": true}
	for id, peer := range peers {
		s := all[id]
		m, err := ces.NewForm(peer.CES.Form)
		if err != nil {
			t.Fatal(err)
		}
		fitted, err := m.Fit(s.Y, model.Context{Period: s.M})
		if exceptions[id] {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		if got := ces.LogLikelihood(fitted); got < peer.CES.LogLik-0.05 {
			t.Errorf("%s: CES(%s) has log-likelihood %.3f; want at least %.3f (%v)", id, peer.CES.Form, got, peer.CES.LogLik, fitted.Description())
		}
	}
}
