package app_test

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/app"
	"github.com/daybatch/daybatch/tui/internal/effects"
	"github.com/daybatch/daybatch/tui/internal/keys"
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/theme"
)

// scene is what a script begins with. The zero scene is an empty pipeline on a
// terminal of 120x40 without colours.
type scene struct {
	engine        enginetest.FakeOptions
	seed          func(*enginetest.Fake)
	width, height int
	look          theme.Options
	readOnly      bool
	drive         bool
	keys          keys.Custom
	session       app.Session
	screen        app.Screen
	desk          effects.Desk
	beside        []string       // pipelines; the first is the one that is shown
	glance        effects.Looker // at them
	journal       string
	project, dir  string                                          // of the pipeline, and of the process
	keptLogs      error                                           // why logs are read from where they were kept
	call          string                                          // of daybatch by a shell
	well          []forecast.Vital                                // what the program's caller has found well
	snapshot      string                                          // file of the days; empty: they are not kept
	console       func(forecast.LinkQuery) (forecast.Link, error) // of the engine; nil: it has none
	login         *forecast.Login                                 // of the engine; nil: it needs none
	account       *forecast.Account                               // of the engine; nil: it works in none
	kind          string                                          // of the engine; empty: fake
	place         string                                          // where it is; empty: as it says
	looked        time.Time                                       // when the engine looked for changes; zero: it is told of them
}

// script operates the program as a person does, and looks at its screen. It
// runs in a bubble of package synctest: commands run one after the other, and
// what waits for time is woken at once, so that a script is never early.
type script struct {
	t     *testing.T
	fake  *enginetest.Fake
	model *app.Model
	end   context.CancelFunc

	started int // commands so far
	mu      sync.Mutex
	done    []answer // commands that have ended, guarded by mu

	width, height int
	cells         map[string]int // widths of the lines of the last frame
	clipboard     string
	quit          bool
	leave         func()    // what follows the program's end
	held          []tea.Msg // ticks, which only Spin delivers
}

// answer is the message of a command; commands count from 1.
type answer struct {
	command int
	msg     tea.Msg
}

// play runs a script.
func play(t *testing.T, s scene, run func(*script)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, s)
		defer p.close()
		run(p)
	})
}

// begin starts the program and waits until it has read everything.
func begin(t *testing.T, s scene) *script {
	t.Helper()
	fake := enginetest.NewFake(s.engine)
	if s.seed != nil {
		s.seed(fake)
	}
	return beginOn(t, s, fake)
}

func beginOn(t *testing.T, s scene, fake *enginetest.Fake) *script {
	t.Helper()
	if s.width == 0 {
		s.width, s.height = 120, 40
	}
	if s.look.Profile == colorprofile.Unknown {
		s.look.Profile = colorprofile.ASCII
	}
	ctx, end := context.WithCancel(t.Context())
	p := &script{t: t, fake: fake, end: end, width: s.width, height: s.height}
	work := effects.New(ctx, fake, fake.Time)
	if s.console != nil {
		work = effects.New(ctx, consoled{fake, s.console}, fake.Time)
	}
	if s.login != nil {
		work = effects.New(ctx, advised{fake, *s.login}, fake.Time)
	}
	if s.account != nil {
		work = effects.New(ctx, accounted{fake, s.account}, fake.Time)
	}
	if !s.looked.IsZero() {
		work = effects.New(ctx, polled{fake, s.looked}, fake.Time)
	}
	if s.keptLogs != nil {
		work = effects.New(ctx, keeping{fake, fake.Time().Add(-5 * time.Minute), s.keptLogs}, fake.Time)
	}
	if s.kind != "" {
		work = effects.New(ctx, kinded{fake, s.kind, s.place}, fake.Time)
	}
	p.leave = func() { work.Leave(ctx) }
	work.At(s.desk)
	work.Beside(s.glance)
	work.Keep(s.journal, "aki@forge")
	work.Snapshots(s.snapshot)
	work.Well(s.well)
	p.model = app.New(app.Options{
		Session: s.session, Screen: s.screen, Project: s.project, Dir: s.dir, Call: s.call, Pipelines: s.beside, Pipeline: strings.Join(s.beside[:min(1, len(s.beside))], ""),
		Effects: work, Actor: "aki@forge", ReadOnly: s.readOnly,
		Look: s.look, FixedProfile: true, Drive: s.drive, Keys: s.keys,
	})
	p.run(p.model.Init())
	p.deliver(tea.WindowSizeMsg{Width: s.width, Height: s.height})
	p.settle()
	return p
}

// close ends the program; the bubble then proves that no command is left over.
func (p *script) close() {
	p.end()
	synctest.Wait()
}

