package aws_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// identity is the IAM Identity Center of a company: it renews no login, and gives the
// keys of a role to whoever has logged in.
type identity struct {
	refused atomic.Int64
	revoked atomic.Bool // what was given before
}

// ServeHTTP implements [http.Handler].
func (i *identity) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == "/token":
		i.refused.Add(1)
		w.Header().Set("X-Amzn-Errortype", "InvalidGrantException")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant","error_description":"Invalid refresh token provided"}`)
	case i.revoked.Load() && r.Header.Get("X-Amz-Sso_bearer_token") != "new":
		i.refused.Add(1)
		w.Header().Set("X-Amzn-Errortype", "UnauthorizedException")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"message":"Session token not found or invalid"}`)
	default: // keys that have ended already, so that every call asks for new ones
		fmt.Fprint(w, `{"roleCredentials":{"accessKeyId":"corp","secretAccessKey":"secret","sessionToken":"session","expiration":1}}`)
	}
}

// TestSessionExpires lets the login of IAM Identity Center end while an attempt runs,
// in the two ways in which it does: the drive waits, and goes on after `aws sso login`.
func TestSessionExpires(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, "config"))
	token := func(text string) {
		t.Helper()
		path, err := ssocreds.StandardCachedTokenFilepath("corp")
		must(t, err)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path+".new", []byte(text), 0o600))
		must(t, os.Rename(path+".new", path))
	}
	for name, end := range map[string]func(*identity){ //nolint:paralleltest // they have one environment
		"revoked": func(i *identity) { i.revoked.Store(true) },
		"refresh": func(*identity) {
			token(`{"accessToken":"old","expiresAt":"2020-01-01T00:00:00Z","refreshToken":"old","clientId":"id","clientSecret":"secret"}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var corp identity
			server := httptest.NewServer(&corp)
			t.Cleanup(server.Close)
			token(`{"accessToken":"old","expiresAt":"2120-01-01T00:00:00Z"}`)

			d := day(10)
			a := newAccount(t, enginetest.Definition(), enginetest.Script{d: {forecast.Train: {enginetest.Hangs()}}}, accountOptions{speed: 10})
			must(t, os.WriteFile(filepath.Join(home, "config"), []byte(`
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = ap-northeast-1

[profile corp]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Operator
services = corp
endpoint_url = `+a.settings.Endpoint+`

[services corp]
sso =
  endpoint_url = `+server.URL+`
sso_oidc =
  endpoint_url = `+server.URL+`
`), 0o600))
			e := a.open(t, func(o *aws.Options) { o.Settings.Profile, o.Settings.Endpoint = "corp", "" })
			id, driven := begin(t, e, forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{d}})
			days := func() ([]forecast.Day, error) {
				return e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
			}
			await(t, "Train", days, func(days []forecast.Day) bool {
				return len(days[0].Steps) > 2 && days[0].Steps[2].Status == forecast.StepExecuting
			})
			end(&corp)
			if _, err := days(); !errors.Is(err, forecast.ErrLogin) {
				t.Errorf("Days = %v; want that there is no login", err)
			}
			before := corp.refused.Load()
			const looks = 12 // more than a drive has patience for what is unavailable
			await(t, "the drive to look again", func() (int64, error) { return corp.refused.Load(), nil }, func(n int64) bool { return n > before+looks })
			select {
			case err := <-driven:
				t.Fatalf("Drive = %v; want that it waits for the login", err)
			default:
			}
			a.release(d, forecast.Train)
			token(`{"accessToken":"new","expiresAt":"2120-01-01T00:00:00Z"}`)
			if err := <-driven; err != nil {
				t.Errorf("Drive = %v; want that it goes on after the login", err)
			}
			if p, err := e.PlanByID(t.Context(), id); err != nil || p.Outcome != forecast.OutcomeSucceeded {
				t.Errorf("the plan is %s %q, %v; want that it succeeded", p.State, p.Outcome, err)
			}
		})
	}
}
