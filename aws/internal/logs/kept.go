package logs

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast/scrub"
)

const (
	// firm is how long a job has been over when its log is kept. Its lines are there
	// some seconds after its end (Options.Settle); a straggler that comes later still
	// is found by whoever reads the log again, unless it is read from disk.
	firm = time.Minute
	// mostKept is how many bytes all logs may take on disk, and largestPart the part
	// of them that one may.
	mostKept    = 256 << 20
	largestPart = 4
	// keptPage is how many events of a log on disk are given at once.
	keptPage = 10_000
	// keptFormat is that of the files: what has another one is read anew.
	keptFormat = 1
	keptSuffix = ".log.gz"
	halfSuffix = ".tmp"
)

// Kept keeps the logs of jobs that are over on disk, so that they are read from
// CloudWatch once. The directory may be removed at any time, and any number of
// processes may use it: a file is there whole or not at all, and one that is damaged
// is dropped and its log read anew. Credentials are redacted in it.
//
// A log is known by its job, whose name an account uses once: what is retried has
// another job, and so another log.
type Kept struct {
	Dir string // need not be there
	// Most is how many bytes all logs may take, the oldest are dropped; 0: 256 MiB. One
	// that would take more than a fourth of it is not kept.
	Most int64
	// Failed is told why a log could not be kept, which costs calls later. Nil: nobody
	// is.
	Failed func(context.Context, error)
}

// label begins a file, and says whose log it is.
type label struct {
	Format  int    `json:"format"`
	Account string `json:"account"`
	Kind    Kind   `json:"kind"`
	Job     string `json:"job"`
	Start   int64  `json:"start"` // milliseconds since 1970
}

// labelOf returns the label of a job's log, and whether it has one of its own.
func labelOf(j Job) (l label, ok bool) {
	l = label{Format: keptFormat, Account: j.Account, Kind: j.Kind, Job: j.Name, Start: j.Start.UnixMilli()}
	return l, j.Account != "" && j.Name != "" && !j.Start.IsZero()
}

// line is an event in a file. A stream is named in the first of its events only, and
// counted from there.
type line struct {
	At     int64  `json:"at"`
	Named  string `json:"named,omitempty"`
	Stream int    `json:"stream"`
	Text   string `json:"text"`
}

func (k *Kept) path(l label) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{l.Account, string(l.Kind), l.Job, strconv.FormatInt(l.Start, 10)}, "\n")))
	return filepath.Join(k.Dir, hex.EncodeToString(sum[:16])+keptSuffix)
}

func (k *Kept) most() int64 { return cmp.Or(k.Most, mostKept) }

func (k *Kept) failed(ctx context.Context, err error) {
	if err != nil && k.Failed != nil {
		k.Failed(ctx, err)
	}
}

// open returns a log that is kept, nil if it is not. A file that does not read to its
// end is removed.
func (k *Kept) open(l label) *keptLog {
	text, err := os.ReadFile(k.path(l))
	if err != nil {
		return nil
	}
	if err := sound(text, l); err != nil {
		_ = os.Remove(k.path(l))
		return nil
	}
	log, err := newKeptLog(text, l)
	if err != nil {
		return nil
	}
	return log
}

