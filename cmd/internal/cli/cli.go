package cli

import (
	"context"
	"io"
	"log/slog"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui"
)

// Env is what the process gives to the command line.
type Env struct {
	Args       []string // without the program's name
	Stdin      io.Reader
	Stdout     io.Writer
	Stderr     io.Writer
	Environ    []string // NAME=value
	Dir        string   // working directory
	Executable string   // path of this program, for the processes of steps
	Host       string   // name of this machine
	User       string   // name of the account, if the environment has none
	Now        func() time.Time
	// Foreground is told when another program has the terminal, and with it ctrl+c,
	// and when it has it no more; nil: nobody is told.
	Foreground func(other bool)
	// Open opens the engine of a project; nil: the one that the project chooses.
	Open func(ctx context.Context, request OpenRequest) (forecast.Engine, error)
	// Screen shows an engine on the terminal; nil: [tui.Run].
	Screen func(ctx context.Context, engine forecast.Engine, options tui.Options) (next tui.Next, err error)
	// Greet is shown on a terminal where there is no project; nil: [tui.Greet].
	Greet func(ctx context.Context, told tui.Welcome, options tui.Options) (tui.Choice, error)
}

// Run runs the command line and returns the exit code.
func Run(ctx context.Context, env Env) int {
	collectLate(environment(env.Environ))
	a := newApp(env)
	root := newRoot(a) //nolint:contextcheck // verbs get the context of ExecuteContext
	root.SetArgs(datesAsWords(env.Args))
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	return a.finish(ctx, root.ExecuteContext(ctx))
}

// datesAsWords writes the date -3 as today-3, which is no flag, also where a range
// begins with it.
func datesAsWords(args []string) []string {
	ago := regexp.MustCompile(`^-\d+(\.\..*)?$`)
	words := make([]string, len(args))
	for i, arg := range args {
		if arg == "--" {
			copy(words[i:], args[i:])
			break
		}
		if ago.MatchString(arg) {
			arg = "today" + arg
		}
		words[i] = arg
	}
	return words
}

// app is what the verbs share: the process and the global flags.
type app struct {
	env     Env
	flags   globalFlags
	started bool // the arguments were good and a verb has begun
	// offering says that a shell asks for words: nothing is started for that.
	offering bool

	style   style
	log     io.Writer // of the engine
	level   slog.Level
	hostNow func() time.Time // env.Now, but for projects with a simulated account
	account account          // that was turned to on the screen
}

// globalFlags are the flags that every verb has.
type globalFlags struct {
	project  string
	readOnly bool
	yes      bool
	noInput  bool
	ascii    bool
	format   format
}

func newApp(env Env) *app {
	if env.Screen == nil {
		env.Screen = tui.Run
	}
	if env.Greet == nil {
		env.Greet = tui.Greet
	}
	return &app{env: env, flags: globalFlags{format: formatTable}, log: env.Stderr, level: slog.LevelError, hostNow: env.Now}
}

const rootHelp = `daybatch runs a daily training-and-prediction batch and shows its days.

Without a verb it opens the terminal UI, or prints the days if standard output
is no terminal. It works on the project in the current directory or the nearest
parent that has a daybatch.yaml.

Exit codes:
  0    ok
  1    the run or the gate failed
  2    wrong usage or configuration
  3    not authorised, or opened read-only
  4    unavailable, held by somebody else, or throttled
  5    partly done: some dates succeeded and some did not
  130  interrupted

Environment:
  DAYBATCH_PROJECT     directory of the project, as --project
  DAYBATCH_READ_ONLY   any value: as --read-only
  DAYBATCH_ACTOR       who is asking, for the records; else the user's name
  DAYBATCH_KEY_NAME    overrides key.name of daybatch.yaml, see config explain
  NO_COLOR             any value: no colours`

const rootExample = `  daybatch demo                                 a project with data, to look around
  daybatch init --from sales.csv                a project for your own data
  daybatch run                                  make the newest date that is due
  daybatch days                                 what happened
  daybatch logs -f                              what is happening
  daybatch rerun --failed                       repeat what failed, from the failed step
  daybatch backfill --last 60                   make the missing dates`

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:               "daybatch",
		Short:             "The operator's terminal for daily training-and-prediction batches",
		Long:              rootHelp,
		Example:           rootExample,
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              cobra.NoArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.begin() },
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runHome(cmd.Context(), a)
		},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return flagError(cmd, err) })
	root.CompletionOptions.HiddenDefaultCmd = false
	root.Args = func(cmd *cobra.Command, args []string) error { return noVerb(cmd, args) }
	flags := root.PersistentFlags()
	flags.StringVar(&a.flags.project, "project", "", "directory of the project (default: the nearest parent with a daybatch.yaml)")
	flags.BoolVar(&a.flags.readOnly, "read-only", false, "refuse every change")
	flags.BoolVarP(&a.flags.yes, "yes", "y", false, "do what was asked without asking back")
	flags.BoolVar(&a.flags.noInput, "no-input", false, "never ask, as if there were no terminal")
	flags.BoolVar(&a.flags.ascii, "ascii", false, "write ASCII only")
	flags.VarP(&a.flags.format, "output", "o", "table, json or csv")
	root.AddCommand(
		newDemo(a), newInit(a), newRun(a), newDays(a), newPipelines(a), newSteps(a), newDiagnose(a), newLogs(a), newMetrics(a), newForecast(a),
		newQuery(a), newConsole(a), newRerun(a), newBackfill(a), newStop(a), newPartition(a), newFallback(a), newServe(a), newNotify(a), newDeploy(a), newDoctor(a),
		newStep(a), newJob(a), newSimulate(a), newBench(a), newConfig(a), newVersion(a),
	)
	sayArguments(root)
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "help" { // it would show the help of what is above
			cmd.Args = helpVerb
		}
	}
	a.completeAll(root)
	return root
}

// begin is called before every verb, when its arguments are known to be good.
func (a *app) begin() error {
	a.started = true
	environ := environment(a.env.Environ)
	if environ["DAYBATCH_READ_ONLY"] != "" {
		a.flags.readOnly = true
	}
	if a.flags.project == "" {
		a.flags.project = environ["DAYBATCH_PROJECT"]
	}
	a.style = newStyle(a.env, a.flags.ascii)
	return nil
}

// noVerb refuses arguments of the root, which are verbs that don't exist.
func noVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var verbs []string
	for _, verb := range cmd.Commands() {
		if !verb.Hidden {
			verbs = append(verbs, verb.Name())
		}
	}
	if near := config.Nearest(args[0], verbs); near != "" {
		return usagef("there is no verb %q; did you mean %q?", args[0], near)
	}
	return usagef("there is no verb %q; `%s --help` lists them", args[0], cmd.CommandPath())
}

// helpVerb refuses to explain a verb that doesn't exist.
func helpVerb(cmd *cobra.Command, args []string) error {
	found, rest, err := cmd.Root().Find(args)
	if err != nil {
		return usagef("%s", err.Error())
	}
	if len(rest) > 0 && !found.HasSubCommands() {
		return usagef("%s has no verbs; `%s --help` says what it takes", found.CommandPath(), found.CommandPath())
	}
	return noVerb(found, rest)
}
