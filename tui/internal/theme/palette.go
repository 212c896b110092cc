package theme

import (
	"image/color"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// Role is what a colour means. A role never carries meaning alone: a glyph or a
// word always stands beside it.
type Role int

// Roles.
const (
	Plain  Role = iota // text
	Faint              // what may be overlooked
	Strong             // headings
	Good               // Succeeded
	Bad                // Failed, Late
	Gate               // Gated
	Busy               // Running
	Halted             // Stopped
	Idle               // Waiting, Skipped, NotDue
	Absent             // Missing
	Unsure             // Unknown
	Accent             // keys and the program's name
	Match              // what a search found
	Hit                // the match under the cursor
	Band               // behind the engine's name, and before the selected row
	Alarm              // behind the engine's name in production
	roles              // their number
)

// Runs reports whether blanks within text of the role look as they do outside of
// it: nothing is drawn under or behind it.
func (r Role) Runs() bool {
	switch r {
	case Match, Hit, Band, Alarm:
		return false
	default:
		return true
	}
}

// Ground is the background of the terminal.
type Ground int

// Grounds. Dark is what an unknown terminal is taken for.
const (
	Dark Ground = iota
	Light
)

// ink is one role's look: a colour for dark and one for light grounds, the
// nearest of the sixteen, and the attributes that stay without colour.
type ink struct {
	dark, light color.RGBA
	basic       ansi.BasicColor
	attrs       []ansi.Attr
}

// inks returns the colours of Okabe and Ito, "Color Universal Design" (2008),
// moved in lightness as far as a contrast of 4.5:1 on either ground asks for. On
// a light one vermillion, orange and yellow would be one brown to eyes that see
// no red or no green: there they are apart in lightness. On a dark one the nearest
// of the 256 colours stand for them: they look alike on more terminals, and take
// half the bytes.
func inks() [roles]ink {
	bold := []ansi.Attr{ansi.AttrBold}
	sky := ink{dark: rgb(0x5fafd7), light: rgb(0x0072b2), basic: ansi.Cyan}
	grey := ink{dark: rgb(0x949494), light: rgb(0x626262), basic: ansi.BrightBlack}
	yellow := ink{dark: rgb(0xffff5f), light: rgb(0x696000), basic: ansi.BrightYellow}
	vermillion := ink{dark: rgb(0xff875f), light: rgb(0xd42020), basic: ansi.Red}
	return [roles]ink{
		Faint:  grey,
		Strong: {attrs: bold},
		Good:   {dark: rgb(0x00af87), light: rgb(0x007a59), basic: ansi.Green},
		Bad:    vermillion.with(ansi.AttrBold),
		Gate:   {dark: rgb(0xffaf00), light: rgb(0x613000), basic: ansi.Yellow, attrs: bold},
		Busy:   sky,
		Halted: {dark: rgb(0xd787af), light: rgb(0x9a3f73), basic: ansi.Magenta},
		Idle:   grey,
		Absent: yellow,
		Unsure: yellow.with(ansi.AttrBold),
		Accent: sky.with(ansi.AttrBold),
		Match:  yellow.with(ansi.AttrUnderline),
		Hit:    {attrs: []ansi.Attr{ansi.AttrBold, ansi.AttrReverse}},
		Band:   sky.with(ansi.AttrReverse),
		Alarm:  vermillion.with(ansi.AttrBold, ansi.AttrReverse),
	}
}

func (i ink) with(attrs ...ansi.Attr) ink {
	i.attrs = attrs
	return i
}

func (i ink) on(ground Ground) color.RGBA {
	if ground == Light {
		return i.light
	}
	return i.dark
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// Color returns the true colour of a role on a ground, and false if the role
// keeps the terminal's own.
func Color(role Role, ground Ground) (c color.RGBA, ok bool) {
	c = inks()[role].on(ground)
	return c, c.A != 0
}

// Selection returns the ground of the selected row and its text on terminals
// with colours enough; the others show it in reverse video.
func Selection(ground Ground) (behind, text color.RGBA) {
	if ground == Light {
		return rgb(0xd6e6f2), rgb(0x000000)
	}
	return rgb(0x24384a), rgb(0xffffff)
}

// encode returns a colour as the profile has it. What is among the 256 colours is
// taken from there: that is half as long as the same in true colour.
func (o Options) encode(c color.RGBA) color.Color {
	for at := 16; at <= 255; at++ { // the first sixteen are the terminal's own
		if r, g, b, _ := ansi.IndexedColor(at).RGBA(); uint8(r>>8) == c.R && uint8(g>>8) == c.G && uint8(b>>8) == c.B {
			return ansi.IndexedColor(at)
		}
	}
	return o.Profile.Convert(c)
}

// style renders a role for a profile: alone, and within the selected row.
func (o Options) style(role Role) Style {
	ink := inks()[role]
	alone := ansi.NewStyle(ink.attrs...)
	chosen := ansi.NewStyle(ink.attrs...)
	fore := ink.on(o.Ground)
	switch {
	case o.Profile >= colorprofile.ANSI256:
		behind, text := Selection(o.Ground)
		if fore.A != 0 {
			alone = alone.ForegroundColor(o.encode(fore))
			text = fore
		}
		chosen = chosen.ForegroundColor(o.encode(text)).BackgroundColor(o.encode(behind))
	case o.Profile == colorprofile.ANSI:
		if fore.A != 0 {
			alone = alone.ForegroundColor(ink.basic)
		}
		chosen = ansi.NewStyle(ansi.AttrReverse)
	default:
		chosen = ansi.NewStyle(ansi.AttrReverse)
	}
	style := Style{chosen: chosen.String()}
	if len(alone) > 0 {
		style.open = alone.String()
	}
	return style
}
