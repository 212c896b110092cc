package cloud_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"

	"github.com/daybatch/daybatch/aws/internal/cloud"
)

func TestLoginEnds(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	file := filepath.Join(home, "config")
	if err := os.WriteFile(file, []byte(profiles), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": file, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	token := func(key, text string) {
		t.Helper()
		path, err := ssocreds.StandardCachedTokenFilepath(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ends := time.Date(2026, time.January, 20, 6, 0, 0, 0, time.UTC)
	check := func(profile, whose string, want time.Time) {
		t.Helper()
		got, at, err := cloud.LoginEnds(t.Context(), cloud.Account{Region: "us-east-1", Profile: profile})
		if err != nil || !at.Equal(want) || got != whose {
			t.Errorf("LoginEnds(%q) = %q, %v, %v; want %q, %v", profile, got, at, err, whose, want)
		}
	}
	check("legacy", "legacy", time.Time{}) // nobody has logged in
	token("https://corp.awsapps.com/start", `{"accessToken":"x","expiresAt":"2026-01-20T06:00:00Z"}`)
	token("corp", `{"accessToken":"x","refreshToken":"y","expiresAt":"2026-01-20T06:00:00Z"}`)
	check("legacy", "legacy", ends)
	check("assumed", "legacy", ends)
	check("", "default", time.Time{}) // it is renewed
	check("keys", "keys", time.Time{})
	check("program", "program", time.Time{})
	token("https://corp.awsapps.com/start", `{"expiresAt":`)
	if _, _, err := cloud.LoginEnds(t.Context(), cloud.Account{Profile: "legacy"}); err == nil {
		t.Error("LoginEnds of a broken token succeeded; want an error")
	}
	if _, _, err := cloud.LoginEnds(t.Context(), cloud.Account{Profile: "nobody"}); err == nil {
		t.Error("LoginEnds of a profile that is not there succeeded; want an error")
	}
}
