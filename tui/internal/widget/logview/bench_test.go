package logview_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
	"github.com/daybatch/daybatch/tui/internal/theme"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

const million = 1_000_000

// typical returns a line as steps write them, 130 bytes with what a logger puts
// in front.
func typical(i int) forecast.LogLine {
	return forecast.LogLine{
		At: at(0).Add(time.Duration(i) * time.Millisecond), Step: forecast.Train, Stream: "try-1", Seq: int64(i),
		Text: fmt.Sprintf("2026-01-20 06:00:00,%03d INFO demand.train.fit series %d of 1200 fitted with ets(A,Ad,N) in %d ms, mase 0.%03d, wape 0.%03d, n 730",
			i%1000, i%1200, i%97, i%911, i%877),
	}
}

// filled returns a view of n typical lines, of which three hold a traceback's
// word.
func filled(tb testing.TB, n int) *logview.View {
	tb.Helper()
	v := open(tb, 200, 50, nil)
	const batch = 20_000
	for from := 0; from < n; from += batch {
		part := make([]forecast.LogLine, 0, batch)
		for i := from; i < min(n, from+batch); i++ {
			line := typical(i)
			if i%(n/3+1) == n/7 {
				line.Text = "ERROR KeyError: 'price_lag_7'"
			}
			part = append(part, line)
		}
		if err := v.Append(part); err != nil {
			tb.Fatal(err)
		}
	}
	return v
}

func BenchmarkRender(b *testing.B) {
	look := theme.New(theme.Options{Profile: colorprofile.TrueColor})
	for _, n := range []int{1000, 100_000, million} {
		for _, wrap := range []bool{true, false} {
			b.Run(fmt.Sprintf("lines=%d/wrap=%t", n, wrap), func(b *testing.B) {
				v := filled(b, n)
				if !wrap {
					v.ToggleWrap()
				}
				search(b, v, logview.Query{Text: "mase"})
				for b.Loop() {
					v.Render(draw.New(look, 200))
				}
			})
		}
	}
}

// BenchmarkRenderLong draws, and scrolls through, lines that take many rows.
func BenchmarkRenderLong(b *testing.B) {
	look := theme.New(theme.Options{Profile: colorprofile.TrueColor})
	for _, kind := range []struct{ name, text string }{
		{"words", "series 17 of 1200 fitted with ets(A,Ad,N) "}, {"japanese", "系列を予測しました。"}, {"path", "/srv/lake/forecasts"},
	} {
		for _, size := range []int{600, 2000, 100_000} {
			b.Run(fmt.Sprintf("%s/bytes=%d", kind.name, size), func(b *testing.B) {
				text := strings.Repeat(kind.text, 1+size/len(kind.text))[:size]
				v := open(b, 200, 50, nil)
				for range 100 {
					if err := v.Append(lines(strings.ToValidUTF8(text, ""))); err != nil {
						b.Fatal(err)
					}
				}
				search(b, v, logview.Query{Text: "fit"})
				for i := 0; b.Loop(); i++ {
					v.Scroll(1 - i/30%2*2)
					v.Render(draw.New(look, 200))
				}
			})
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	v := filled(b, million)
	for _, tt := range []struct {
		name  string
		query logview.Query
	}{
		{"literal-rare", logview.Query{Text: "price_lag_"}},
		{"literal-each-line", logview.Query{Text: "series"}},
		{"regex-rare", logview.Query{Text: `price_lag_\d`, Regex: true}},
		{"regex-each-line", logview.Query{Text: `mase 0\.4\d+`, Regex: true}},
		{"regex-no-literal", logview.Query{Text: `[45]\d{2} of`, Regex: true}},
	} {
		matcher := compile(b, tt.query)
		b.Run(tt.name, func(b *testing.B) {
			for b.Loop() {
				logview.Scan(b.Context(), matcher, v.Snapshot(), 0, million)
			}
		})
		b.Run(tt.name+"/first", func(b *testing.B) {
			for b.Loop() {
				logview.Scan(b.Context(), matcher, v.Snapshot(), 0, 50_000)
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	part := make([]forecast.LogLine, 10_000)
	for i := range part {
		part[i] = typical(i)
	}
	v := open(b, 200, 50, nil)
	for b.Loop() {
		if err := v.Append(part); err != nil {
			b.Fatal(err)
		}
		if v.Len() > million {
			v.Reset()
		}
	}
}

func BenchmarkToggle(b *testing.B) {
	v := filled(b, million)
	b.Run("level", func(b *testing.B) {
		for b.Loop() {
			v.NextLevel()
		}
	})
	b.Run("error", func(b *testing.B) {
		for b.Loop() {
			v.Top()
			v.NextError(1)
		}
	})
}

// TestResident holds what a line costs in memory to its budget, 250 bytes.
func TestResident(t *testing.T) { //nolint:paralleltest // the heap is that of the whole process
	const n, budget = 200_000, 250
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	v := filled(t, n)
	v.NextLevel() // a list of the lines, too
	runtime.GC()
	runtime.ReadMemStats(&after)
	if got := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n; got > budget {
		t.Errorf("a line of %d bytes costs %d bytes of memory; want at most %d", len(typical(1).Text), got, budget)
	} else {
		t.Logf("a line of %d bytes costs %d", len(typical(1).Text), got)
	}
	runtime.KeepAlive(v)
}

// TestRenderCost holds a frame of many lines to the cost of a frame of few,
// counted in allocations.
func TestRenderCost(t *testing.T) { //nolint:paralleltest // the count is that of the whole process
	look := theme.New(theme.Options{Profile: colorprofile.TrueColor})
	cost := func(n int, wrap bool) float64 {
		v := filled(t, n)
		if !wrap {
			v.ToggleWrap()
		}
		v.Scroll(-100)
		return testing.AllocsPerRun(20, func() { v.Render(draw.New(look, 200)) })
	}
	for _, wrap := range []bool{true, false} {
		few, many := cost(1000, wrap), cost(200_000, wrap)
		if many > 1.5*few {
			t.Errorf("wrap %t: a frame of 200,000 lines allocates %.0f times; want at most half more than the %.0f of 1,000 lines", wrap, many, few)
		}
	}
}

// TestAppendCost holds the adding of lines to a few allocations each thousand.
func TestAppendCost(t *testing.T) { //nolint:paralleltest // the count is that of the whole process
	part := make([]forecast.LogLine, 1000)
	for i := range part {
		part[i] = typical(i)
	}
	v := filled(t, 100_000)
	got := testing.AllocsPerRun(50, func() {
		if err := v.Append(part); err != nil {
			t.Fatal(err)
		}
	})
	if got > 20 {
		t.Errorf("adding 1,000 lines allocates %.0f times; want at most 20", got)
	}
	if text := strings.Join(screen(v, 200), "\n"); !strings.Contains(text, "series 999 of 1200") {
		t.Errorf("the last line is not on the screen of a view that follows:\n%s", text)
	}
}
