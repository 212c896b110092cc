package lake_test

import (
	"path/filepath"
	"testing"
)

func TestAmbiguousDate(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{
		"iso.csv":      "ds,n\n2026-01-02,1\n2026-02-01,2\n",
		"american.csv": "ds,n\n01/02/2026,1\n01/13/2026,2\n",
		"european.csv": "ds,n\n02.01.2026,1\n13.01.2026,2\n",
		"either.csv":   "ds,n\n05/05/2026,1\n02/01/2026,1\n03/01/2026,2\n",
		"same.csv":     "ds,n\n01/01/2026,1\n",
		"d/1.csv":      "ds,n\n01/13/2026,1\n",
		"d/2.csv":      "ds,n\n01/02/2026,1\n",
	})
	db := open(t)
	for file, want := range map[string]string{
		"iso.csv": "", "american.csv": "", "european.csv": "", "same.csv": "", "either.csv": "02/01/2026", "d/*.csv": "01/02/2026",
	} {
		if got, err := db.AmbiguousDate(t.Context(), filepath.Join(dir, file), "ds"); err != nil || got != want {
			t.Errorf("AmbiguousDate(%s) = %q, %v; want %q", file, got, err, want)
		}
	}
}
