package step

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/series"
)

// Share is a machine's share of a step that several machines work on: see
// [forecast.Definition.Shareable]. Each of them has all of the inputs, since short series, special
// days and intervals go by the whole panel; what takes the time, the fits of the
// series, is dealt out by the series' keys. Machine 0 collects what the others
// have forecast and writes the output, which is the same, bit for bit, as if it
// had done all of it; the others write none.
type Share struct {
	Machine  int // of this process, from 0
	Machines int // below 2: the step is not shared
	// Give hands a file over to machine 0; the others call it.
	Give func(ctx context.Context, path string) error
	// Take waits for the file of another machine and brings it to a path; machine 0
	// calls it.
	Take func(ctx context.Context, machine int, path string) error
}

// errGiven ends a step whose output another machine writes.
var errGiven = errors.New("given to the first machine")

// has reports whether a series is this machine's.
func (s Share) has(key series.Key) bool {
	sum := sha256.Sum256([]byte(key))
	return binary.BigEndian.Uint64(sum[:8])%uint64(s.Machines) == uint64(s.Machine)
}

// shared makes the tables of a panel complete, of which this machine has made its
// own: it collects those of the others, or gives its own away and returns errGiven.
func (b *batch) shared(ctx context.Context, tables []*backtest.Table) error {
	share := b.env.Share
	own := 0
	for _, table := range tables {
		if table != nil {
			own++
		}
	}
	b.env.Log.InfoContext(ctx, "share done", slog.Int(keyMachine, share.Machine+1), slog.Int(keyMachines, share.Machines), slog.Int(logkey.Series, own))
	if share.Machine > 0 {
		path := filepath.Join(b.env.Root, "share")
		if err := writeTables(path, tables); err != nil {
			return err
		}
		if err := share.Give(ctx, path); err != nil {
			return err
		}
		return errGiven
	}
	at := make(map[series.Key]int, len(b.panel))
	for i, s := range b.panel {
		at[s.Key] = i
	}
	for machine := 1; machine < share.Machines; machine++ {
		path := filepath.Join(b.env.Root, fmt.Sprintf("share-%d", machine+1))
		if err := share.Take(ctx, machine, path); err != nil {
			return err
		}
		if err := readTables(path, tables, at); err != nil {
			return failf(forecast.ReasonInfrastructure, "take what machine %d has forecast: %w", machine+1, err)
		}
	}
	for i, table := range tables {
		if table == nil {
			return failf(forecast.ReasonInfrastructure, "no machine has forecast series %s: they do not have the same panel", b.panel[i].Key)
		}
	}
	return nil
}

// writeTables writes the tables that there are.
func writeTables(path string, tables []*backtest.Table) error {
	file, err := os.Create(path) //nolint:gosec // the step's own directory
	if err != nil {
		return fmt.Errorf("write share: %w", err)
	}
	out := bufio.NewWriter(file)
	encoder := backtest.NewEncoder(out)
	for _, table := range tables {
		if table == nil || err != nil {
			continue
		}
		err = encoder.Encode(table)
	}
	if err = errors.Join(err, out.Flush(), file.Close()); err != nil {
		return fmt.Errorf("write share: %w", err)
	}
	return nil
}

var errNotIts = errors.New("its share has a series that is another's, or nobody's")

// readTables reads tables to their places. None may be there already.
func readTables(path string, tables []*backtest.Table, at map[series.Key]int) error {
	file, err := os.Open(path) //nolint:gosec // the step's own directory
	if err != nil {
		return fmt.Errorf("read share: %w", err)
	}
	defer func() { _ = file.Close() }()
	decoder := backtest.NewDecoder(bufio.NewReader(file))
	for {
		table, err := decoder.Decode()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err //nolint:wrapcheck // it says what it read
		}
		i, ok := at[table.Key]
		if !ok || tables[i] != nil {
			return fmt.Errorf("series %s: %w", table.Key, errNotIts)
		}
		tables[i] = table
	}
}
