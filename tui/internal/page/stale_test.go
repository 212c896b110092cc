package page_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/page"
)

func TestWhy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("list: %w: S3 ListObjectsV2: SlowDown (HTTP 503, request 00-11)", forecast.ErrThrottled), "throttled"},
		{fmt.Errorf("list: %w: refresh token expired", forecast.ErrLogin), forecast.ErrLogin.Error()},
		{errors.New("read state: open /x/state.db: permission denied"), "permission denied"},
		{errors.New("read state: no route to host (attempt 3)\nand more"), "no route to host"},
		{errors.New("damaged"), "damaged"},
	} {
		if got := page.Why(tt.err); got != tt.want {
			t.Errorf("Why(%q) = %q; want %q", tt.err, got, tt.want)
		}
	}
}
