package cloud

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/daybatch/daybatch/forecast"
)

// LogInAgain says how a person logs in to an account whose login has expired:
// what the SDK read, in the order in which it looks for credentials, tells where
// they came from. environ tells whether the person sits at another machine, whose
// browser the AWS CLI can't open. No call is made.
func LogInAgain(ctx context.Context, account Account, environ map[string]string) forecast.Login {
	// Files are read, nothing else: also for whoever has given up waiting.
	loaded, err := config.LoadDefaultConfig(context.WithoutCancel(ctx), account.options()...)
	if err != nil {
		return forecast.Login{Advice: unread(account, err)}
	}
	var variables config.EnvConfig
	var shared config.SharedConfig
	for _, source := range loaded.ConfigSources {
		switch found := source.(type) {
		case config.EnvConfig:
			variables = found
		case config.SharedConfig:
			shared = found
		}
	}
	if account.Profile == "" && variables.Credentials.HasKeys() {
		return forecast.Login{Advice: "set AWS_ACCESS_KEY_ID and what belongs to it anew, and start daybatch again: its login comes from the environment"}
	}
	login, flag := ofProfile(shared)
	if remote := environ["SSH_TTY"] != "" || environ["SSH_CONNECTION"] != ""; remote && flag != "" {
		login.Command = append(login.Command, flag)
	}
	return login
}

// ofProfile says how to log in to what a profile of the shared configuration
// names, and with which flag the AWS CLI needs no browser on this machine.
func ofProfile(profile config.SharedConfig) (login forecast.Login, flag string) {
	for profile.Source != nil { // it assumes a role with the login of another
		profile = *profile.Source
	}
	name := profile.Profile
	if name == "" {
		name = "default"
	}
	switch {
	case profile.Credentials.HasKeys():
		file, _ := strings.CutPrefix(profile.Credentials.Source, "SharedConfigCredentials: ")
		return forecast.Login{Advice: fmt.Sprintf("log in again as you do for the profile %s: its keys stand in %s", name, file)}, ""
	case profile.SSOSessionName != "" || profile.SSOStartURL != "":
		return forecast.Login{Command: []string{"aws", "sso", "login", "--profile", name}}, "--use-device-code"
	case profile.LoginSession != "":
		return forecast.Login{Command: []string{"aws", "login", "--profile", name}}, "--remote"
	case profile.CredentialProcess != "":
		program, _, _ := strings.Cut(strings.TrimSpace(profile.CredentialProcess), " ")
		return forecast.Login{Advice: fmt.Sprintf("log in again as you do for the profile %s: its keys come from the program %s", name, program)}, ""
	case name == "default":
		return forecast.Login{Advice: "`aws configure sso` sets up a login, and AWS_PROFILE or sagemaker.profile names one that is there"}, ""
	default:
		return forecast.Login{Advice: fmt.Sprintf("the profile %s names no login: `aws configure sso --profile %s` sets one up", name, name)}, ""
	}
}

// unread says what to do about a configuration that can't be read.
func unread(account Account, err error) string {
	if missing, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		return fmt.Sprintf("there is no profile %s on this machine: `aws configure sso --profile %s` sets one up", missing.Profile, missing.Profile)
	}
	if account.Profile != "" {
		return fmt.Sprintf("mend the profile %s first: %v", account.Profile, err)
	}
	return fmt.Sprintf("mend the configuration of AWS first: %v", err)
}
