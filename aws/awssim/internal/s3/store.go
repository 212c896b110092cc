// Package s3 is the object store: buckets whose objects are files, with the
// conditional writes, multipart uploads and listings of Amazon S3.
//
// An object lies at <dir>/<bucket>/<key> wherever a file system can hold it
// there, so that other programs can read the data; a key that can't be a path
// (it ends in a slash, or another key goes through it) lies under .odd. What is
// found in the directory at the beginning is served as well. An object is
// replaced by renaming over it: a reader that has it open keeps the old one.
package s3

import (
	"crypto/md5" //nolint:gosec // an ETag is an MD5, whatever we think of it
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// Store holds the buckets of the account.
type Store struct {
	dir    string
	region string
	now    func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
	uploads map[string]*upload
	counter int
	pages   func() wire.Quirks
}

type bucket struct {
	created   time.Time
	objects   map[string]*Object
	lifecycle []byte
}

// Object is one object's record; its bytes are in a file.
type Object struct {
	Key      string
	ETag     string // with its quotes
	Size     int64
	Modified time.Time

	headers  http.Header // content type, user metadata
	checksum [2]string   // header and value, as the client gave it
	file     string
}

// Options for [New].
type Options struct {
	Dir    string
	Region string
	Now    func() time.Time
	Quirks func() wire.Quirks
}

// New opens the store over a directory, which is made if it isn't there.
func New(o Options) (*Store, error) {
	s := &Store{
		dir: o.Dir, region: o.Region, now: o.Now, pages: o.Quirks,
		buckets: map[string]*bucket{}, uploads: map[string]*upload{},
	}
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the object store: %w", err)
	}
	found, err := os.ReadDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("read the object store: %w", err)
	}
	for _, entry := range found {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			if err := s.adopt(entry.Name()); err != nil {
				return nil, fmt.Errorf("read bucket %s: %w", entry.Name(), err)
			}
		}
	}
	return s, nil
}

// adopt takes the files of a directory as a bucket's objects.
func (s *Store) adopt(name string) error {
	b := &bucket{created: s.now(), objects: map[string]*Object{}}
	root := filepath.Join(s.dir, name)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path) //nolint:gosec // a file below our own directory
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		modified := s.now()
		if info, err := d.Info(); err == nil && info.ModTime().Before(modified) {
			modified = info.ModTime()
		}
		key := filepath.ToSlash(relative)
		b.objects[key] = &Object{
			Key: key, ETag: etag(content), Size: int64(len(content)), Modified: modified, headers: http.Header{}, file: path,
		}
		return nil
	})
	s.buckets[name] = b
	return err
}

// CreateBucket makes a bucket; one that is there stays as it is.
func (s *Store) CreateBucket(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buckets[name] != nil {
		return nil
	}
	if name == "" || strings.ContainsAny(name, "/\\") || strings.HasPrefix(name, ".") {
		return wire.Errorf("InvalidBucketName", "The specified bucket is not valid.")
	}
	if err := os.MkdirAll(filepath.Join(s.dir, name), 0o750); err != nil {
		return fmt.Errorf("make bucket %s: %w", name, err)
	}
	s.buckets[name] = &bucket{created: s.now(), objects: map[string]*Object{}}
	return nil
}

// Put writes an object without conditions.
func (s *Store) Put(bucketName, key string, content []byte) error {
	_, err := s.put(bucketName, Object{Key: key, headers: http.Header{}}, content, conditions{})
	return err
}

// Get reads an object whole.
func (s *Store) Get(bucketName, key string) (content []byte, o Object, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.object(bucketName, key)
	if err != nil {
		return nil, Object{}, err
	}
	content, err = os.ReadFile(found.file)
	if err != nil {
		return nil, Object{}, fmt.Errorf("read s3://%s/%s: %w", bucketName, key, err)
	}
	return content, *found, nil
}

// List gives the objects below a prefix in the order of their keys.
func (s *Store) List(bucketName, prefix string) ([]Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucket(bucketName)
	if err != nil {
		return nil, err
	}
	var out []Object
	for key, o := range b.objects {
		if strings.HasPrefix(key, prefix) {
			out = append(out, *o)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Key < out[j].Key })
	return out, nil
}

// conditions are If-Match and If-None-Match of a write.
type conditions struct {
	match, noneMatch string
}

func (c conditions) check(o *Object, key string) error {
	if c.noneMatch == "*" && o != nil {
		return preconditionFailed()
	}
	if c.match == "" {
		return nil
	}
	if o == nil {
		return noSuchKey(key)
	}
	if c.match != "*" && strings.Trim(c.match, `"`) != strings.Trim(o.ETag, `"`) {
		return preconditionFailed()
	}
	return nil
}

// put writes an object if the conditions hold. The check and the replacement
// happen under one lock: this is the compare-and-set that leases rely on.
func (s *Store) put(bucketName string, o Object, content []byte, c conditions) (Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucket(bucketName)
	if err != nil {
		return Object{}, err
	}
	if err := c.check(b.objects[o.Key], o.Key); err != nil {
		return Object{}, err
	}
	if o.ETag == "" {
		o.ETag = etag(content)
	}
	o.Size, o.Modified = int64(len(content)), s.now()
	o.file, err = s.write(bucketName, o.Key, content)
	if err != nil {
		return Object{}, fmt.Errorf("write s3://%s/%s: %w", bucketName, o.Key, err)
	}
	// So that a later account in the directory knows; on the way there it is worth
	// no failure.
	_ = os.Chtimes(o.file, o.Modified, o.Modified)
	if old := b.objects[o.Key]; old != nil && old.file != o.file {
		_ = os.Remove(old.file) // it lay elsewhere; nothing refers to it any more
	}
	b.objects[o.Key] = &o
	return o, nil
}

func (s *Store) remove(bucketName, key string, c conditions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucket(bucketName)
	if err != nil {
		return err
	}
	o := b.objects[key]
	if err := c.check(o, key); err != nil {
		return err
	}
	if o == nil {
		return nil
	}
	delete(b.objects, key)
	if err := os.Remove(o.file); err != nil {
		return fmt.Errorf("delete s3://%s/%s: %w", bucketName, key, err)
	}
	s.prune(bucketName, o.file)
	return nil
}

// prune removes the directories that a deleted object leaves empty.
func (s *Store) prune(bucketName, file string) {
	root := filepath.Join(s.dir, bucketName)
	for dir := filepath.Dir(file); strings.HasPrefix(dir, root+string(filepath.Separator)); dir = filepath.Dir(dir) {
		if os.Remove(dir) != nil {
			return
		}
	}
}

func (s *Store) bucket(name string) (*bucket, error) {
	b := s.buckets[name]
	if b == nil {
		return nil, wire.StatusErrorf(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
	}
	return b, nil
}

func (s *Store) object(bucketName, key string) (*Object, error) {
	b, err := s.bucket(bucketName)
	if err != nil {
		return nil, err
	}
	o := b.objects[key]
	if o == nil {
		return nil, noSuchKey(key)
	}
	return o, nil
}

func noSuchKey(string) error {
	return wire.StatusErrorf(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
}

func preconditionFailed() error {
	return wire.StatusErrorf(http.StatusPreconditionFailed, "PreconditionFailed",
		"At least one of the pre-conditions you specified did not hold")
}

func etag(content []byte) string {
	sum := md5.Sum(content) //nolint:gosec // an ETag is an MD5
	return `"` + hex.EncodeToString(sum[:]) + `"`
}
