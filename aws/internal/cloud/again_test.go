package cloud_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/aws/internal/cloud"
)

const profiles = `[default]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Operator

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = ap-northeast-1
sso_registration_scopes = sso:account:access

[profile legacy]
sso_start_url = https://corp.awsapps.com/start
sso_region = ap-northeast-1
sso_account_id = 123456789012
sso_role_name = Operator

[profile assumed]
role_arn = arn:aws:iam::123456789012:role/operator
source_profile = legacy

[profile console]
login_session = arn:aws:iam::123456789012:user/aki

[profile program]
credential_process = /opt/corp/keys --account acme

[profile keys]
aws_access_key_id = aki
aws_secret_access_key = secret

[profile bare]
region = ap-northeast-1
`

func TestLogInAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(profiles), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": file, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	tests := []struct {
		profile string
		tty     string
		command string
		advice  string // a part of it
	}{
		{profile: "", command: "aws sso login --profile default"},
		{profile: "legacy", command: "aws sso login --profile legacy"},
		{profile: "legacy", tty: "/dev/pts/1", command: "aws sso login --profile legacy --use-device-code"},
		{profile: "assumed", command: "aws sso login --profile legacy"},
		{profile: "console", command: "aws login --profile console"},
		{profile: "console", tty: "/dev/pts/1", command: "aws login --profile console --remote"},
		{profile: "program", advice: "from the program /opt/corp/keys"},
		{profile: "keys", advice: "its keys stand in " + file},
		{profile: "bare", advice: "aws configure sso --profile bare"},
		{profile: "nobody", advice: "there is no profile nobody on this machine"},
	}
	for _, tt := range tests {
		got := cloud.LogInAgain(t.Context(), cloud.Account{Region: "ap-northeast-1", Profile: tt.profile}, map[string]string{"SSH_TTY": tt.tty})
		if strings.Join(got.Command, " ") != tt.command || !strings.Contains(got.Advice, tt.advice) || (got.Advice == "") != (tt.advice == "") {
			t.Errorf("LogInAgain(%q, %q) = %q, %q; want %q, %q", tt.profile, tt.tty, got.Command, got.Advice, tt.command, tt.advice)
		}
	}
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	if got := cloud.LogInAgain(t.Context(), cloud.Account{}, nil); !strings.Contains(got.Advice, "sagemaker.profile names one") {
		t.Errorf("without a configuration = %q, %q; want how to make one", got.Command, got.Advice)
	}
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_PROFILE", "console")
	if got := cloud.LogInAgain(t.Context(), cloud.Account{}, nil); strings.Join(got.Command, " ") != "aws login --profile console" {
		t.Errorf("with AWS_PROFILE = %q, %q; want the login of that profile", got.Command, got.Advice)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "aki")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	if got := cloud.LogInAgain(t.Context(), cloud.Account{}, nil); len(got.Command) > 0 || !strings.Contains(got.Advice, "AWS_ACCESS_KEY_ID") {
		t.Errorf("with keys in the environment = %q, %q; want that they are to be set anew", got.Command, got.Advice)
	}
}
