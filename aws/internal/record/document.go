package record

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/forecast"
)

const (
	// rounds is how often a change is tried while others change the same object.
	rounds = 20
	// readers is how many documents are read at once.
	readers = 16
)

// Documents are JSON objects below a prefix that change by compare-and-set.
type Documents[T any] struct {
	Bucket bucket.Bucket
	// Prefix is where they are; their names end in .json.
	Prefix string
	// Pause waits before the n-th further try of a change, n from 1.
	Pause func(ctx context.Context, n int) error
	// NewID returns an id that nobody else has used: by it a writer knows its own
	// write again when the reply was lost.
	NewID func() string
	// Dir is where documents that were listed are kept for other processes of the
	// machine; empty: nowhere.
	Dir string

	mu    sync.Mutex
	cache map[string]*cached[T] // by name
}

// cached is a document as it was read or written last. It is decoded once, when it
// is listed: to decode hundreds at each look would be most of what a look costs.
type cached[T any] struct {
	etag bucket.ETag
	text []byte

	once sync.Once
	body T
	err  error
}

// remembered is how many changes a document names. A writer whose reply was lost
// looks again within seconds; others have changed it fewer times than that since.
const remembered = 20

// envelope is what is stored.
type envelope[T any] struct {
	Changes []string `json:"changes"` // ids of the last changes, the newest last
	Body    T        `json:"body"`
}

// changed returns the envelope after a change.
func (e envelope[T]) changed(id string, body T) envelope[T] {
	changes := append(slices.Clone(e.Changes), id)
	return envelope[T]{Changes: changes[max(0, len(changes)-remembered):], Body: body}
}

// Load reads a document. One that is not there is the zero value.
func (d *Documents[T]) Load(ctx context.Context, name string) (T, error) {
	stored, _, err := d.load(ctx, name)
	return stored.Body, err
}

func (d *Documents[T]) key(name string) string { return d.Prefix + name + ".json" }

func (d *Documents[T]) load(ctx context.Context, name string) (envelope[T], bucket.ETag, error) {
	text, etag, err := d.Bucket.Get(ctx, d.key(name))
	if errors.Is(err, forecast.ErrNotFound) {
		return envelope[T]{}, bucket.Absent, nil
	}
	if err != nil {
		return envelope[T]{}, bucket.Absent, err //nolint:wrapcheck // it names the object
	}
	d.keep(name, etag, text)
	stored, err := d.decode(name, text)
	return stored, etag, err
}

func (d *Documents[T]) decode(name string, text []byte) (envelope[T], error) {
	var stored envelope[T]
	if err := json.Unmarshal(text, &stored); err != nil {
		return stored, fmt.Errorf("read %s: %w: it is damaged (%s): restore an older version of the object", d.key(name), forecast.ErrInvalid, err.Error())
	}
	return stored, nil
}

func (d *Documents[T]) keep(name string, etag bucket.ETag, text []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cache == nil {
		d.cache = make(map[string]*cached[T])
	}
	d.cache[name] = &cached[T]{etag: etag, text: text}
}

// ErrUnchanged is what a change returns that has nothing to do.
var ErrUnchanged = errors.New("unchanged")

// Change replaces a document by what change makes of it, which is called again
// with the newer one if somebody else was faster. The document that is returned
// is as it is afterwards, also if change returned ErrUnchanged. Other errors of
// change are returned as they are, and nothing is written.
func (d *Documents[T]) Change(ctx context.Context, name string, change func(T) (T, error)) (T, error) {
	var mine []string // whatever of these is there has been done
	for n := 0; ; n++ {
		if n > 0 {
			if err := d.Pause(ctx, n); err != nil {
				var none T
				return none, err
			}
		}
		stored, etag, err := d.load(ctx, name)
		if err != nil || slices.ContainsFunc(mine, func(id string) bool { return slices.Contains(stored.Changes, id) }) {
			return stored.Body, err
		}
		next, err := change(stored.Body)
		if errors.Is(err, ErrUnchanged) {
			return stored.Body, nil
		}
		if err != nil {
			return stored.Body, err
		}
		id := d.NewID()
		mine = append(mine, id)
		err = d.write(ctx, name, stored.changed(id, next), etag)
		switch {
		case err == nil:
			return next, nil
		case n+1 >= rounds || !errors.Is(err, bucket.ErrChanged) && !errors.Is(err, forecast.ErrUnavailable):
			return stored.Body, err
		}
		// Changed by another, or by this write whose reply was lost: looking again
		// tells which.
	}
}

