package step

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/daybatch/daybatch/forecast/lake"
)

// keptText is how many bytes of CSV text a range keeps the rows of between the
// Extracts of its dates.
const keptText = 256 << 20

// RangeOptions say how the steps of several dates are run in one process.
type RangeOptions struct {
	// Options are those of each step; Root and Log are set for each.
	Options

	// Orders are the roots of the steps to run, a line each. The range ends when
	// they do.
	Orders io.Reader
	// Ended gets a line for each step that has ended, its root.
	Ended io.Writer
	// OpenLog opens the log of the step in a root.
	OpenLog func(root string) (io.WriteCloser, error)
}

// RunRange runs steps one after the other, as [Run] does, until there are no more
// orders or ctx ends: one start of the process and of DuckDB, and one read of the
// project's source files, for all of them. What a step makes is the same, bit for
// bit, as if it ran alone. A step that failed ends nothing but itself.
//
// The error says that the contract with a step or with the caller could not be
// kept.
func RunRange(ctx context.Context, options RangeOptions) error {
	orders := make(chan string)
	read := make(chan error, 1)
	go func() {
		defer close(orders)
		read <- readOrders(ctx, options.Orders, orders)
	}()
	root, more := nextOrder(ctx, orders)
	spec, _ := ReadSpec(root) // if it can't be read, runOne says so
	db, err := lake.Open(context.WithoutCancel(ctx), lake.Options{
		TempDir: filepath.Join(root, "tmp"), Threads: options.Workers, Keep: keptText,
		MemoryLimit: defaultMemory(machineMemory(), Env{Spec: spec, AtOnce: options.AtOnce}.atOnce()),
	})
	if err != nil {
		return err //nolint:wrapcheck // it says what it did
	}
	defer func() { _ = db.Close() }()
	for ; more; root, more = nextOrder(ctx, orders) {
		if err := options.runOne(ctx, root, db); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-read:
		return err
	}
}

// nextOrder waits for the next root. There is none when ctx ends.
func nextOrder(ctx context.Context, orders <-chan string) (root string, more bool) {
	select {
	case <-ctx.Done():
		return "", false
	case root, more = <-orders:
		return root, more
	}
}

// readOrders passes the lines of orders on. It may stay in a read when ctx ends:
// then the process ends too.
func readOrders(ctx context.Context, from io.Reader, orders chan<- string) error {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		select {
		case orders <- lines.Text():
		case <-ctx.Done():
			return nil
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the next step: %w", err)
	}
	return nil
}

// runOne runs the step in a root and says that it has ended.
func (o RangeOptions) runOne(ctx context.Context, root string, db *lake.DB) error {
	log, err := o.OpenLog(root)
	if err != nil {
		return fmt.Errorf("run step in %s: %w", root, err)
	}
	one := o.Options
	one.Root, one.Log, one.lake = root, log, db
	_, err = Run(ctx, one)
	if err = errors.Join(err, log.Close()); err != nil {
		return fmt.Errorf("run step in %s: %w", root, err)
	}
	if _, err := fmt.Fprintln(o.Ended, root); err != nil {
		return fmt.Errorf("report the end of the step in %s: %w", root, err)
	}
	return nil
}
