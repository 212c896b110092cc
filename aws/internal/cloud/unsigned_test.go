package cloud_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/glue"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/forecast"
)

// reply is what a service answers.
type reply struct {
	status int
	code   string // of an error
	body   string
}

// providers are the services that credentials come from, and one that is signed
// for: Glue, which answers everybody.
type providers struct {
	token, portal, assume, signIn reply
	home                          string
}

// serve answers as they do.
func (p *providers) serve(w http.ResponseWriter, r *http.Request) {
	answer := reply{status: http.StatusOK, body: `{"Table": {"Name": "demand"}}`}
	switch {
	case r.URL.Path == "/token":
		answer = p.token
	case r.URL.Path == "/federation/credentials":
		answer = p.portal
	case r.URL.Path == "/v1/token":
		answer = p.signIn
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		answer = p.assume
	}
	if answer.code != "" {
		w.Header().Set("X-Amzn-Errortype", answer.code)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(answer.status)
	fmt.Fprint(w, answer.body)
}

// newProviders starts the services, and sets up the profiles of a person for them.
func newProviders(t *testing.T) *providers {
	t.Helper()
	p := &providers{home: t.TempDir()}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(server.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	text := strings.NewReplacer("SERVER", server.URL, "GONE", gone.URL).Replace(`
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = ap-northeast-1

[services fake]
glue =
  endpoint_url = SERVER
sso =
  endpoint_url = SERVER
sso_oidc =
  endpoint_url = SERVER
sts =
  endpoint_url = SERVER
signin =
  endpoint_url = SERVER

[services offline]
glue =
  endpoint_url = SERVER
sso =
  endpoint_url = GONE
sso_oidc =
  endpoint_url = GONE
sts =
  endpoint_url = GONE
signin =
  endpoint_url = GONE

[profile session]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Operator
services = fake

[profile legacy]
sso_start_url = https://corp.awsapps.com/start
sso_region = ap-northeast-1
sso_account_id = 123456789012
sso_role_name = Operator
services = fake

[profile offline]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Operator
services = offline

[profile assumed]
role_arn = arn:aws:iam::123456789012:role/operator
source_profile = keys
services = fake

[profile twice]
role_arn = arn:aws:iam::123456789012:role/operator
source_profile = session
services = fake

[profile keys]
aws_access_key_id = aki
aws_secret_access_key = secret
aws_session_token = session
services = fake

[profile console]
login_session = arn:aws:iam::123456789012:user/aki
services = fake

[profile consoleoffline]
login_session = arn:aws:iam::123456789012:user/aki
services = offline

[profile program]
credential_process = cat ` + filepath.Join(p.home, "keys.json") + `
services = fake

[profile noprogram]
credential_process = /nowhere/keys
services = fake

[profile bare]
services = fake
`)
	write(t, filepath.Join(p.home, "config"), text)
	return p
}

// environ is the environment of that person, but for HOME.
func (p *providers) environ() map[string]string {
	return map[string]string{
		"AWS_CONFIG_FILE": filepath.Join(p.home, "config"), "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "",
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// session leaves what `aws sso login` does.
func (p *providers) session(t *testing.T, key, token string) {
	t.Helper()
	path, err := ssocreds.StandardCachedTokenFilepath(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, token)
}

// console leaves what `aws login` does.
func (p *providers) console(t *testing.T, ends string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{
		"accessToken": map[string]string{
			"accessKeyId": "aki", "secretAccessKey": "secret", "sessionToken": "session", "accountId": "123456789012", "expiresAt": ends,
		},
		"tokenType": "aws_sigv4", "refreshToken": "old", "clientId": "arn:aws:signin:::devtools/same-device",
		"dpopKey": string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})),
	})
	if err != nil {
		t.Fatal(err)
	}
	name := sha256.Sum256([]byte("arn:aws:iam::123456789012:user/aki"))
	write(t, filepath.Join(p.home, ".aws", "login", "cache", hex.EncodeToString(name[:])+".json"), string(text))
}

const (
	past, future = "2020-01-01T00:00:00Z", "2120-01-01T00:00:00Z"
	startURL     = "https://corp.awsapps.com/start"
	valid        = `{"accessToken":"new","expiresAt":"` + future + `"}`
	renewable    = `{"accessToken":"old","expiresAt":"` + past + `","refreshToken":"old","clientId":"id","clientSecret":"secret"}`
	ended        = `{"accessToken":"old","expiresAt":"` + past + `"}`
)

// fails is the answer of STS that is an error.
func fails(status int, code, message string) reply {
	return reply{status: status, body: "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>" + message + "</Message></Error></ErrorResponse>"}
}

