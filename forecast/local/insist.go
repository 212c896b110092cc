//go:build unix

package local

import (
	"errors"
	"log/slog"

	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/logkey"
)

// insist repeats a write of an attempt while another process holds the lock of
// the records: a backup or a shell is no reason to lose a step that ran for
// hours. Each try waits for the lock itself, with SQLite's back-off, and nobody
// can take the date over meanwhile, as that is a write too. It gives up after as
// many tries as a driver does, and at once when the drive has ended: who ended it
// waits.
func (a *attempt) insist(write func() error) error {
	for misses := 1; ; misses++ {
		err := write()
		if !errors.Is(err, store.ErrBusy) || misses > patience || a.drive.Err() != nil {
			return err
		}
		a.engine.options.Log.WarnContext(a.tail, "records are locked",
			slog.String(logkey.Execution, string(a.claim.Execution())), slog.String(logkey.Error, err.Error()))
	}
}
