// Package bucket keeps a project's objects in S3: small documents that change by
// compare-and-set, and files of data that never change.
package bucket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/forecast"
)

// ErrChanged says that an object is not, or no longer, as a write expected it.
var ErrChanged = errors.New("the object has changed")

// API are the calls that a Bucket makes.
type API interface {
	GetObject(ctx context.Context, in *s3.GetObjectInput, options ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	PutObject(ctx context.Context, in *s3.PutObjectInput, options ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input, options ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	DeleteObjects(ctx context.Context, in *s3.DeleteObjectsInput, options ...func(*s3.Options)) (*s3.DeleteObjectsOutput, error)
}

// Bucket is a prefix of a bucket. Keys are relative to it.
type Bucket struct {
	API    API
	Name   string
	Prefix string // empty, or with a slash at its end
}

// ETag identifies the content of an object.
type ETag string

// Absent is the tag of an object that is not there.
const Absent ETag = ""

// Object is what a listing tells of an object.
type Object struct {
	Key   string
	ETag  ETag
	Bytes int64
}

// Get reads an object that fits in memory. One that is not there wraps
// forecast.ErrNotFound.
func (b Bucket) Get(ctx context.Context, key string) ([]byte, ETag, error) {
	out, err := b.API.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.Name, Key: awssdk.String(b.Prefix + key)})
	if err != nil {
		return nil, Absent, b.fail("read", key, err)
	}
	defer func() { _ = out.Body.Close() }()
	text, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, Absent, fmt.Errorf("read s3://%s/%s%s: %w: %s", b.Name, b.Prefix, key, forecast.ErrUnavailable, err.Error())
	}
	return text, ETag(awssdk.ToString(out.ETag)), nil
}

// Replace writes an object if it is still the one with tag expected, Absent for
// one that is not there. Otherwise, and if it can't be known, it wraps ErrChanged:
// a reply that was lost makes the second try of the SDK meet its own first one.
func (b Bucket) Replace(ctx context.Context, key string, text []byte, expected ETag) (ETag, error) {
	in := &s3.PutObjectInput{
		Bucket: &b.Name, Key: awssdk.String(b.Prefix + key), Body: bytes.NewReader(text), ContentType: awssdk.String("application/json"),
	}
	if expected == Absent {
		in.IfNoneMatch = awssdk.String("*")
	} else {
		in.IfMatch = awssdk.String(string(expected))
	}
	out, err := b.API.PutObject(ctx, in)
	switch code := cloud.Code(err); {
	case code == "PreconditionFailed", code == "ConditionalRequestConflict", expected != Absent && code == "NoSuchKey":
		return Absent, fmt.Errorf("write s3://%s/%s%s: %w", b.Name, b.Prefix, key, ErrChanged)
	case err != nil:
		return Absent, b.fail("write", key, err)
	}
	return ETag(awssdk.ToString(out.ETag)), nil
}

// Put writes an object, whatever was there.
func (b Bucket) Put(ctx context.Context, key string, body io.ReadSeeker) (ETag, error) {
	out, err := b.API.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.Name, Key: awssdk.String(b.Prefix + key), Body: body})
	if err != nil {
		return Absent, b.fail("write", key, err)
	}
	return ETag(awssdk.ToString(out.ETag)), nil
}

// Upload writes a file of at most 5 GiB.
func (b Bucket) Upload(ctx context.Context, key, path string) (ETag, error) {
	file, err := os.Open(path) //nolint:gosec // the caller's path
	if err != nil {
		return Absent, fmt.Errorf("upload: %w", err)
	}
	defer func() { _ = file.Close() }()
	return b.Put(ctx, key, file)
}

// Download writes an object to a file, under a temporary name until it is whole.
// The directory is made if it is not there.
func (b Bucket) Download(ctx context.Context, key, path string) error {
	out, err := b.API.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.Name, Key: awssdk.String(b.Prefix + key)})
	if err != nil {
		return b.fail("read", key, err)
	}
	defer func() { _ = out.Body.Close() }()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // other users may read it
		return fmt.Errorf("download: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*.tmp")
	if err != nil {
		return fmt.Errorf("download: %w", err)
	}
	_, err = io.Copy(file, out.Body)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("download s3://%s/%s%s: %w: %s", b.Name, b.Prefix, key, forecast.ErrUnavailable, err.Error())
	}
	return nil
}

// List returns the objects below a prefix whose keys come after a key, in their
// order. It reads all pages.
func (b Bucket) List(ctx context.Context, prefix, after string) ([]Object, error) {
	in := &s3.ListObjectsV2Input{Bucket: &b.Name, Prefix: awssdk.String(b.Prefix + prefix)}
	if after != "" {
		in.StartAfter = awssdk.String(b.Prefix + after)
	}
	var all []Object
	for {
		out, err := b.API.ListObjectsV2(ctx, in)
		if err != nil {
			return nil, b.fail("list", prefix, err)
		}
		for _, object := range out.Contents {
			all = append(all, Object{
				Key: strings.TrimPrefix(awssdk.ToString(object.Key), b.Prefix), ETag: ETag(awssdk.ToString(object.ETag)),
				Bytes: awssdk.ToInt64(object.Size),
			})
		}
		if !awssdk.ToBool(out.IsTruncated) || awssdk.ToString(out.NextContinuationToken) == "" {
			return all, nil
		}
		in.ContinuationToken = out.NextContinuationToken
	}
}

// Delete removes objects; those that are not there are no error.
func (b Bucket) Delete(ctx context.Context, keys ...string) error {
	const most = 1000
	for len(keys) > 0 {
		n := min(len(keys), most)
		objects := make([]types.ObjectIdentifier, n)
		for i, key := range keys[:n] {
			objects[i].Key = awssdk.String(b.Prefix + key)
		}
		out, err := b.API.DeleteObjects(ctx, &s3.DeleteObjectsInput{
			Bucket: &b.Name, Delete: &types.Delete{Objects: objects, Quiet: awssdk.Bool(true)},
		})
		if err != nil {
			return b.fail("delete", keys[0], err)
		}
		if len(out.Errors) > 0 {
			e := out.Errors[0]
			return fmt.Errorf("delete s3://%s/%s: %w: %s: %s (%d objects in all)", b.Name, awssdk.ToString(e.Key),
				forecast.ErrUnavailable, awssdk.ToString(e.Code), awssdk.ToString(e.Message), len(out.Errors))
		}
		keys = keys[n:]
	}
	return nil
}

func (b Bucket) fail(doing, key string, err error) error {
	return fmt.Errorf("%s s3://%s/%s%s: %w", doing, b.Name, b.Prefix, key, cloud.Error(err))
}
