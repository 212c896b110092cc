package cloud

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
)

// Profiles returns the names of the profiles in the shared configuration of AWS on
// this machine, sorted; none if there are no files. The SDK reads a profile by its
// name, and lists none.
func Profiles(environ map[string]string) ([]string, error) {
	var names []string
	for _, file := range []struct{ path, prefix string }{
		{cmp.Or(environ["AWS_CONFIG_FILE"], config.DefaultSharedConfigFilename()), "profile"},
		{cmp.Or(environ["AWS_SHARED_CREDENTIALS_FILE"], config.DefaultSharedCredentialsFilename()), ""},
	} {
		found, err := sections(file.path, file.prefix)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// sections returns the names of the sections of a file that are profiles: those
// that begin with a word, and [default].
func sections(path, word string) ([]string, error) {
	file, err := os.Open(path) //nolint:gosec // the files that the SDK reads
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list profiles: %w", err)
	}
	defer func() { _ = file.Close() }()
	var names []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		name, _, closed := strings.Cut(strings.TrimPrefix(line, "["), "]")
		if !closed || !strings.HasPrefix(line, "[") {
			continue
		}
		name = strings.TrimSpace(name)
		if first, rest, ok := strings.Cut(name, " "); word != "" && name != "default" {
			if !ok || first != word {
				continue // [sso-session NAME], [services NAME]
			}
			name = strings.TrimSpace(rest)
		}
		names = append(names, strings.Trim(name, `"'`))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("list profiles of %s: %w", path, err)
	}
	return names, nil
}

// Regions returns the regions in which SageMaker Pipelines is known to be, sorted.
// A newer one can be named in the project file.
func Regions() []string {
	return []string{
		"af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
		"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7",
		"ca-central-1", "ca-west-1", "cn-north-1", "cn-northwest-1", "eu-central-1", "eu-central-2", "eu-north-1",
		"eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1",
		"mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
	}
}
