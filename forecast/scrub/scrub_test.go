package scrub_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/daybatch/daybatch/forecast/scrub"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "INFO 1,204 rows", "INFO 1,204 rows"},
		{"empty", "", ""},
		{"line end", "rows\r\n", "rows"},
		{"progress bar", "10 %\r 50 %\r100 %", "100 %"},
		{"progress bar that ends with a return", "10 %\r100 %\r", "100 %"},
		{"tabs", "a\tb\tc", "a       b       c"},
		{"tabs behind wide letters", "日本\tb", "日本    b"},
		{"colours", "\x1b[1;31mERROR\x1b[0m bad", "ERROR bad"},
		{"cursor and screen", "\x1b[2J\x1b[10;10Hhome\x1b[K", "home"},
		{"title", "\x1b]0;pwned\x07text", "text"},
		{"clipboard, ended by ST", "\x1b]52;c;ZXZpbA==\x1b\\text", "text"},
		{"device control", "\x1bP1$r0m\x1b\\text", "text"},
		{"reset", "\x1bctext", "text"},
		{"sequence without end", "text\x1b[38;5;", "text"},
		{"bell and backspace", "a\x07b\x08c\x7f", "abc"},
		{"feeds within", "a\x0bb\x0cc", "abc"},
		{"right to left override", "txt.\u202eexe", "txt.exe"},
		{"zero width space and soft hyphen", "a\u200bb\u00adc", "abc"},
		{"line separator", "a\u2028b", "ab"},
		{"emoji with joiners", "👩\u200d👩\u200d👧 é", "👩\u200d👩\u200d👧 é"},
		{"invalid", "a\xffb", "a\ufffdb"},
		{"latin 1", "caf\xe9 ouvert", "caf\ufffd ouvert"},
		{"sequence of eight bits, as UTF-8", "\u009b31mred\u009b0m and \u009d0;title\u009ctext", "red and text"},
		{"control of eight bits, as UTF-8", "a\u0085b", "ab"},
		{"sequence of eight bits", "\x9b2Jtext\x9d0;x\x9c", "text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := scrub.Line(tt.text); got != tt.want {
				t.Errorf("Line(%q) = %q; want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"key id", "use AKIAIOSFODNN7EXAMPLE now", "use [redacted] now"},
		{"session key id", "ASIAIOSFODNN7EXAMPLE", "[redacted]"},
		{"secret key", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "aws_secret_access_key = [redacted]"},
		{"environment", "DB_PASSWORD=hunter2hunter", "DB_PASSWORD=[redacted]"},
		{"json", `{"api_key": "abcd1234", "rows": 12}`, `{"api_key": "[redacted]", "rows": 12}`},
		{"camel case", `apiKey: abcd1234`, `apiKey: [redacted]`},
		{"bearer", "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30", "Authorization: Bearer [redacted]"},
		{"bearer alone", "sent bearer eyJhbGciOiJIUzI1NiJ9", "sent bearer [redacted]"},
		{"basic", "authorization=Basic dXNlcjpwYXNz", "authorization=Basic [redacted]"},
		{"url", "connect postgres://ops:s3cr3t@db:5432/x", "connect postgres://ops:[redacted]@db:5432/x"},
		{"url without password", "get https://example.com/a:b@c", "get https://example.com/a:b@c"},
		{"presigned", "GET /x?X-Amz-Signature=0123456789abcdef&y=1", "GET /x?X-Amz-Signature=[redacted]&y=1"},
		{"token of a query", "GET /x?token=abcd1234&y=1", "GET /x?token=[redacted]&y=1"},
		{"key id as a token", "session_token=AKIAIOSFODNN7EXAMPLE", "session_token=[redacted]"},
		{"two", "token=abcd1234 password=efgh5678", "token=[redacted] password=[redacted]"},
		{"a word about tokens", "the tokenizer read 12 tokens", "the tokenizer read 12 tokens"},
		{"no credential", "series 1184 of 1200: mase 0.931", "series 1184 of 1200: mase 0.931"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := scrub.Redact(tt.text); got != tt.want {
				t.Errorf("Redact(%q) = %q; want %q", tt.text, got, tt.want)
			}
			if got := scrub.Redact(tt.want); got != tt.want {
				t.Errorf("Redact(%q) = %q; want it as it is, redacted already", tt.want, got)
			}
		})
	}
}

// FuzzLine says what holds for any text: it is valid, on one line, without
// controls, and safe already when it is scrubbed again.
func FuzzLine(f *testing.F) {
	for _, text := range []string{"\x1b[31m", "a\tb\rc", "\x9b2J", "日本\x1b]0;x\x07", "\u202e", "password=hunter2", "\u009b2J\x9b", "\xff\xfe", "\x1b\x1b[[2J"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := scrub.Line(text)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("Line(%q) = %q; want valid text without controls", text, got)
		}
		if again := scrub.Text(got); again != got {
			t.Errorf("Text(Line(%q)) = %q; want %q, as it was safe", text, again, got)
		}
	})
}

func BenchmarkLine(b *testing.B) {
	const text = "2026-01-20 06:00:00,123 INFO demand.train.fit series 1184 of 1200 fitted with ets(A,Ad,N) in 12 ms, mase 0.931, wape 0.312, n 730"
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		scrub.Line(text)
	}
}
