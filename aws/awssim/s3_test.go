package awssim_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/awssim"
)

const bucket = "example-forecast"

func openBucket(t *testing.T) *account {
	t.Helper()
	a := open(t, awssim.Options{})
	a.checked(t)
	if _, err := a.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket:                    awssdk.String(bucket),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraintApNortheast1},
	}); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *account) put(t *testing.T, key, content string, more ...func(*s3.PutObjectInput)) (string, error) {
	t.Helper()
	in := &s3.PutObjectInput{Bucket: awssdk.String(bucket), Key: &key, Body: strings.NewReader(content)}
	for _, f := range more {
		f(in)
	}
	out, err := a.s3.PutObject(t.Context(), in)
	if err != nil {
		return "", err
	}
	return *out.ETag, nil
}

func TestObjects(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := t.TempDir()
	a := open(t, awssim.Options{Dir: dir})
	a.checked(t)
	if err := a.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	key := "runs/a b+c/é.json"
	if _, err := a.put(t, key, `{"x":1}`, func(in *s3.PutObjectInput) {
		in.ContentType, in.Metadata = awssdk.String("application/json"), map[string]string{"try": "2"}
	}); err != nil {
		t.Fatal(err)
	}
	got, err := a.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: awssdk.String(bucket), Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(got.Body) // compares the checksum, too
	if err != nil || string(content) != `{"x":1}` || *got.ContentType != "application/json" || got.Metadata["try"] != "2" {
		t.Errorf("got %q, %v, %v, %v", content, err, *got.ContentType, got.Metadata)
	}
	if text, err := os.ReadFile(filepath.Join(dir, bucket, key)); err != nil || string(text) != `{"x":1}` {
		t.Errorf("the file has %q, %v", text, err)
	}
	part, err := a.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: awssdk.String(bucket), Key: &key, Range: awssdk.String("bytes=1-3")})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(part.Body); err != nil || string(text) != `"x"` {
		t.Errorf("range = %q, %v", text, err)
	}
	missing := awssdk.String("missing")
	_, err = a.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: awssdk.String(bucket), Key: missing})
	wantCode(t, "get of a missing key", err, "NoSuchKey")
	_, err = a.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: awssdk.String(bucket), Key: missing})
	wantCode(t, "head of a missing key", err, "NotFound")
	_, err = a.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: awssdk.String("nowhere")})
	wantCode(t, "head of a missing bucket", err, "NotFound")
	location, err := a.s3.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: awssdk.String(bucket)})
	if err != nil || location.LocationConstraint != "ap-northeast-1" {
		t.Errorf("location %v, %v", location, err)
	}
	copied := awssdk.String("copy")
	if _, err := a.s3.CopyObject(ctx, &s3.CopyObjectInput{Bucket: awssdk.String(bucket), Key: copied, CopySource: awssdk.String(bucket + "/runs/a%20b%2Bc/%C3%A9.json")}); err != nil {
		t.Fatal(err)
	}
	if content, err := a.Object(bucket, "copy"); err != nil || string(content) != `{"x":1}` {
		t.Errorf("the copy has %q, %v", content, err)
	}
	for range 2 { // the second deletes nothing
		if _, err := a.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: awssdk.String(bucket), Key: &key}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, bucket, "runs")); !os.IsNotExist(err) {
		t.Errorf("an empty directory is left: %v", err)
	}
}

