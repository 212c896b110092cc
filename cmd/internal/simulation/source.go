package simulation

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/daybatch/daybatch/forecast/logkey"
)

// mirror shows the files behind the source's tables as objects, so that what looks
// whether the source has changed sees them come. What they hold is read from the
// files themselves.
type mirror struct {
	server *server

	mu sync.Mutex
}

// bucket is the name of the bucket that the objects are in.
func (m *mirror) bucket() string { return m.server.Settings.Bucket + "-source" }

// begin makes the tables, with what is there now.
func (m *mirror) begin(ctx context.Context) error {
	if err := m.server.sim.CreateBucket(m.bucket()); err != nil {
		return err //nolint:wrapcheck // it says what it did
	}
	for _, table := range m.server.Definition.Source.Files {
		if database, name, ok := strings.Cut(table, "."); ok {
			m.server.sim.AddTable(database, name, "s3://"+m.bucket()+"/"+table+"/")
		}
	}
	m.catchUp(ctx)
	return nil
}

// catchUp puts an object for each file that is new or changed. That one could not be
// read or put is logged: it is seen with the next look.
func (m *mirror) catchUp(ctx context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, table := range m.server.Definition.Source.Files {
		files, _ := filepath.Glob(filepath.Join(m.server.Project, m.server.Files[name])) // a pattern of daybatch's own
		for _, file := range files {
			if err := m.put(path.Join(table, filepath.Base(file)), file); err != nil {
				m.server.Log.WarnContext(ctx, "a file of the source is not shown", slog.String(logkey.Error, err.Error()))
			}
		}
	}
}

func (m *mirror) put(key, file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("look at a file of the source: %w", err)
	}
	state := []byte(fmt.Sprint(info.Size(), " ", info.ModTime().UnixNano()))
	if shown, err := m.server.sim.Object(m.bucket(), key); err == nil && bytes.Equal(shown, state) {
		return nil
	}
	return m.server.sim.PutObject(m.bucket(), key, state) //nolint:wrapcheck // it names the object
}
