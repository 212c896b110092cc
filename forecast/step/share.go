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

// of returns the machine whose a series is.
func (s Share) of(key series.Key) int {
	sum := sha256.Sum256([]byte(key))
	return int(binary.BigEndian.Uint64(sum[:8]) % uint64(s.Machines))
}

// has reports whether a series is this machine's.
func (s Share) has(key series.Key) bool { return s.of(key) == s.Machine }

// shared forecasts this machine's series of a panel and gives them away, or, on
// machine 0, takes those of the others and emits all. Tables pass through files, so
// that no machine holds more of a panel than a shard.
func (b *batch) shared(ctx context.Context, o backtest.Options, p pass) error {
	share := b.env.Share
	path := b.sharePath(share.Machine)
	out, err := createShare(path)
	if err != nil {
		return err
	}
	defer out.discard()
	o.Only = b.only
	own := p
	own.emit = func(_ int, table *backtest.Table) error { return out.add(table) }
	if err := b.stream(ctx, o, own); err != nil {
		return err
	}
	if err := out.close(); err != nil {
		return err
	}
	b.env.Log.InfoContext(ctx, "share done", slog.Int(keyMachine, share.Machine+1), slog.Int(keyMachines, share.Machines), slog.Int(logkey.Series, out.series))
	if share.Machine == 0 {
		return b.collect(ctx, p)
	}
	if err := share.Give(ctx, path); err != nil {
		return err
	}
	return errGiven
}

// sharePath is where the tables of a machine are.
func (b *batch) sharePath(machine int) string {
	return filepath.Join(b.env.Root, fmt.Sprintf("share-%d", machine+1))
}

// collect takes the shares of the other machines, and emits the table of each
// series. A share has its series in the panel's order.
func (b *batch) collect(ctx context.Context, p pass) error {
	shares := make([]*shareReader, b.env.Share.Machines)
	for machine := range shares {
		path := b.sharePath(machine)
		if machine > 0 {
			if err := b.env.Share.Take(ctx, machine, path); err != nil {
				return err
			}
		}
		share, err := openShare(path)
		if err != nil {
			return err
		}
		defer share.close()
		shares[machine] = share
	}
	if p.again != nil {
		if err := p.again(); err != nil {
			return err
		}
	}
	for shard, err := range b.shards(ctx) {
		if err != nil {
			return err
		}
		if err := b.emitShard(shard, shares, p); err != nil {
			return err
		}
	}
	for machine, share := range shares {
		if err := share.end(); err != nil {
			return failf(forecast.ReasonInfrastructure, "take what machine %d has forecast: %w", machine+1, err)
		}
	}
	return nil
}

// emitShard emits the tables of a shard's series, each from the share of the
// machine whose it is.
func (b *batch) emitShard(shard []series.Series, shares []*shareReader, p pass) error {
	if p.prepare != nil {
		if err := p.prepare(shard); err != nil {
			return err
		}
	}
	for k, s := range shard {
		machine := b.env.Share.of(s.Key)
		table, err := shares[machine].next(s.Key)
		if err != nil {
			return failf(forecast.ReasonInfrastructure, "take what machine %d has forecast: %w", machine+1, err)
		}
		if err := p.emit(b.first+k, table); err != nil {
			return err
		}
	}
	return nil
}

// shareWriter writes the tables of a machine's series.
type shareWriter struct {
	file    *os.File
	out     *bufio.Writer
	encoder *backtest.Encoder
	series  int
}

func createShare(path string) (*shareWriter, error) {
	file, err := os.Create(path) //nolint:gosec // the step's own directory
	if err != nil {
		return nil, fmt.Errorf("write share: %w", err)
	}
	out := bufio.NewWriter(file)
	return &shareWriter{file: file, out: out, encoder: backtest.NewEncoder(out)}, nil
}

func (w *shareWriter) add(table *backtest.Table) error {
	w.series++
	return w.encoder.Encode(table) //nolint:wrapcheck // it says what it writes
}

func (w *shareWriter) close() error {
	if err := errors.Join(w.out.Flush(), w.file.Close()); err != nil {
		return fmt.Errorf("write share: %w", err)
	}
	w.file = nil
	return nil
}

func (w *shareWriter) discard() {
	if w.file != nil {
		_ = w.file.Close()
	}
}

// Errors of shares that were made of another panel.
var (
	errNotIts = errors.New("its share has a series that is another's, or nobody's")
	errNoMore = errors.New("no machine has forecast series")
)

// shareReader reads what a shareWriter wrote.
type shareReader struct {
	file    *os.File
	decoder *backtest.Decoder
}

func openShare(path string) (*shareReader, error) {
	file, err := os.Open(path) //nolint:gosec // the step's own directory
	if err != nil {
		return nil, fmt.Errorf("read share: %w", err)
	}
	return &shareReader{file: file, decoder: backtest.NewDecoder(bufio.NewReader(file))}, nil
}

// next returns the next table, which must be that of a series.
func (r *shareReader) next(key series.Key) (*backtest.Table, error) {
	table, err := r.decoder.Decode()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%w %s: they do not have the same panel", errNoMore, key)
	case err != nil:
		return nil, err //nolint:wrapcheck // it says what it read
	case table.Key != key:
		return nil, fmt.Errorf("series %s before %s: %w", table.Key, key, errNotIts)
	}
	return table, nil
}

// end returns an error unless all has been read.
func (r *shareReader) end() error {
	switch table, err := r.decoder.Decode(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err //nolint:wrapcheck // it says what it read
	default:
		return fmt.Errorf("series %s: %w", table.Key, errNotIts)
	}
}

func (r *shareReader) close() { _ = r.file.Close() }
