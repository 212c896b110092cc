// Package notify sends messages: to the addresses of services such as Slack,
// Teams, mail or a webhook, or to a command of the project.
package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/scrub"
)

// Sender sends messages to channels.
type Sender struct {
	Dir     string   // where commands run: the project
	Environ []string // of commands
	Timeout time.Duration
}

// Send sends a message. Its error holds no secret of the channel. A message whose
// sending failed or timed out may have arrived: the receiver tells repeats apart
// by the message's key.
func (s Sender) Send(ctx context.Context, channel alert.Channel, m alert.Message) error {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	var err error
	switch {
	case channel.Lacks != "":
		err = fmt.Errorf("the variable %s is not set in this process", channel.Lacks)
	case len(channel.Command) > 0:
		err = s.command(ctx, channel.Command, m)
	case isWebhook(channel.URL):
		err = s.webhook(ctx, channel.URL, m)
	default:
		err = s.post(ctx, channel.URL, m)
	}
	if err != nil {
		return fmt.Errorf("send to %s: %w", channel.Name, err)
	}
	return nil
}

func isWebhook(address string) bool {
	return strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://")
}

// webhook posts a message as JSON.
func (s Sender) webhook(ctx context.Context, address string, m alert.Message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(text))
	if err != nil {
		return redacted(err, address)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("no answer in %s", s.Timeout)
		}
		return redacted(err, address)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusMultipleChoices {
		said, _ := io.ReadAll(io.LimitReader(response.Body, mostOutput)) // as far as it can be read
		return redacted(fmt.Errorf("answered %s: %s", response.Status, scrub.Line(strings.TrimSpace(string(said)))), address)
	}
	return nil
}

// post sends to the address of a service. The library can't be interrupted: when
// the time is up it is left to end by itself.
func (s Sender) post(ctx context.Context, address string, m alert.Message) error {
	router, err := shoutrrr.CreateSender(address)
	if err != nil {
		return redacted(err, address)
	}
	router.Timeout = s.Timeout + patience
	params := types.Params{}
	params.SetTitle(m.Subject)
	sent := make(chan error, 1)
	go func() { sent <- errors.Join(router.Send(m.Text(), &params)...) }()
	select {
	case err := <-sent:
		return redacted(err, address)
	case <-ctx.Done():
		return fmt.Errorf("no answer in %s", s.Timeout)
	}
}

// patience is how much longer than a sender the library waits, so that the sender's
// words for it are told.
const patience = 10 * time.Second

// mostOutput is how much of a failed command's output is kept.
const mostOutput = 500

// command runs a command of the project with the message as JSON on its standard
// input.
func (s Sender) command(ctx context.Context, argv []string, m alert.Message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	command := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the project's own command
	command.Dir, command.Stdin = s.Dir, bytes.NewReader(text)
	command.WaitDelay = time.Second
	command.Env = append(append([]string(nil), s.Environ...), Environ(m)...)
	output, err := command.CombinedOutput()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s did not end in %s", argv[0], s.Timeout)
	case err != nil:
		said := scrub.Line(scrub.Redact(strings.TrimSpace(string(output[:min(len(output), mostOutput)]))))
		return fmt.Errorf("%s: %w: %s", argv[0], err, said)
	default:
		return nil
	}
}

// Environ returns what a command finds of a message in its environment.
func Environ(m alert.Message) []string {
	var dates []string
	for _, d := range m.Dates {
		dates = append(dates, d.String())
	}
	return []string{
		"DAYBATCH_EVENT=" + string(m.Kind), "DAYBATCH_KEY=" + m.Key, "DAYBATCH_PIPELINE=" + m.Pipeline,
		"DAYBATCH_DATES=" + strings.Join(dates, " "), "DAYBATCH_PLAN=" + string(m.Plan),
		"DAYBATCH_ATTEMPT=" + strconv.Itoa(m.Attempt), "DAYBATCH_STEP=" + m.Step, "DAYBATCH_SUBJECT=" + m.Subject,
	}
}

// redacted returns err without what may be secret of an address: all of it but
// its scheme.
func redacted(err error, address string) error {
	if err == nil {
		return nil
	}
	text := strings.ReplaceAll(err.Error(), address, scrub.Redacted)
	if parsed, parseErr := url.Parse(address); parseErr == nil {
		password, _ := parsed.User.Password()
		secrets := append(strings.Split(parsed.EscapedPath(), "/"), parsed.User.Username(), password, parsed.Opaque)
		for _, values := range parsed.Query() {
			secrets = append(secrets, values...)
		}
		for _, secret := range secrets {
			if len(secret) >= shortest {
				text = strings.ReplaceAll(text, secret, scrub.Redacted)
			}
		}
	}
	return errors.New(scrub.Redact(text))
}

// shortest is the length from which on a part of an address may be a secret.
const shortest = 6
