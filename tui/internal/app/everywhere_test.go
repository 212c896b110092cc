package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/tui/internal/page"
)

// What is of no page opens from every one, and the date that is shown runs again from
// wherever it is shown.
func TestKeysOfEveryPage(t *testing.T) {
	t.Parallel()
	leads := map[string]string{
		"day": "2*j enter", "logs": "2*j l", "metrics": "j m", "forecast": "8*j f", "partition": "8*j d", "partitions": "8*j 2*d", "activity": "@", "doctor": "!", "days": "2*j",
	}
	for name, lead := range leads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, scene{seed: month}, func(p *script) {
				p.Press(lead).ExpectPage(page.Kind(name))
				for key, kind := range map[string]page.Kind{"@": page.Activity, "!": page.Doctor, "P": page.Progress, "B": page.Request} {
					if kind != page.Kind(name) {
						p.Press(key).ExpectPage(kind).Press("esc").ExpectPage(page.Kind(name))
					} else if kind != page.Days {
						p.Press(key).ExpectPage(kind).Expect("this is it")
					}
				}
				switch p.Press("R"); page.Kind(name) {
				case page.Activity, page.Doctor:
					p.ExpectPage(page.Kind(name)).Expect("this page is of no date that could run again")
				default:
					p.ExpectPage(page.Request).Expect("daybatch rerun 2026-01-1")
				}
			})
		})
	}
}

// From each page on a date the others on it open, and times are shown in another zone on
// every page; where there is no date, those keys are not there.
func TestKeysOfTheDate(t *testing.T) {
	t.Parallel()
	opens := map[string]page.Kind{"m": page.Metrics, "f": page.Plot, "d": page.Partition, "L": page.Logs}
	for _, test := range []struct{ name, lead, own string }{
		{"logs", "8*j l", "fL"}, {"metrics", "8*j m", "fm"}, {"partition", "8*j d", "fd"}, {"forecast", "8*j f", "f"}, {"day", "8*j enter", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			play(t, scene{seed: month}, func(p *script) {
				p.Press(test.lead).ExpectPage(page.Kind(test.name))
				for key, kind := range opens {
					if !strings.Contains(test.own, key) {
						p.Press(key).ExpectPage(kind).Expect("2026-01-12").Advance(time.Second).Press("esc").ExpectPage(page.Kind(test.name))
					}
				}
			})
		})
	}
	for _, lead := range []string{"@", "!", "P", "8*j m", "8*j f", "8*j enter", "2*j l"} {
		play(t, scene{seed: month}, func(p *script) { p.Press(lead).Press("z").Expect("times are shown in UTC") })
	}
	play(t, scene{seed: month}, func(p *script) {
		p.Press("@ m f d L").ExpectPage(page.Activity).Press("?").Type("of the date that is shown").ExpectNot("accuracy of", "partition of")
	})
}

// Where nothing may be changed, a key that would says so, and is not shown.
func TestKeysReadOnly(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month, readOnly: true}, func(p *script) {
		for _, key := range []string{"R", "B", "X", "F"} {
			p.Press(key).ExpectPage(page.Days).Expect("read-only: nothing is changed from here, " + key + " neither")
		}
		p.Press("j").ExpectNot("read-only:").Press("l R").ExpectPage(page.Logs).Expect("read-only: nothing is changed").Press("@").ExpectPage(page.Activity)
		p.Press("?").ExpectNot("rerun", "backfill a range")
	})
}

// A form and a question lead nowhere else.
func TestKeysOfAForm(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.Press("B 2*tab @ ! B P R").ExpectPage(page.Request).Press("esc X @ B P").ExpectPage(page.Confirm)
	})
}
