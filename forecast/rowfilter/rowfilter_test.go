package rowfilter_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/rowfilter"
	"github.com/daybatch/daybatch/forecast/series"
)

func TestRows(t *testing.T) {
	t.Parallel()
	var list []forecast.SeriesForecast
	for _, car := range []string{"Van", "vanguard", "kei"} {
		s := forecast.SeriesForecast{Series: series.MakeKey(car, "kanto"), Model: "ets"}
		if car == "kei" {
			s.Model = "theta2026"
		}
		for d := calendar.Of(2026, 1, 30); d <= calendar.Of(2026, 2, 2); d++ {
			s.Points = append(s.Points, forecast.Point{Date: d})
		}
		list = append(list, s)
	}
	tests := []struct {
		text string
		want string // series and rows of each
		bad  bool
	}{
		{"", "Van:4 vanguard:4 kei:4", false},
		{"VAN", "Van:4 vanguard:4", false},
		{"vehicle=van", "Van:4", false},
		{"Vehicle=VAN Region=kanto 02-0", "Van:2", false},
		{"ds=2026-02-01", "Van:1 vanguard:1 kei:1", false},
		{"ds=2026-02", "", false},
		{"model=theta", "", false},
		{"model=Theta2026 01-3", "kei:2", false},
		{"2026", "Van:4 vanguard:4 kei:4", false},
		{"2027", "", false},
		{"vehicle=", "", false},
		{"colour=red", "", true},
		{"kanto kei nothing", "", false},
	}
	for _, tt := range tests {
		filter, err := rowfilter.Parse(tt.text, []string{"vehicle", "region"})
		if (err != nil) != tt.bad || err != nil && (!errors.Is(err, forecast.ErrInvalid) || !strings.Contains(err.Error(), "vehicle, region, ds, model")) {
			t.Errorf("Parse(%q) = %v; want an error that names the columns: %v", tt.text, err, tt.bad)
		}
		var got []string
		for _, s := range filter.Rows(list) {
			got = append(got, s.Series.Parts()[0]+":"+string(rune('0'+len(s.Points))))
		}
		if text := strings.Join(got, " "); text != tt.want {
			t.Errorf("Rows(%q) = %q; want %q", tt.text, text, tt.want)
		}
	}
	if len(list[0].Points) != 4 {
		t.Errorf("Rows has changed what it was given: %d points", len(list[0].Points))
	}
}