// run starts a command and gives it time to end.
func (p *script) run(command tea.Cmd) {
	if command == nil {
		return
	}
	p.started++
	number := p.started
	go func() {
		msg := command()
		p.answered(number, msg)
	}()
	synctest.Wait()
}

func (p *script) answered(command int, msg tea.Msg) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = append(p.done, answer{command, msg})
}

// next returns the message of the oldest command that has ended.
func (p *script) next() (tea.Msg, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.done) == 0 {
		return nil, false
	}
	slices.SortStableFunc(p.done, func(a, b answer) int { return cmp.Compare(a.command, b.command) })
	msg := p.done[0].msg
	p.done = p.done[1:]
	return msg, true
}

// settle delivers messages until nothing happens any more by itself.
func (p *script) settle() {
	const pause = 100 * time.Millisecond // longer than messages are held back
	for quiet := 0; quiet < 2; quiet++ {
		for msg, ok := p.next(); ok; msg, ok = p.next() {
			p.deliver(msg)
			quiet = 0
		}
		time.Sleep(pause)
		synctest.Wait()
	}
}

// deliver gives a message to the program, as the runtime of Bubble Tea does.
func (p *script) deliver(msg tea.Msg) {
	p.t.Helper()
	switch msg := msg.(type) {
	case nil:
		return
	case tea.BatchMsg:
		for _, command := range msg {
			p.run(command)
		}
		return
	case tea.QuitMsg:
		p.quit = true
		return
	case effects.Tick, effects.Minute:
		p.held = append(p.held, msg)
		return
	}
	value := reflect.ValueOf(msg)
	switch {
	case value.Kind() == reflect.Slice && value.Type().Elem() == reflect.TypeFor[tea.Cmd]():
		p.sequence(value)
		return
	case fmt.Sprintf("%T", msg) == "tea.setClipboardMsg":
		p.clipboard = value.String()
		return
	}
	p.update(msg)
}

// sequence runs commands that wait for each other.
func (p *script) sequence(commands reflect.Value) {
	p.started++
	number := p.started
	go func() {
		for i := range commands.Len() {
			command, ok := reflect.TypeAssert[tea.Cmd](commands.Index(i))
			if ok && command != nil {
				p.answered(number, command())
			}
		}
	}()
	synctest.Wait()
}

func (p *script) update(msg tea.Msg) {
	p.t.Helper()
	synctest.Wait() // commands that run still would count as calls of Update
	calls := p.engineCalls()
	_, command := p.model.Update(msg)
	if after := p.engineCalls(); after != calls {
		p.t.Errorf("Update(%T) called the engine %d times; want only commands to", msg, after-calls)
	}
	p.check()
	p.run(command)
}

// engineCalls counts what the engine was asked for.
func (p *script) engineCalls() int {
	calls := 0
	for _, method := range []string{
		"Pipeline", "Days", "Executions", "Execution", "Evaluation", "Logs", "LogStream.Next", "Plan", "Apply",
		"Plans", "PlanByID", "Control", "Stop", "Watch", "Subscription.Next", "Drive",
		"Partitions", "Forecasts", "Compare", "Rollback", "Examine", "Mend", "Definition",
	} {
		calls += p.fake.Calls(method)
	}
	return calls
}

// check fails if the frame does not fill the screen exactly.
func (p *script) check() {
	p.t.Helper()
	if wrong := p.misfit(p.model.View().Content); wrong != "" {
		p.t.Errorf("frame of %s at %dx%d: %s", p.model.Top(), p.width, p.height, wrong)
	}
}

// misfit says what of a frame does not fit the screen, and "" if all does. Most
// lines of a frame were in the one before, so their widths are kept.
func (p *script) misfit(frame string) string {
	lines := strings.Split(frame, "\n")
	if len(lines) > max(1, p.height) {
		return fmt.Sprintf("%d lines:\n%s", len(lines), ansi.Strip(frame))
	}
	cells := make(map[string]int, len(lines))
	for i, line := range lines {
		width, known := p.cells[line]
		if !known {
			width = ansi.StringWidth(line)
		}
		if width > p.width {
			return fmt.Sprintf("line %d has %d cells: %q", i+1, width, ansi.Strip(line))
		}
		cells[line] = width
	}
	p.cells = cells
	return ""
}

// Press presses keys, named as Bubble Tea names them and apart by spaces; 3*j
// is j three times.
func (p *script) Press(names string) *script {
	p.t.Helper()
	for _, name := range each(p.t, names) {
		p.update(press(name))
		p.settle()
	}
	return p
}

