package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
)

// LoginEnds returns when the login of an account ends, and the profile that it is of;
// a zero time where that is not known, or where it is renewed by itself. It is the
// token that `aws sso login` has left on this machine. No call is made.
func LoginEnds(ctx context.Context, account Account) (profile string, ends time.Time, err error) {
	loaded, err := config.LoadDefaultConfig(context.WithoutCancel(ctx), account.options()...)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("read AWS configuration: %w", Error(&unsigned{err}))
	}
	var shared config.SharedConfig
	for _, source := range loaded.ConfigSources {
		if found, ok := source.(config.SharedConfig); ok {
			shared = found
		}
	}
	for shared.Source != nil { // it assumes a role with the login of another
		shared = *shared.Source
	}
	key := shared.SSOStartURL
	if shared.SSOSessionName != "" {
		key = shared.SSOSessionName
	}
	if key == "" || shared.Credentials.HasKeys() {
		return shared.Profile, time.Time{}, nil
	}
	ends, err = tokenEnds(key)
	return shared.Profile, ends, err
}

// tokenEnds reads when a token ends; zero if there is none, or one that the SDK renews.
func tokenEnds(key string) (time.Time, error) {
	path, err := ssocreds.StandardCachedTokenFilepath(key)
	if err != nil {
		return time.Time{}, fmt.Errorf("find the login of %s: %w", key, err)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the file that the SDK reads
	if os.IsNotExist(err) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read the login of %s: %w", key, err)
	}
	var token struct {
		ExpiresAt    time.Time `json:"expiresAt"`
		RefreshToken string    `json:"refreshToken"`
	}
	if err := json.Unmarshal(text, &token); err != nil {
		return time.Time{}, fmt.Errorf("read the login in %s: %w", path, err)
	}
	if token.RefreshToken != "" {
		return time.Time{}, nil
	}
	return token.ExpiresAt, nil
}
