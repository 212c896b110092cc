package app_test

import "testing"

// Another pipeline is shown by its number or its name; here that ends the
// program, and its caller shows the other.
func TestPipelinesSideBySide(t *testing.T) {
	t.Parallel()
	beside := []string{"demand", "returns", "spares"}
	tests := []struct{ name, keys, line, want string }{
		{"by number", "3", "", "spares"},
		{"by name", ":", "pipeline returns", "returns"},
		{"by its begin", ":", "pipeline sp", ""},
		{"the same", "1", "", ""},
		{"a number too many", "4", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			play(t, scene{seed: month, beside: beside}, func(p *script) {
				p.ExpectLine("demand-daily 1/3").Press(tt.keys)
				if tt.line != "" {
					p.Type(tt.line).Press("enter")
				}
				if got := p.model.Next().Pipeline; got != tt.want || p.quit != (tt.want != "") {
					t.Errorf("next pipeline %q, ended %v; want %q", got, p.quit, tt.want)
				}
			})
		})
	}
}

// A pipeline that is alone has no number, and no key for it.
func TestOnePipeline(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.ExpectNot("1/1").Press("1").ExpectNot("beside").Press("?").Type("pipeline").ExpectNot("side by side")
	})
}
