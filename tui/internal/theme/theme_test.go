package theme_test

import (
	"image/color"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// grounds returns the backgrounds that the colours are made for: black and white,
// and the ones of common themes that lie nearest to the middle.
func grounds() map[theme.Ground][]uint32 {
	return map[theme.Ground][]uint32{theme.Dark: {0x000000, 0x1e1e1e}, theme.Light: {0xffffff, 0xf5f5f5}}
}

// linear returns the channels of a colour in linear light, from 0 to 1 (IEC
// 61966-2-1).
func linear(c color.RGBA) [3]float64 {
	var out [3]float64
	for i, channel := range []uint8{c.R, c.G, c.B} {
		v := float64(channel) / 255
		if v <= 0.04045 {
			out[i] = v / 12.92
		} else {
			out[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return out
}

// luminance is the relative luminance of WCAG 2.1.
func luminance(c color.RGBA) float64 {
	l := linear(c)
	return 0.2126*l[0] + 0.7152*l[1] + 0.0722*l[2]
}

// contrast is the contrast ratio of WCAG 2.1: 1 to 21.
func contrast(a, b color.RGBA) float64 {
	high, low := luminance(a), luminance(b)
	if high < low {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

func allRoles() []theme.Role {
	var roles []theme.Role
	for role := theme.Plain; role <= theme.Alarm; role++ {
		roles = append(roles, role)
	}
	return roles
}

// TestContrast checks that every colour can be read on its ground, and within
// the selected row.
func TestContrast(t *testing.T) {
	t.Parallel()
	const least = 4.5 // WCAG 2.1, success criterion 1.4.3
	for ground, behind := range grounds() {
		selected, text := theme.Selection(ground)
		if got := contrast(text, selected); got < least {
			t.Errorf("selected row on ground %d: contrast %.2f; want %.1f", ground, got, least)
		}
		for _, role := range allRoles() {
			ink, ok := theme.Color(role, ground)
			if !ok {
				continue
			}
			for _, hex := range behind {
				if got := contrast(ink, rgb(hex)); got < least {
					t.Errorf("role %d on %06x: contrast %.2f; want %.1f", role, hex, got, least)
				}
			}
			if got := contrast(ink, selected); got < 3 {
				t.Errorf("role %d in the selected row of ground %d: contrast %.2f; want 3 or more", role, ground, got)
			}
		}
	}
}

// vision is how linear light reaches an eye: Machado, Oliveira and Fernandes, "A
// Physiologically-based Model for Simulation of Color Vision Deficiency" (2009),
// severity 1.
type vision [3][3]float64

func visions() map[string]vision {
	return map[string]vision{
		"normal":       {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
		"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	}
}

// lab returns a colour as an eye sees it in CIE L*a*b*, for the white D65.
func (v vision) lab(c color.RGBA) [3]float64 {
	in := linear(c)
	var seen [3]float64
	for i := range seen {
		for j := range in {
			seen[i] += v[i][j] * in[j]
		}
		seen[i] = math.Max(0, math.Min(1, seen[i]))
	}
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	x := f((0.4124564*seen[0] + 0.3575761*seen[1] + 0.1804375*seen[2]) / 0.95047)
	y := f(0.2126729*seen[0] + 0.7151522*seen[1] + 0.0721750*seen[2])
	z := f((0.0193339*seen[0] + 0.1191920*seen[1] + 0.9503041*seen[2]) / 1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// TestSeparation checks that the states which must not be mistaken for each
// other stay apart for eyes that see no red or no green: by 10 in CIE76, four
// times what is just noticeable.
func TestSeparation(t *testing.T) {
	t.Parallel()
	const least = 10.0
	states := []struct {
		name string
		role theme.Role
	}{{"Succeeded", theme.Good}, {"Failed", theme.Bad}, {"Gated", theme.Gate}, {"Missing", theme.Absent}, {"Running", theme.Busy}}
	for eye, v := range visions() {
		for ground := range grounds() {
			for i, a := range states {
				for _, b := range states[:i] {
					inkA, _ := theme.Color(a.role, ground)
					inkB, _ := theme.Color(b.role, ground)
					labA, labB := v.lab(inkA), v.lab(inkB)
					got := math.Hypot(math.Hypot(labA[0]-labB[0], labA[1]-labB[1]), labA[2]-labB[2])
					if got < least {
						t.Errorf("%s, ground %d: %s and %s differ by %.1f; want %.0f or more", eye, ground, a.name, b.name, got, least)
					}
				}
			}
		}
	}
}

// TestGlyphWidths checks that every glyph takes one cell: by the narrow rule
// everywhere, and by the East Asian one where the locale asks for it.
func TestGlyphWidths(t *testing.T) {
	t.Parallel()
	for _, charset := range []theme.Charset{theme.Unicode, theme.Wide, theme.ASCII} {
		look := theme.New(theme.Options{Charset: charset, Profile: colorprofile.ASCII})
		for name, glyph := range glyphs(look) {
			if got := ansi.StringWidth(glyph); got != 1 {
				t.Errorf("charset %d: %s %q takes %d cells; want 1", charset, name, glyph, got)
			}
			for _, r := range glyph {
				if charset == theme.ASCII && r > 0x7e {
					t.Errorf("ASCII: %s %q is none", name, glyph)
				}
				if charset == theme.Wide && ambiguous(r) {
					t.Errorf("East Asian: %s %q (%U) takes two cells there", name, glyph, r)
				}
			}
		}
	}
}

// states returns the glyphs of all states; these stand in cells that align, in
// every locale.
func states(look *theme.Theme) map[string]string {
	all := make(map[string]string)
	for _, state := range forecast.DayStates() {
		all["day "+string(state)] = look.Day(state, 0).Glyph
	}
	for _, status := range []forecast.StepStatus{
		forecast.StepWaiting, forecast.StepStarting, forecast.StepExecuting, forecast.StepStopping, forecast.StepStopped,
		forecast.StepFailed, forecast.StepSucceeded, forecast.StepReused, forecast.StepSkipped,
	} {
		all["step "+string(status)] = look.Step(status, 0).Glyph
	}
	for frame := range look.Frames {
		all["spinner"+string(rune('0'+frame))] = look.Spinner(frame).Glyph
	}
	return all
}

func glyphs(look *theme.Theme) map[string]string {
	all := states(look)
	maps.Copy(all, map[string]string{
		"cursor": look.Cursor, "marked": look.Marked, "bar": look.Bar, "track": look.Track, "late": look.Late, "stale": look.Stale,
		"fallback": look.Fallback, "rule": look.Rule, "upright": look.Upright, "tee": look.Tee, "up": look.Up, "down": look.Down,
		"start-up": look.Startup, "compute": look.Compute, "gap": look.Gap, "separator": look.Separator,
		"corners": look.Corners[0], "spark": look.Spark[0],
	})
	for _, glyph := range append(look.Corners, look.Spark...) {
		all["of a list "+glyph] = glyph
	}
	return all
}

// TestStatesAreNarrow checks that no glyph of a state is of ambiguous width, not
// even where the locale is none of East Asia: terminals can be set to show
// those in two cells.
func TestStatesAreNarrow(t *testing.T) {
	t.Parallel()
	for name, glyph := range states(theme.New(theme.Options{})) {
		if r := []rune(glyph)[0]; ambiguous(r) {
			t.Errorf("%s: %q (%U) is of ambiguous width", name, glyph, r)
		}
	}
}

// ambiguous reports whether a character's East Asian width is A, for the blocks
// that glyphs are taken from (Unicode 16, EastAsianWidth.txt).
func ambiguous(r rune) bool {
	ranges := [][2]rune{
		{0xa1, 0xa1},
		{0xa4, 0xa4},
		{0xa7, 0xa8},
		{0xaa, 0xaa},
		{0xad, 0xae},
		{0xb0, 0xb4},
		{0xb6, 0xba},
		{0xbc, 0xbf},
		{0xd7, 0xd7},
		{0xf7, 0xf7},
		{0x2010, 0x2010},
		{0x2013, 0x2016},
		{0x2018, 0x2019},
		{0x201c, 0x201d},
		{0x2020, 0x2022},
		{0x2024, 0x2027},
		{0x2030, 0x2030},
		{0x2190, 0x2199},
		{0x21b8, 0x21b9},
		{0x21d2, 0x21d2},
		{0x21d4, 0x21d4},
		{0x2200, 0x2200},
		{0x2202, 0x2203},
		{0x2207, 0x2208},
		{0x220b, 0x220b},
		{0x220f, 0x220f},
		{0x2211, 0x2211},
		{0x2215, 0x2215},
		{0x221a, 0x221a},
		{0x221d, 0x2220},
		{0x2223, 0x2223},
		{0x2225, 0x2225},
		{0x2227, 0x222c},
		{0x222e, 0x222e},
		{0x2234, 0x2237},
		{0x223c, 0x223d},
		{0x2248, 0x2248},
		{0x224c, 0x224c},
		{0x2252, 0x2252},
		{0x2260, 0x2261},
		{0x2264, 0x2267},
		{0x226a, 0x226b},
		{0x226e, 0x226f},
		{0x2282, 0x2283},
		{0x2286, 0x2287},
		{0x2295, 0x2295},
		{0x2299, 0x2299},
		{0x22a5, 0x22a5},
		{0x22bf, 0x22bf},
		{0x2460, 0x24e9},
		{0x24eb, 0x254b},
		{0x2550, 0x2573},
		{0x2580, 0x258f},
		{0x2592, 0x2595},
		{0x25a0, 0x25a1},
		{0x25a3, 0x25a9},
		{0x25b2, 0x25b3},
		{0x25b6, 0x25b7},
		{0x25bc, 0x25bd},
		{0x25c0, 0x25c1},
		{0x25c6, 0x25c8},
		{0x25cb, 0x25cb},
		{0x25ce, 0x25d1},
		{0x25e2, 0x25e5},
		{0x25ef, 0x25ef},
		{0x2605, 0x2606},
		{0x2609, 0x2609},
	}
	for _, r2 := range ranges {
		if r2[0] <= r && r <= r2[1] {
			return true
		}
	}
	return false
}

// TestStatesDiffer checks that no two states of a day, or of a step, have one
// glyph: colour and word may be missing.
func TestStatesDiffer(t *testing.T) {
	t.Parallel()
	for _, charset := range []theme.Charset{theme.Unicode, theme.Wide, theme.ASCII} {
		look := theme.New(theme.Options{Charset: charset})
		for _, what := range []string{"day ", "step "} {
			seen := make(map[string]string)
			for name, glyph := range states(look) {
				if !strings.HasPrefix(name, what) {
					continue
				}
				if other, taken := seen[glyph]; taken {
					t.Errorf("charset %d: %s and %s are both %q", charset, name, other, glyph)
				}
				seen[glyph] = name
			}
		}
	}
}

// TestProfiles checks what reaches terminals of few colours: none without
// colour, and none but the sixteen with sixteen. Bold and reverse stay.
func TestProfiles(t *testing.T) {
	t.Parallel()
	plain := theme.New(theme.Options{Profile: colorprofile.ASCII})
	sixteen := theme.New(theme.Options{Profile: colorprofile.ANSI})
	for _, role := range allRoles() {
		for _, text := range []string{plain.Style(role).Wrap("x"), plain.Style(role).Chosen("x")} {
			if strings.ContainsAny(strings.Trim(text, "\x1b[mx"), "35689") {
				t.Errorf("role %d without colours is %q; want bold, underline and reverse only", role, text)
			}
		}
		for _, text := range []string{sixteen.Style(role).Wrap("x"), sixteen.Style(role).Chosen("x")} {
			if strings.Contains(text, "38;") || strings.Contains(text, "48;") {
				t.Errorf("role %d with sixteen colours is %q; want none of more", role, text)
			}
		}
	}
	if got := plain.Style(theme.Plain).Chosen("x"); !strings.Contains(got, "\x1b[7m") {
		t.Errorf("selected row without colours = %q; want it reversed", got)
	}
}
