package lake_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
)

func TestExport(t *testing.T) {
	t.Parallel()
	db, path := open(t), filepath.Join(t.TempDir(), "dt=2026-01-01", "it's [1]*.parquet")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	frame := &lake.Frame{}
	frame.Strings("region", []string{"Kyōto, \"old\"", "two\nlines", ""})
	frame.Dates("ds", []calendar.Date{calendar.Of(2026, 1, 2), 0, calendar.Of(2026, 12, 31)})
	frame.Floats("yhat", []float64{0.30000000000000004, math.NaN(), 1e21})
	frame.Ints("horizon", []int64{1, -2, 9007199254740993})
	frame.Bools("outlier", []bool{true, false, true})
	if err := db.WriteParquet(t.Context(), path, frame, lake.ParquetOptions{}); err != nil {
		t.Fatal(err)
	}
	var text, file bytes.Buffer
	if err := db.Export(t.Context(), path, forecast.FormatCSV, &text); err != nil {
		t.Fatal(err)
	}
	const want = `region,ds,yhat,horizon,outlier
"Kyōto, ""old""",2026-01-02,0.30000000000000004,1,true
"two
lines",,,-2,false
,2026-12-31,1e+21,9007199254740993,true
`
	if got := text.String(); got != want {
		t.Errorf("CSV = %s; want %s", got, want)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Export(t.Context(), path, forecast.FormatParquet, &file); err != nil || !bytes.Equal(file.Bytes(), content) {
		t.Errorf("Parquet = %d bytes, %v; want the %d of the file", file.Len(), err, len(content))
	}
	torn := filepath.Join(t.TempDir(), "torn.parquet")
	if err := os.WriteFile(torn, content[:len(content)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	file.Reset()
	if err := db.Export(t.Context(), torn, forecast.FormatParquet, &file); err == nil || file.Len() > 0 {
		t.Errorf("a torn file: %d bytes, %v; want none and an error", file.Len(), err)
	}
	if err := db.Export(t.Context(), filepath.Join(t.TempDir(), "none"), forecast.FormatCSV, io.Discard); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("no file: %v; want ErrNotFound", err)
	}
	full := errors.New("no room")
	ended, end := context.WithCancel(t.Context())
	end()
	for _, format := range []forecast.FileFormat{forecast.FormatCSV, forecast.FormatParquet} {
		if err := db.Export(t.Context(), path, format, refuser{full}); !errors.Is(err, full) {
			t.Errorf("%s to a writer that fails: %v; want its error", format, err)
		}
		if err := db.Export(ended, path, format, io.Discard); !errors.Is(err, context.Canceled) {
			t.Errorf("%s when nobody waits: %v; want that", format, err)
		}
	}
}

// refuser is a writer without room.
type refuser struct{ err error }

func (r refuser) Write([]byte) (int, error) { return 0, r.err }
