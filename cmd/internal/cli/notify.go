package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/alert/notify"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// notifyOptions are those of the verb notify.
type notifyOptions struct {
	app  *app
	kind string
}

func newNotify(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "notify",
		Short: "Try out who is told what",
		Long: `Messages go out when a date failed, was gated, is late, or has recovered, when a
backfill ended or paused, and when published forecasts have become worse than the
backtest lets expect (drift), or no longer are: to the addresses and commands under
notify in daybatch.yaml. They are sent by whichever process runs or serves the
pipeline, and tried again until they arrive; only serve notices that a date is late.`,
		Example: "  daybatch notify test --kind failed",
		Args:    func(cmd *cobra.Command, args []string) error { return noVerb(cmd, args) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() }, //nolint:wrapcheck // it writes the help
	}
	cmd.AddCommand(newNotifyTest(a))
	return cmd
}

func newNotifyTest(a *app) *cobra.Command {
	opts := notifyOptions{app: a}
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Send a message to each address and say what came of it",
		Long: `Send a message that says that it is a test to each address and command under
notify and refresh in daybatch.yaml, and say what came of it.`,
		Example: "  daybatch notify test\n  daybatch notify test --kind failed",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runNotifyTest(cmd.Context(), opts) },
	}
	cmd.Flags().StringVar(&opts.kind, "kind", "", "only the channels of this kind: failed, gated, late, recovered or backfill")
	return cmd
}

// delivery is what came of a test message.
type delivery struct {
	Channel string `json:"channel"`
	Sent    bool   `json:"sent"`
	Error   string `json:"error,omitempty"`
}

func runNotifyTest(ctx context.Context, opts notifyOptions) error {
	if opts.kind != "" && !slices.Contains(alert.Kinds(), alert.Kind(opts.kind)) {
		return usagef("there is no kind %q: there are %v", opts.kind, alert.Kinds())
	}
	c, err := opts.app.project()
	if err != nil {
		return err
	}
	alerts := alert.Audience{Channels: c.Notify, Refresh: c.Refresh}
	sent := []delivery{}
	for _, kind := range alert.Kinds() {
		if opts.kind != "" && kind != alert.Kind(opts.kind) {
			continue
		}
		for _, channel := range alerts.Channels[kind] {
			sent = append(sent, trySend(ctx, opts.app, c.Dir, channel, sample(c.Definition.Pipeline, kind, opts.app)))
		}
	}
	if opts.kind == "" && c.Refresh != nil {
		sent = append(sent, trySend(ctx, opts.app, c.Dir, *c.Refresh, sample(c.Definition.Pipeline, "refresh", opts.app)))
	}
	if len(sent) == 0 {
		return &hintError{usagef("nobody is told anything"), "list addresses under notify in daybatch.yaml, for example `notify: {failed: [\"${SLACK_URL}\"]}`"}
	}
	if err := opts.app.print(deliveryListing(sent)); err != nil {
		return err
	}
	if slices.ContainsFunc(sent, func(d delivery) bool { return !d.Sent }) {
		return statusError(exitFailed)
	}
	return nil
}

func trySend(ctx context.Context, a *app, dir string, channel alert.Channel, m alert.Message) delivery {
	err := notify.Send(ctx, dir, a.env.Environ, channel, m)
	if errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	d := delivery{Channel: channel.Name, Sent: err == nil}
	if err != nil {
		d.Error = err.Error()
	}
	return d
}

// sample is a message that can't be taken for a real one.
func sample(pipeline string, kind alert.Kind, a *app) alert.Message {
	return alert.Message{
		Kind: kind, Key: "test/" + stamp(a.env.Now()), Pipeline: pipeline, Dates: []calendar.Date{},
		Subject: fmt.Sprintf("TEST  %s, messages of kind %s", pipeline, kind),
		Body:    fmt.Sprintf("nothing happened: %s tries out who is told what", a.actor()),
	}
}

func deliveryListing(sent []delivery) listing {
	l := listing{
		header: []string{"CHANNEL", "ANSWER"},
		fields: []string{"channel", "sent", "error"},
		items:  sent,
	}
	for _, d := range sent {
		answer := "sent"
		if !d.Sent {
			answer = d.Error
		}
		l.rows = append(l.rows, []string{d.Channel, answer})
		l.records = append(l.records, []string{d.Channel, strconv.FormatBool(d.Sent), d.Error})
	}
	return l
}