// each returns the names of keys one by one, those with a number in front, as in
// 3*j, so many times.
func each(t *testing.T, names string) (all []string) {
	t.Helper()
	for word := range strings.FieldsSeq(names) {
		times, name := 1, word
		if count, rest, ok := strings.Cut(word, "*"); ok && count != "" {
			name = rest
			if _, err := fmt.Sscan(count, &times); err != nil {
				t.Fatalf("keys %q: %q is no number", names, count)
			}
		}
		for range times {
			all = append(all, name)
		}
	}
	return all
}

// Type types a text, letter by letter.
func (p *script) Type(text string) *script {
	p.t.Helper()
	for _, r := range text {
		p.update(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	p.settle()
	return p
}

// press returns the message of a key.
func press(name string) tea.KeyPressMsg {
	named := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft,
		"right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
		"backspace": tea.KeyBackspace, "delete": tea.KeyDelete, "f1": tea.KeyF1,
	}
	switch code, ok := named[name]; {
	case ok:
		return tea.KeyPressMsg{Code: code}
	case name == "space":
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	case name == "shift+tab":
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	case strings.HasPrefix(name, "ctrl+"):
		return tea.KeyPressMsg{Code: rune(name[len("ctrl+")]), Mod: tea.ModCtrl}
	default:
		return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
	}
}

// Advance lets the engine's time pass.
func (p *script) Advance(d time.Duration) *script {
	p.t.Helper()
	p.fake.Advance(d)
	p.settle()
	return p
}

// Pass lets a minute pass on the screen, as the program is told of it.
func (p *script) Pass() *script {
	p.t.Helper()
	p.update(effects.Minute{At: p.fake.Time()})
	p.settle()
	return p
}

// Spin lets time pass on the screen, once.
func (p *script) Spin() *script {
	p.t.Helper()
	held := p.held
	p.held = nil
	for _, msg := range held {
		p.update(msg)
	}
	p.settle()
	return p
}

// Resize changes the size of the terminal.
func (p *script) Resize(width, height int) *script {
	p.t.Helper()
	p.width, p.height = width, height
	p.update(tea.WindowSizeMsg{Width: width, Height: height})
	p.settle()
	return p
}

// Screen returns what is on the screen, without colours.
func (p *script) Screen() string { return ansi.Strip(p.model.View().Content) }

// Expect fails if the screen lacks one of the texts.
func (p *script) Expect(texts ...string) *script {
	p.t.Helper()
	screen := p.Screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			p.t.Errorf("the screen of %s lacks %q:\n%s", p.model.Top(), text, screen)
		}
	}
	return p
}

// ExpectNot fails if the screen has one of the texts.
func (p *script) ExpectNot(texts ...string) *script {
	p.t.Helper()
	screen := p.Screen()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			p.t.Errorf("the screen of %s has %q, want it away:\n%s", p.model.Top(), text, screen)
		}
	}
	return p
}

// ExpectTop fails if the first line of a log lacks the text.
func (p *script) ExpectTop(text string) *script {
	p.t.Helper()
	const heads = 2
	if lines := strings.Split(p.Screen(), "\n"); len(lines) <= heads || !strings.Contains(lines[heads], text) {
		p.t.Errorf("the line at the top lacks %q:\n%s", text, p.Screen())
	}
	return p
}

// ExpectLine fails if no line has all of the texts.
func (p *script) ExpectLine(texts ...string) *script {
	p.t.Helper()
	for line := range strings.SplitSeq(p.Screen(), "\n") {
		if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) }) {
			return p
		}
	}
	p.t.Errorf("no line of the screen of %s has all of %q:\n%s", p.model.Top(), texts, p.Screen())
	return p
}

// ExpectPage fails if another page is on top.
func (p *script) ExpectPage(kind page.Kind) *script {
	p.t.Helper()
	if got := p.model.Top(); got != kind {
		p.t.Errorf("page on top = %s; want %s:\n%s", got, kind, p.Screen())
	}
	return p
}

// ExpectCursor fails if the row under the cursor lacks the text.
func (p *script) ExpectCursor(text string) *script {
	p.t.Helper()
	for line := range strings.SplitSeq(p.Screen(), "\n") {
		if strings.HasPrefix(line, "\u25b8") || strings.HasPrefix(line, ">") {
			if !strings.Contains(line, text) {
				p.t.Errorf("row under the cursor = %q; want one with %q", line, text)
			}
			return p
		}
	}
	p.t.Errorf("no row is under the cursor, want one with %q:\n%s", text, p.Screen())
	return p
}

// ExpectCalls fails if a method of the engine was called another number of
// times since the program began.
func (p *script) ExpectCalls(method string, want int) *script {
	p.t.Helper()
	if got := p.fake.Calls(method); got != want {
		p.t.Errorf("%s was called %d times; want %d", method, got, want)
	}
	return p
}
