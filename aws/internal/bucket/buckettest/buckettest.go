// Package buckettest keeps objects in memory in place of S3, for tests. It
// compares and swaps as S3 does, lists in pages, and fails where a test says.
package buckettest

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // S3's tag of an object is one
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/daybatch/daybatch/aws/internal/bucket"
)

// S3 is a bucket.API over a map. Its zero value is an empty bucket; it may be
// used by several goroutines.
type S3 struct {
	// Fault, if it is set, judges each call: see [Fault].
	Fault func(Call) Fault
	// Page is how many objects a listing's page holds; 0: 1,000.
	Page int

	mu      sync.Mutex
	objects map[string][]byte
	calls   int
	writes  int
}

var _ bucket.API = (*S3)(nil)

// Call is one request.
type Call struct {
	Name   string // of the operation: GetObject, PutObject, ListObjectsV2, DeleteObjects
	Key    string // or the prefix of a listing
	N      int    // of all calls, from 1
	Write  int    // of the writing calls, from 1; 0 if it reads
	IfThen bool   // it is a conditional write
}

// Fault says how a call fails.
type Fault struct {
	// Before is the error of a call that never arrived.
	Before error
	// After is the error of a call that was carried out and whose reply was lost.
	After error
}

// Writes returns how many writing calls there were.
func (s *S3) Writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// Calls returns how many calls there were.
func (s *S3) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Keys returns the keys below a prefix in their order.
func (s *S3) Keys(prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys(prefix)
}

func (s *S3) keys(prefix string) []string {
	keys := slices.Sorted(maps.Keys(s.objects))
	return slices.DeleteFunc(keys, func(key string) bool { return !strings.HasPrefix(key, prefix) })
}

// Object returns what is kept under a key; nil if nothing is.
func (s *S3) Object(key string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.objects[key])
}

// Set keeps content under a key; nil removes it. It is no call.
func (s *S3) Set(key string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if content == nil {
		delete(s.objects, key)
		return
	}
	s.put(key, content)
}

func (s *S3) put(key string, content []byte) {
	if s.objects == nil {
		s.objects = make(map[string][]byte)
	}
	s.objects[key] = content
}

// call counts a call and carries it out as its fault says.
func (s *S3) call(ctx context.Context, c Call, do func() error) error {
	s.mu.Lock()
	s.calls++
	c.N = s.calls
	if c.Name == "PutObject" || c.Name == "DeleteObjects" {
		s.writes++
		c.Write = s.writes
	}
	s.mu.Unlock()
	var fault Fault
	if s.Fault != nil {
		fault = s.Fault(c)
	}
	if fault.Before != nil {
		return fault.Before
	}
	if ctx.Err() != nil {
		return ctx.Err() //nolint:wrapcheck // as a client that was cancelled
	}
	s.mu.Lock()
	err := do()
	s.mu.Unlock()
	if fault.After != nil {
		return fault.After
	}
	return err
}

func tag(content []byte) *string {
	sum := md5.Sum(content) //nolint:gosec // no secret
	return awssdk.String(`"` + hex.EncodeToString(sum[:]) + `"`)
}

func answer(code string) error {
	return &smithy.GenericAPIError{Code: code, Message: "the fake bucket says so", Fault: smithy.FaultClient}
}

// GetObject implements bucket.API.
func (s *S3) GetObject(ctx context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	out := &s3.GetObjectOutput{}
	key := awssdk.ToString(in.Key)
	err := s.call(ctx, Call{Name: "GetObject", Key: key}, func() error {
		content, ok := s.objects[key]
		if !ok {
			return answer("NoSuchKey")
		}
		out.Body, out.ETag = io.NopCloser(bytes.NewReader(slices.Clone(content))), tag(content)
		out.ContentLength = awssdk.Int64(int64(len(content)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// PutObject implements bucket.API.
func (s *S3) PutObject(ctx context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	content, err := io.ReadAll(in.Body)
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	out := &s3.PutObjectOutput{ETag: tag(content)}
	c := Call{Name: "PutObject", Key: awssdk.ToString(in.Key), IfThen: in.IfMatch != nil || in.IfNoneMatch != nil}
	err = s.call(ctx, c, func() error {
		before, there := s.objects[c.Key]
		switch {
		case in.IfNoneMatch != nil && there:
			return answer("PreconditionFailed")
		case in.IfMatch != nil && !there:
			return answer("NoSuchKey")
		case in.IfMatch != nil && *in.IfMatch != *tag(before):
			return answer("PreconditionFailed")
		}
		s.put(c.Key, content)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListObjectsV2 implements bucket.API.
func (s *S3) ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	out := &s3.ListObjectsV2Output{IsTruncated: awssdk.Bool(false)}
	prefix := awssdk.ToString(in.Prefix)
	after := max(awssdk.ToString(in.StartAfter), awssdk.ToString(in.ContinuationToken))
	page := s.Page
	if page <= 0 {
		page = 1000
	}
	err := s.call(ctx, Call{Name: "ListObjectsV2", Key: prefix}, func() error {
		for _, key := range s.keys(prefix) {
			if key <= after {
				continue
			}
			if n := len(out.Contents); n == page {
				out.IsTruncated, out.NextContinuationToken = awssdk.Bool(true), out.Contents[n-1].Key
				return nil
			}
			content := s.objects[key]
			out.Contents = append(out.Contents, types.Object{Key: awssdk.String(key), ETag: tag(content), Size: awssdk.Int64(int64(len(content)))})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteObjects implements bucket.API.
func (s *S3) DeleteObjects(ctx context.Context, in *s3.DeleteObjectsInput, _ ...func(*s3.Options)) (*s3.DeleteObjectsOutput, error) {
	first := ""
	if len(in.Delete.Objects) > 0 {
		first = awssdk.ToString(in.Delete.Objects[0].Key)
	}
	err := s.call(ctx, Call{Name: "DeleteObjects", Key: first}, func() error {
		for _, object := range in.Delete.Objects {
			delete(s.objects, awssdk.ToString(object.Key))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &s3.DeleteObjectsOutput{}, nil
}
