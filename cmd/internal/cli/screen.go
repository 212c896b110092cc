package cli

import (
	"context"

	"github.com/daybatch/daybatch/cmd/internal/config"
)

// showScreen opens the terminal UI.
func (a *app) showScreen(ctx context.Context, _ config.Config) error {
	return runDays(ctx, daysOptions{app: a})
}
