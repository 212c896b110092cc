package cloud_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/cloud"
)

func TestProfiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	environ := map[string]string{"AWS_CONFIG_FILE": filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(dir, "credentials")}
	if got, err := cloud.Profiles(environ); err != nil || len(got) != 0 {
		t.Errorf("Profiles without files = %q, %v; want none", got, err)
	}
	for name, text := range map[string]string{
		"config": "[default]\nregion = eu-west-1\n\n[profile acme-prod]\nsso_session = acme\n[ profile  \"acme dev\" ] ; a comment\n" +
			"[sso-session acme]\n[services local]\n# [profile gone]\n[prod]\n",
		"credentials": "[default]\naws_access_key_id = x\n[robot]\n[acme-prod]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := cloud.Profiles(environ)
	if diff := cmp.Diff([]string{"acme dev", "acme-prod", "default", "robot"}, got); err != nil || diff != "" {
		t.Errorf("Profiles (-want +got):\n%s%v", diff, err)
	}
	environ["AWS_CONFIG_FILE"] = dir
	if got, err := cloud.Profiles(environ); err == nil {
		t.Errorf("Profiles of a directory = %q; want an error", got)
	}
	if regions := cloud.Regions(); !slices.IsSorted(regions) || !slices.Contains(regions, "ap-northeast-1") {
		t.Errorf("Regions = %q; want them sorted", regions)
	}
}