// Remove removes a document, whatever it holds; one that is not there is no error.
func (d *Documents[T]) Remove(ctx context.Context, name string) error {
	d.mu.Lock()
	delete(d.cache, name)
	d.mu.Unlock()
	return d.Bucket.Delete(ctx, d.key(name)) //nolint:wrapcheck // it names the object
}

func (d *Documents[T]) write(ctx context.Context, name string, stored envelope[T], expected bucket.ETag) error {
	text, err := json.Marshal(stored)
	if err != nil {
		return fmt.Errorf("write %s: %w", d.key(name), err)
	}
	etag, err := d.Bucket.Replace(ctx, d.key(name), text, expected)
	if err != nil {
		return err //nolint:wrapcheck // it names the object
	}
	d.keep(name, etag, text)
	return nil
}

// List returns the documents whose names lie from first to last, by name; empty
// bounds are open. One listing tells which have changed since they were read
// last, and only those are read. What the documents refer to is shared by all who
// list them, and not to be changed.
func (d *Documents[T]) List(ctx context.Context, first, last string) (map[string]T, error) {
	after := ""
	if first != "" {
		after = strings.TrimSuffix(d.key(first), ".json") // comes before its key
	}
	objects, err := d.Bucket.List(ctx, d.Prefix, after)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the prefix
	}
	found := make(map[string]T, len(objects))
	var mu sync.Mutex
	var throttled error
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for _, object := range objects {
		name, ok := strings.CutSuffix(strings.TrimPrefix(object.Key, d.Prefix), ".json")
		if !ok || last != "" && name > last {
			continue
		}
		group.Go(func() error {
			body, there, err := d.current(ctx, name, object.ETag)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, forecast.ErrThrottled): // what the others read need not be read again
				throttled = err
			case err != nil:
				return err
			case there:
				found[name] = body
			}
			return nil
		})
	}
	return found, cmp.Or(group.Wait(), throttled) //nolint:wrapcheck // it names the object
}

// current returns a document of a listing, from memory or disk if it is still the same.
func (d *Documents[T]) current(ctx context.Context, name string, etag bucket.ETag) (body T, there bool, err error) {
	if known := d.known(name, etag); known != nil {
		known.once.Do(func() {
			stored, err := d.decode(name, known.text)
			known.body, known.err = stored.Body, err
		})
		return known.body, known.err == nil, known.err
	}
	if text, ok := d.stored(name, etag); ok {
		d.keep(name, etag, text)
		return d.current(ctx, name, etag)
	}
	stored, etag, err := d.load(ctx, name)
	if known := d.known(name, etag); known != nil && err == nil {
		d.store(name, etag, known.text)
	}
	return stored.Body, etag != bucket.Absent, err
}

func (d *Documents[T]) known(name string, etag bucket.ETag) *cached[T] {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.cache[name]; c != nil && c.etag == etag {
		return c
	}
	return nil
}

// Wait returns a Pause that waits ever longer, up to two seconds, by a random
// part of it.
func Wait(sleep func(context.Context, time.Duration) error, random func() float64) func(context.Context, int) error {
	return func(ctx context.Context, n int) error {
		most := min(20*time.Millisecond<<min(n, 10), 2*time.Second)
		return sleep(ctx, time.Duration(random()*float64(most)))
	}
}
