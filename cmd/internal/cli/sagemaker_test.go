package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui"
)

// TestAccountErrors runs verbs on an account that refuses, and looks at the exit
// code, at what is said to do about it, and that the screen says that it is not
// AWS.
func TestAccountErrors(t *testing.T) { //nolint:paralleltest // it sets the environment, and breaks one account
	configured := filepath.Join(t.TempDir(), "config")
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "aki", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": configured, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	if err := os.WriteFile(configured, []byte("[profile acme]\nregion = ap-northeast-1\naws_access_key_id = aki\naws_secret_access_key = secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sim, err := awssim.New(awssim.Options{Dir: t.TempDir(), Now: time.Now}) //nolint:forbidigo // the account's time is the host's
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	endpoint, err := sim.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.CreateBucket("forecasts"); err != nil {
		t.Fatal(err)
	}
	denied := "User: arn:aws:iam::123456789012:user/aki is not authorized to perform: sagemaker:ListPipelineExecutions on resource: pipeline/demand-daily"
	for _, tt := range []struct { //nolint:paralleltest // as above
		name   string
		effect awssim.Effect
		code   int
		want   []string
	}{
		{"no pipeline", awssim.Effect{}, 2, []string{"does not exist", "hint: `daybatch deploy` makes the pipeline"}},
		{"denied", awssim.Effect{Code: "AccessDeniedException", Message: denied}, 3, []string{"hint: somebody has to allow sagemaker:ListPipelineExecutions"}},
		{"expired", awssim.Effect{Code: "ExpiredTokenException", Message: "The security token included in the request is expired"}, 3, []string{"hint: log in again as you do for the profile acme: its keys stand in"}},
		{"throttled", awssim.Effect{Code: "ThrottlingException", Message: "Rate exceeded"}, 4, []string{"Rate exceeded", "nothing is lost"}},
		{"not AWS", awssim.Effect{HTML: true}, 4, []string{"hint: "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.effect != (awssim.Effect{}) {
				defer sim.Inject(awssim.Fault{Operation: "sagemaker.*", Effect: tt.effect})()
			}
			e, _, stderr := env(t, nil, "days")
			e.Open, e.Now = nil, time.Now //nolint:forbidigo // as above
			writeAccount(t, e.Dir, endpoint)
			if code := cli.Run(t.Context(), e); code != tt.code {
				t.Errorf("daybatch days = %d; want %d", code, tt.code)
			}
			for _, want := range append(tt.want, "NOT AWS: calls go to "+endpoint) {
				if !bytes.Contains(stderr.Bytes(), []byte(want)) {
					t.Errorf("standard error lacks %q:\n%s", want, stderr)
				}
			}
		})
	}
	expired := awssim.Effect{Code: "ExpiredTokenException", Message: "The security token included in the request is expired"}
	defer sim.Inject(awssim.Fault{Operation: "*.*", Effect: expired})()
	wantLogins(t, endpoint)
}

// wantLogins runs every verb that asks an account, which has an expired login.
func wantLogins(t *testing.T, endpoint string) {
	t.Helper()
	for _, verb := range []string{
		"days", "run", "rerun --failed", "rerun 2026-01-15", "backfill --last 3 --yes", "backfill list", "backfill show", "backfill pause",
		"backfill apply bf-1", "stop latest", "steps latest", "logs latest", "logs latest -f", "metrics latest", "forecast latest", "query SELECT+1",
		"partition list", "partition show latest", "partition diff latest", "partition rollback latest", "doctor", "doctor --mend", "deploy",
		"deploy --dry-run", "",
	} {
		wantLogin(t, endpoint, verb)
	}
}

// wantLogin runs a verb in an account whose login has expired.
func wantLogin(t *testing.T, endpoint, verb string) {
	t.Helper()
	args := strings.Fields(verb)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "+", " ")
	}
	e, _, stderr := env(t, nil, args...)
	e.Open, e.Now = nil, time.Now //nolint:forbidigo // as above
	writeAccount(t, e.Dir, endpoint)
	code := cli.Run(t.Context(), e)
	if hint := "hint: log in again as you do for the profile acme: its keys stand in"; code != 3 || strings.Count(stderr.String(), hint) != 1 {
		t.Errorf("daybatch %s = %d; want 3 and %q:\n%s", verb, code, hint, stderr)
	}
}

// TestLogInToOpen opens the screen with a login that has expired: it is asked
// whether the program that logs in is to be run, and gone on if that did.
func TestLogInToOpen(t *testing.T) { //nolint:paralleltest // it sets the environment
	dir := t.TempDir()
	token, profiles := filepath.Join(dir, "token"), filepath.Join(dir, "config")
	sso := "[profile acme]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Operator\n" +
		"[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = ap-northeast-1\n"
	for path, text := range map[string]string{
		profiles:                  sso,
		filepath.Join(dir, "aws"): "#!/bin/sh\nprintf '%s' \"$*\" > '" + token + "'\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": profiles, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
		"PATH": dir + string(os.PathListSeparator) + os.Getenv("PATH"), //nolint:forbidigo // the program is put before the machine's
	} {
		t.Setenv(name, value)
	}
	for _, tt := range []struct {
		answer string
		code   int
		shown  bool
	}{{"n\n", 3, false}, {"\n", 0, true}} {
		terminal, tty := openTerminal(t)
		fake := enginetest.NewFake(enginetest.FakeOptions{})
		e, _, stderr := env(t, fake)
		writeAccount(t, e.Dir, "http://127.0.0.1:1")
		e.Stdin, e.Stdout = tty, tty
		e.Open = func(context.Context, cli.OpenRequest) (forecast.Engine, error) {
			if _, err := os.Stat(token); err != nil {
				return nil, fmt.Errorf("read the state: %w", forecast.ErrLogin)
			}
			return fake, nil
		}
		shown := false
		e.Screen = func(context.Context, forecast.Engine, tui.Options) (tui.Next, error) {
			shown = true
			return tui.Next{}, nil
		}
		if _, err := io.WriteString(terminal, tt.answer); err != nil {
			t.Fatal(err)
		}
		code := cli.Run(t.Context(), e)
		if code != tt.code || shown != tt.shown || !strings.Contains(stderr.String(), "Run `aws sso login --profile acme` now? [Y/n]") {
			t.Errorf("answered %q it ended with %d, shown %v; want %d and %v\n%s", tt.answer, code, shown, tt.code, tt.shown, stderr)
		}
		if !tt.shown && !strings.Contains(stderr.String(), "hint: log in again with `aws sso login --profile acme`") {
			t.Errorf("standard error lacks what to do:\n%s", stderr)
		}
		_, _ = terminal.Close(), tty.Close()
	}
	if ran, err := os.ReadFile(token); err != nil || string(ran) != "sso login --profile acme" {
		t.Errorf("aws ran with %q, %v; want sso login with the profile", ran, err)
	}
}

// writeAccount makes a project one of an account at an address.
func writeAccount(t *testing.T, dir, endpoint string) {
	t.Helper()
	account := fmt.Sprintf(`engine: sagemaker
sagemaker: {region: ap-northeast-1, profile: acme, endpoint: %q, bucket: forecasts, role: "arn:aws:iam::123456789012:role/job", image: "1.dkr/daybatch:1"}
`, endpoint)
	text := strings.Replace(project, "orders: orders.csv", "orders: raw.orders", 1) + account
	if err := os.WriteFile(filepath.Join(dir, "daybatch.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