// TestKeysThatAreNoPaths are keys that the file system can't hold where they
// belong: through one another, with a slash at the end, upwards.
func TestKeysThatAreNoPaths(t *testing.T) {
	t.Parallel()
	a := openBucket(t)
	keys := []string{"a", "a/b", "c/d", "c", "folder/", "up/../../x", "e//f"}
	for _, key := range keys {
		if err := a.PutObject(bucket, key, []byte("content of "+key)); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range keys {
		if got, err := a.Object(bucket, key); err != nil || string(got) != "content of "+key {
			t.Errorf("%s holds %q, %v", key, got, err)
		}
	}
	slices.Sort(keys)
	if got, err := a.Objects(bucket, ""); err != nil || !slices.Equal(got, keys) {
		t.Errorf("keys = %v, %v; want %v", got, err, keys)
	}
}

func TestConditionalWrites(t *testing.T) {
	t.Parallel()
	a := openBucket(t)
	create := func(in *s3.PutObjectInput) { in.IfNoneMatch = awssdk.String("*") }
	first, err := a.put(t, "pointer", "1", create)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.put(t, "pointer", "2", create)
	wantCode(t, "create over an object", err, "PreconditionFailed")
	_, err = a.put(t, "other", "2", func(in *s3.PutObjectInput) { in.IfMatch = &first })
	wantCode(t, "replace of nothing", err, "NoSuchKey")

	// Of many that replace the same version, one succeeds.
	var won atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := a.put(t, "pointer", "3", func(in *s3.PutObjectInput) { in.IfMatch = &first }); err == nil {
				won.Add(1)
			} else {
				wantCode(t, "replace of an old version", err, "PreconditionFailed")
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d writers replaced the same version", won.Load())
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := openBucket(t)
	for _, key := range []string{"a/1", "a/2", "b/1", "b/c/2", "d", "z z"} {
		if err := a.PutObject(bucket, key, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, page := range []int32{1, 2, 1000} {
		var got []string
		pages := s3.NewListObjectsV2Paginator(a.s3, &s3.ListObjectsV2Input{
			Bucket: awssdk.String(bucket), Delimiter: awssdk.String("/"), MaxKeys: &page, EncodingType: types.EncodingTypeUrl,
		})
		for pages.HasMorePages() {
			out, err := pages.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range out.CommonPrefixes {
				got = append(got, *p.Prefix)
			}
			for _, o := range out.Contents {
				got = append(got, *o.Key)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff([]string{"a/", "b/", "d", "z+z"}, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", page, diff)
		}
	}
	out, err := a.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: awssdk.String(bucket), Delete: &types.Delete{Objects: []types.ObjectIdentifier{
		{Key: awssdk.String("a/1")}, {Key: awssdk.String("nothing")},
	}}})
	if err != nil || len(out.Deleted) != 2 {
		t.Errorf("deleted %+v, %v", out, err)
	}
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := openBucket(t)
	key := awssdk.String("large")
	upload, err := a.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: awssdk.String(bucket), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	var parts []types.CompletedPart
	for n, size := range []int{5 << 20, 17} {
		number := awssdk.Int32(int32(n + 1))
		part, err := a.s3.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: awssdk.String(bucket), Key: key, UploadId: upload.UploadId, PartNumber: number, Body: bytes.NewReader(bytes.Repeat([]byte{byte(n)}, size)),
		})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, types.CompletedPart{PartNumber: number, ETag: part.ETag})
	}
	complete := &s3.CompleteMultipartUploadInput{
		Bucket: awssdk.String(bucket), Key: key, UploadId: upload.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	}
	out, err := a.s3.CompleteMultipartUpload(ctx, complete)
	if err != nil || !strings.HasSuffix(*out.ETag, `-2"`) {
		t.Fatalf("complete: %v, %v", out, err)
	}
	if content, err := a.Object(bucket, "large"); err != nil || len(content) != 5<<20+17 {
		t.Errorf("%d bytes, %v", len(content), err)
	}
	_, err = a.s3.CompleteMultipartUpload(ctx, complete)
	wantCode(t, "a second completion", err, "NoSuchUpload")
}

func TestCallerIdentity(t *testing.T) {
	t.Parallel()
	a := open(t, awssim.Options{})
	a.checked(t)
	out, err := sts.NewFromConfig(a.config).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *out.Arn != "arn:aws:iam::123456789012:user/aki" || *out.Account != "123456789012" {
		t.Errorf("identity %v, %v", out, err)
	}
}