// TestUnsigned lets every kind of login fail on its way through the SDK, in the
// ways in which it does.
func TestUnsigned(t *testing.T) {
	granted := reply{status: http.StatusOK, body: `{"roleCredentials":{"accessKeyId":"aki","secretAccessKey":"secret","sessionToken":"session","expiration":4733510400000}}`}
	tests := map[string]struct {
		profile string
		session string // of both kinds of profiles
		console string // when that login ends; empty: there was none
		given   providers
		kind    error  // nil: the call is made
		text    string // a part of it
	}{
		"a login": {profile: "session", session: valid, given: providers{portal: granted}},
		"a login that is renewed": {profile: "session", session: renewable, given: providers{
			portal: granted, token: reply{status: http.StatusOK, body: `{"accessToken":"new","refreshToken":"new","expiresIn":3600,"tokenType":"Bearer"}`},
		}},
		"a refresh token that has ended": {profile: "session", session: renewable, given: providers{
			token: reply{status: http.StatusBadRequest, code: "InvalidGrantException", body: `{"error":"invalid_grant","error_description":"Invalid refresh token provided"}`},
		}, kind: forecast.ErrLogin, text: "SSO OIDC CreateToken"},
		"a client that has ended": {profile: "session", session: renewable, given: providers{
			token: reply{status: http.StatusUnauthorized, code: "InvalidClientException", body: `{"error":"invalid_client"}`},
		}, kind: forecast.ErrLogin, text: "InvalidClientException"},
		"a token that was revoked": {profile: "session", session: valid, given: providers{
			portal: reply{status: http.StatusUnauthorized, code: "UnauthorizedException", body: `{"message":"Session token not found or invalid"}`},
		}, kind: forecast.ErrLogin, text: "SSO GetRoleCredentials: Session token not found or invalid (UnauthorizedException"},
		"no login":                      {profile: "session", kind: forecast.ErrLogin, text: "cached SSO token"},
		"a login that can't be renewed": {profile: "session", session: ended, kind: forecast.ErrLogin, text: "cached SSO token is expired"},
		"a login of old that has ended": {profile: "legacy", session: ended, kind: forecast.ErrLogin, text: "the SSO session has expired"},
		"no login of old":               {profile: "legacy", kind: forecast.ErrLogin, text: "the SSO session has expired"},
		"no way to renew a login":       {profile: "offline", session: renewable, kind: forecast.ErrUnavailable, text: "SSO OIDC"},
		"no way to the portal":          {profile: "offline", session: valid, kind: forecast.ErrUnavailable, text: "SSO"},
		"a portal that fails":           {profile: "session", session: valid, given: providers{portal: reply{status: http.StatusInternalServerError}}, kind: forecast.ErrUnavailable},
		"a portal that is asked too much": {profile: "session", session: valid, given: providers{
			portal: reply{status: http.StatusTooManyRequests, code: "TooManyRequestsException", body: `{"message":"HTTP 429 Unknown Code"}`},
		}, kind: forecast.ErrUnavailable},
		"a role that nobody has given": {profile: "session", session: valid, given: providers{
			portal: reply{status: http.StatusForbidden, code: "ForbiddenException", body: `{"message":"No access"}`},
		}, kind: forecast.ErrUnauthorised, text: "SSO GetRoleCredentials: No access"},
		"an account that the portal does not know": {profile: "session", session: valid, given: providers{
			portal: reply{status: http.StatusNotFound, code: "ResourceNotFoundException", body: `{"message":"no such account"}`},
		}, kind: forecast.ErrInvalid},
		"a role that may not be assumed": {profile: "assumed", given: providers{
			assume: fails(http.StatusForbidden, "AccessDenied", "User: arn:aws:iam::123456789012:user/aki is not authorized to perform: sts:AssumeRole on resource: x"),
		}, kind: forecast.ErrUnauthorised, text: "not authorised: STS AssumeRole: User: arn:aws:iam::123456789012:user/aki is not authorized to perform: sts:AssumeRole"},
		"a role assumed with keys that have ended": {profile: "assumed", given: providers{
			assume: fails(http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired"),
		}, kind: forecast.ErrLogin, text: "STS AssumeRole"},
		"a role assumed for too long": {profile: "assumed", given: providers{
			assume: fails(http.StatusBadRequest, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
		}, kind: forecast.ErrInvalid},
		"a role assumed with a login that has ended": {profile: "twice", session: renewable, given: providers{
			token: reply{status: http.StatusBadRequest, code: "InvalidGrantException", body: `{"error":"invalid_grant"}`},
		}, kind: forecast.ErrLogin, text: "not logged in: SSO OIDC CreateToken"},
		"a program that fails":        {profile: "program", kind: forecast.ErrLogin, text: "exit status 1"},
		"a program that is not there": {profile: "noprogram", kind: forecast.ErrLogin, text: "exit status 127"},
		"no login to the console":     {profile: "console", kind: forecast.ErrLogin, text: "please reauthenticate"},
		"a login to the console":      {profile: "console", console: future},
		"a login to the console that has ended": {profile: "console", console: past, given: providers{
			signIn: reply{status: http.StatusBadRequest, code: "AccessDeniedException", body: `{"error":"TOKEN_EXPIRED","message":"x"}`},
		}, kind: forecast.ErrLogin, text: "login session has expired"},
		"a login to the console without a right": {profile: "console", console: past, given: providers{
			signIn: reply{status: http.StatusBadRequest, code: "AccessDeniedException", body: `{"error":"INSUFFICIENT_PERMISSIONS","message":"x"}`},
		}, kind: forecast.ErrUnauthorised, text: "CreateOAuth2Token action"},
		"no way to the console":       {profile: "consoleoffline", console: past, kind: forecast.ErrUnavailable},
		"nothing":                     {profile: "bare", kind: forecast.ErrLogin},
		"a profile that is not there": {profile: "nobody", kind: forecast.ErrLogin, text: "nobody"},
	}
	p := newProviders(t)
	t.Setenv("HOME", p.home)
	for name, value := range p.environ() {
		t.Setenv(name, value)
	}
	for name, tt := range tests { //nolint:paralleltest // they have one environment
		t.Run(name, func(t *testing.T) {
			if err := os.RemoveAll(filepath.Join(p.home, ".aws")); err != nil {
				t.Fatal(err)
			}
			tt.given.home = p.home
			*p = tt.given
			if tt.session != "" {
				p.session(t, "corp", tt.session)
				p.session(t, startURL, tt.session)
			}
			if tt.console != "" {
				p.console(t, tt.console)
			}
			err := called(t, tt.profile, &cloud.Limits{Backoff: time.Microsecond})()
			for _, kind := range []error{forecast.ErrLogin, forecast.ErrUnauthorised, forecast.ErrUnavailable, forecast.ErrInvalid} {
				if want := tt.kind != nil && errors.Is(tt.kind, kind); errors.Is(err, kind) != want {
					t.Errorf("%v; want one that is %v", err, tt.kind)
				}
			}
			if (err == nil) != (tt.kind == nil) || err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%v; want one that says %q", err, tt.text)
			}
			if cloud.Login(err) != errors.Is(tt.kind, forecast.ErrLogin) {
				t.Errorf("Login(%v) = %t; want the opposite", err, cloud.Login(err))
			}
		})
	}
}

// called returns a call with the credentials of a profile, for as often as it is
// called.
func called(t *testing.T, profile string, limits *cloud.Limits) func() error {
	t.Helper()
	loaded, err := cloud.Load(t.Context(), cloud.Account{Region: "ap-northeast-1", Profile: profile, Limits: limits})
	if err != nil {
		return func() error { return err }
	}
	client := glue.NewFromConfig(loaded)
	return func() error {
		_, err := client.GetTable(t.Context(), &glue.GetTableInput{DatabaseName: awssdk.String("d"), Name: awssdk.String("t")})
		return cloud.Error(err)
	}
}

// TestMachineWithoutRole looks for a login where the SDK looks last, on a machine
// that is none of Amazon's.
func TestMachineWithoutRole(t *testing.T) {
	p := newProviders(t)
	t.Setenv("HOME", p.home)
	for name, value := range p.environ() {
		t.Setenv(name, value)
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", gone.URL)
	if err := called(t, "bare", &cloud.Limits{Attempts: 1})(); !errors.Is(err, forecast.ErrLogin) {
		t.Errorf("%v; want that there is no login", err)
	}
}

// TestLoggedInAgain logs in again while the program runs.
func TestLoggedInAgain(t *testing.T) {
	p := newProviders(t)
	t.Setenv("HOME", p.home)
	for name, value := range p.environ() {
		t.Setenv(name, value)
	}
	p.portal = reply{status: http.StatusOK, body: `{"roleCredentials":{"accessKeyId":"aki","secretAccessKey":"secret","sessionToken":"session","expiration":4733510400000}}`}
	p.token = reply{status: http.StatusBadRequest, code: "InvalidGrantException", body: `{"error":"invalid_grant"}`}
	p.session(t, "corp", renewable)
	call := called(t, "session", &cloud.Limits{Backoff: time.Microsecond})
	for range 2 {
		if err := call(); !errors.Is(err, forecast.ErrLogin) {
			t.Fatalf("%v; want that there is no login", err)
		}
	}
	p.session(t, "corp", valid)
	if err := call(); err != nil {
		t.Errorf("%v; want that the new login is found", err)
	}
}
