package deploy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/daybatch/daybatch/aws/internal/naming"
)

type objectClient interface {
	ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input, options ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	HeadObject(ctx context.Context, in *s3.HeadObjectInput, options ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
	PutObject(ctx context.Context, in *s3.PutObjectInput, options ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// bucket is the bucket of the project. It is the account owner's to make: how it
// is encrypted, and what becomes of old versions, is not for a pipeline to say.
type bucket struct {
	client objectClient
	name   string
}

func (b *bucket) read(ctx context.Context) (Change, error) {
	change := Change{Kind: KindBucket, Name: b.name, Action: ActionKeep}
	// HeadBucket is there for that, but what it answers has no body: an expired
	// login would be a bad request.
	_, err := b.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &b.name, MaxKeys: awssdk.Int32(1)})
	if absent(err) {
		change.Action, change.Reason = ActionRefuse, "there is no such bucket: make it first, with `aws s3 mb s3://"+b.name+"`"
		return change, nil
	}
	if err != nil {
		return Change{}, failed(err, "look at bucket %s", b.name)
	}
	return change, nil
}

func (*bucket) apply(context.Context) error { return nil }

// project is the definition of the pipeline as an object, which steps read. Its
// key is its hash: what is there never changes.
type project struct {
	client objectClient
	bucket string
	key    string
	text   []byte
}

func newProject(client objectClient, o Options) (*project, error) {
	hash, err := o.Definition.Hash()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what it did
	}
	text, err := json.Marshal(o.Definition)
	if err != nil {
		return nil, fmt.Errorf("write definition: %w", err)
	}
	return &project{client: client, bucket: o.Settings.Bucket, key: o.Settings.Prefix + "/" + naming.ProjectKey(hash), text: text}, nil
}

func (p *project) read(ctx context.Context) (Change, error) {
	change := Change{Kind: KindProject, Name: p.key, Action: ActionKeep}
	_, err := p.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &p.bucket, Key: &p.key})
	switch {
	case absent(err):
		change.Action = ActionCreate
	case err != nil:
		return Change{}, failed(err, "look at s3://%s/%s", p.bucket, p.key)
	}
	return change, nil
}

func (p *project) apply(ctx context.Context) error {
	_, err := p.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &p.bucket, Key: &p.key, Body: bytes.NewReader(p.text), ContentType: awssdk.String("application/json"), IfNoneMatch: awssdk.String("*"),
	})
	if err != nil {
		return failed(err, "write s3://%s/%s", p.bucket, p.key)
	}
	return nil
}