// sound reads a whole file, whose checksum stands at its end.
func sound(text []byte, l label) error {
	log, err := newKeptLog(text, l)
	for err == nil {
		_, _, err = log.next()
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// keptLog is a log being read from disk.
type keptLog struct {
	decoder *json.Decoder
	streams []string
}

func newKeptLog(text []byte, want label) (*keptLog, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err //nolint:wrapcheck // whatever it is, the file is of no use
	}
	log := &keptLog{decoder: json.NewDecoder(unpacked)}
	var found label
	if err := log.decoder.Decode(&found); err != nil {
		return nil, err //nolint:wrapcheck // as above
	}
	if found != want {
		return nil, errors.New("the log of another job")
	}
	return log, nil
}

// next returns the next event and its stream, io.EOF at the end.
func (k *keptLog) next() (line, string, error) {
	var l line
	if err := k.decoder.Decode(&l); err != nil {
		return l, "", err //nolint:wrapcheck // newKeptLog's callers take any for damage
	}
	if l.Named != "" {
		k.streams = append(k.streams, l.Named)
	}
	if l.Stream < 0 || l.Stream >= len(k.streams) {
		return l, "", errors.New("a stream without a name")
	}
	return l, k.streams[l.Stream], nil
}

// copying packs a log while it is read, to be kept when it was read to its end.
type copying struct {
	packed  bytes.Buffer
	gzip    *gzip.Writer
	encoder *json.Encoder
	streams map[string]int
	events  int
}

func newCopying(l label) *copying {
	c := &copying{streams: make(map[string]int)}
	c.gzip, _ = gzip.NewWriterLevel(&c.packed, gzip.BestSpeed)
	c.encoder = json.NewEncoder(c.gzip)
	c.encoder.SetEscapeHTML(false)
	_ = c.encoder.Encode(l) // to memory
	return c
}

func (c *copying) add(events []event) {
	for _, e := range events {
		l := line{At: e.at, Text: presentable(e.message)}
		at, ok := c.streams[e.view.stream]
		if !ok {
			at, l.Named = len(c.streams), e.view.stream
			c.streams[e.view.stream] = at
		}
		l.Stream = at
		_ = c.encoder.Encode(l) // to memory
		c.events++
	}
}

// presentable returns a message without credentials, line by line as they are shown.
// Control sequences stay, and are taken off when the line is shown, except where they
// hide a credential.
func presentable(message string) string {
	lines := strings.Split(message, "\n")
	for i, line := range lines {
		kept := scrub.Redact(line)
		if shown := scrub.Text(kept); shown != kept && scrub.Redact(shown) != shown {
			kept = scrub.Line(line)
		}
		lines[i] = kept
	}
	return strings.Join(lines, "\n")
}

// keep writes a log that was read to its end.
func (k *Kept) keep(l label, c *copying) error {
	if err := c.gzip.Close(); err != nil {
		return fmt.Errorf("keep log of %s: %w", l.Job, err)
	}
	if c.events == 0 || int64(c.packed.Len()) > k.most()/largestPart {
		return nil
	}
	err := os.MkdirAll(k.Dir, 0o700)
	if err == nil {
		err = k.replace(k.path(l), c.packed.Bytes())
	}
	if err == nil {
		err = k.drop(k.path(l))
	}
	if err != nil {
		return fmt.Errorf("keep log of %s: %w", l.Job, err)
	}
	return nil
}

func (k *Kept) replace(path string, text []byte) error {
	file, err := os.CreateTemp(k.Dir, ".*"+halfSuffix) // which only its owner may read
	if err != nil {
		return err //nolint:wrapcheck // keep wraps
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err //nolint:wrapcheck // as above
}

// drop removes the oldest logs beyond what all may take, but not the newest, and what
// a process left that ended while it wrote.
func (k *Kept) drop(newest string) error {
	entries, err := os.ReadDir(k.Dir)
	if err != nil {
		return err //nolint:wrapcheck // keep wraps
	}
	var (
		files []fs.FileInfo
		halfs []fs.FileInfo
		now   time.Time // by the clock of the file system
		total int64
	)
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil { // another process removed it
			continue
		}
		switch {
		case entry.Name() == filepath.Base(newest):
			now = info.ModTime()
			total += info.Size()
		case strings.HasSuffix(entry.Name(), keptSuffix), strings.HasSuffix(entry.Name(), jobsSuffix):
			files = append(files, info)
			total += info.Size()
		case strings.HasSuffix(entry.Name(), halfSuffix):
			halfs = append(halfs, info)
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, info := range files {
		if total <= k.most() {
			break
		}
		total -= info.Size()
		_ = os.Remove(filepath.Join(k.Dir, info.Name()))
	}
	for _, info := range halfs {
		if now.Sub(info.ModTime()) > time.Hour {
			_ = os.Remove(filepath.Join(k.Dir, info.Name()))
		}
	}
	return nil
}

// once is a source that reads the log of a job that is over from disk, or from the
// service and keeps it.
type once struct {
	*whole

	kept    *Kept
	label   label
	begun   bool
	log     *keptLog // nil: it is not on disk
	copying *copying // nil: it is not to be kept
}

func (o *once) page(ctx context.Context) (page, error) {
	if !o.begun {
		o.begun = true
		if o.log = o.kept.open(o.label); o.log == nil {
			o.copying = newCopying(o.label)
		}
	}
	if o.log != nil {
		return o.read()
	}
	p, err := o.whole.page(ctx)
	if err != nil || o.copying == nil {
		return p, err
	}
	o.copying.add(p.events)
	switch {
	case !p.more:
		o.kept.failed(ctx, o.kept.keep(o.label, o.copying))
		o.copying = nil
	case int64(o.copying.packed.Len()) > o.kept.most()/largestPart:
		o.copying = nil
	}
	return p, nil
}

// read returns the next page of the log on disk.
func (o *once) read() (page, error) {
	var p page
	for len(p.events) < keptPage {
		l, stream, err := o.log.next()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil { // open has read it all
			return p, fmt.Errorf("read the log of %s that was kept: %w", o.label.Job, err)
		}
		p.events = append(p.events, event{at: l.At, job: o.job.index, view: o.view(stream), message: l.Text})
	}
	p.more = true
	return p, nil
}
