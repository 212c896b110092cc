package scrub

import (
	"regexp"
	"strings"
	"sync"
)

// Redacted stands where a credential was.
const Redacted = "[redacted]"

// hints are parts of lines that may hold a credential. Most lines have none of
// them, and looking for them is cheap against matching the patterns.
func hints() []string {
	return []string{
		"AKIA", "ASIA", "ecret", "ECRET", "assw", "ASSW", "oken", "OKEN",
		"uthorization", "UTHORIZATION", "earer", "://", "ignature=", "PRIVATE KEY", "pi_key", "PI_KEY", "pikey", "pi-key", "piKey",
	}
}

type pattern struct {
	find    *regexp.Regexp
	replace string
}

// compiled returns the patterns of credentials: AWS key ids; values named
// secret, password, token or key; authorization headers; passwords in URLs; and
// signatures of presigned URLs.
var compiled = sync.OnceValue(func() []pattern { //nolint:gochecknoglobals // compiled once, when the first line needs it
	return []pattern{
		{regexp.MustCompile(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`), Redacted},
		{regexp.MustCompile(`(?i)\b(authorization["']?\s*[:=]\s*["']?(?:bearer|basic|aws4-hmac-sha256)?\s*)[^\s"',]+`), "${1}" + Redacted},
		{regexp.MustCompile(`(?i)\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}`), "${1}" + Redacted},
		{regexp.MustCompile(`(?i)([A-Za-z0-9_.-]*(?:secret|passwo?r?d|passwd|token|api[_-]?key)[A-Za-z0-9_-]*["']?\s*[:=]\s*["']?)[^\s"',;&)}\]]{4,}`), "${1}" + Redacted},
		{regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@]*:)[^\s/@]+@`), "${1}" + Redacted + "@"},
		{regexp.MustCompile(`((?:X-Amz-)?Signature=)[A-Za-z0-9%+/=]{8,}`), "${1}" + Redacted},
	}
})

// Redact returns text with credentials replaced. What stands for one stays as it is, so
// that text may be redacted where it is stored and where it is shown.
func Redact(text string) string {
	if !suspect(text) {
		return text
	}
	for _, p := range compiled() {
		text = p.redact(text)
	}
	return text
}

func (p pattern) redact(text string) string {
	if !strings.Contains(text, Redacted) {
		return p.find.ReplaceAllString(text, p.replace)
	}
	return p.find.ReplaceAllStringFunc(text, func(found string) string {
		// A value may end before the bracket that closes Redacted.
		if kept := p.find.FindStringSubmatch(found); len(kept) > 1 && found[len(kept[1]):] == strings.TrimSuffix(Redacted, "]") {
			return found
		}
		return p.find.ReplaceAllString(found, p.replace)
	})
}

func suspect(text string) bool {
	for _, hint := range hints() {
		if strings.Contains(text, hint) {
			return true
		}
	}
	return false
}
