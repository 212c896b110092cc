package s3

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// write puts the content where the key's file belongs, by renaming a finished
// file there, and says where that is.
func (s *Store) write(bucketName, key string, content []byte) (string, error) {
	s.counter++
	scratch := filepath.Join(s.dir, ".new")
	if err := os.MkdirAll(scratch, 0o750); err != nil {
		return "", err
	}
	fresh := filepath.Join(scratch, fmt.Sprintf("%d-%d", os.Getpid(), s.counter))
	if err := os.WriteFile(fresh, content, 0o600); err != nil { //nolint:gosec // a numbered name of our own
		return "", err
	}
	if path, ok := s.natural(bucketName, key); ok {
		if os.MkdirAll(filepath.Dir(path), 0o750) == nil && os.Rename(fresh, path) == nil {
			return path, nil
		}
	}
	sum := sha256.Sum256([]byte(bucketName + "\x00" + key))
	path := filepath.Join(s.dir, ".odd", hex.EncodeToString(sum[:]))
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return "", err
	}
	return path, os.Rename(fresh, path)
}

// natural is the path of a key below its bucket, if it can be one.
func (s *Store) natural(bucketName, key string) (path string, ok bool) {
	for part := range strings.SplitSeq(key, "/") {
		if part == "" || part == "." || part == ".." || len(part) > 255 || strings.Contains(part, "\x00") {
			return "", false
		}
	}
	return filepath.Join(s.dir, bucketName, filepath.FromSlash(key)), true
}

// SplitURI takes s3://bucket/key apart.
func SplitURI(uri string) (bucketName, key string, ok bool) {
	rest, ok := strings.CutPrefix(uri, "s3://")
	if !ok {
		return "", "", false
	}
	bucketName, key, _ = strings.Cut(rest, "/")
	return bucketName, key, bucketName != ""
}

// Download copies an object into a directory under a name of the caller's.
func (s *Store) Download(bucketName, key, path string) error {
	content, _, err := s.Get(bucketName, key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("download s3://%s/%s: %w", bucketName, key, err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return fmt.Errorf("download s3://%s/%s: %w", bucketName, key, err)
	}
	return nil
}

// Upload puts the regular files below a directory under a prefix; as with
// processing outputs, links are not followed.
func (s *Store) Upload(dir, uri string) error {
	bucketName, prefix, ok := SplitURI(uri)
	if !ok {
		return fmt.Errorf("upload to %q: not an S3 address", uri)
	}
	prefix = strings.TrimSuffix(prefix, "/")
	if prefix != "" {
		prefix += "/"
	}
	return filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path) //nolint:gosec // a file of the job's own directory
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return s.Put(bucketName, prefix+filepath.ToSlash(relative), content)
	})
}
