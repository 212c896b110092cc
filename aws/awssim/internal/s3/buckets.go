package s3

import (
	"context"
	"encoding/xml"
	"net/http"
	"os"
	"path/filepath"
	"sort"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

type bucketList struct {
	XMLName xml.Name `xml:"ListAllMyBucketsResult"`
	Xmlns   string   `xml:"xmlns,attr"`
	Owner   struct {
		ID string
	}
	Buckets struct {
		Bucket []bucketEntry
	}
}

type bucketEntry struct {
	Name         string
	CreationDate string
}

func (s *Store) listBuckets(context.Context, *wire.Call) (*wire.Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := bucketList{Xmlns: namespace}
	out.Owner.ID = "owner"
	for name, b := range s.buckets {
		out.Buckets.Bucket = append(out.Buckets.Bucket, bucketEntry{Name: name, CreationDate: stamp(b.created)})
	}
	sort.Slice(out.Buckets.Bucket, func(i, j int) bool { return out.Buckets.Bucket[i].Name < out.Buckets.Bucket[j].Name })
	return wire.XMLReply(out), nil
}

func (s *Store) createBucket(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	name, _ := target(call.Request)
	s.mu.Lock()
	there := s.buckets[name] != nil
	s.mu.Unlock()
	if there {
		return nil, wire.StatusErrorf(http.StatusConflict, "BucketAlreadyOwnedByYou",
			"Your previous request to create the named bucket succeeded and you already own it.")
	}
	if err := s.CreateBucket(name); err != nil {
		return nil, err
	}
	return &wire.Reply{Status: http.StatusOK, Header: http.Header{"Location": {"/" + name}}}, nil
}

func (s *Store) headBucket(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	name, _ := target(call.Request)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.bucket(name); err != nil {
		return nil, err
	}
	return &wire.Reply{Status: http.StatusOK, Header: http.Header{"X-Amz-Bucket-Region": {s.region}}}, nil
}

func (s *Store) deleteBucket(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	name, _ := target(call.Request)
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucket(name)
	if err != nil {
		return nil, err
	}
	if len(b.objects) > 0 {
		return nil, wire.StatusErrorf(http.StatusConflict, "BucketNotEmpty", "The bucket you tried to delete is not empty")
	}
	delete(s.buckets, name)
	if err := os.RemoveAll(filepath.Join(s.dir, name)); err != nil {
		return nil, err
	}
	return &wire.Reply{Status: http.StatusNoContent}, nil
}

type locationResult struct {
	XMLName xml.Name `xml:"LocationConstraint"`
	Xmlns   string   `xml:"xmlns,attr"`
	Region  string   `xml:",chardata"`
}

func (s *Store) location(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	name, _ := target(call.Request)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.bucket(name); err != nil {
		return nil, err
	}
	region := s.region
	if region == "us-east-1" {
		region = "" // the oldest Region answers with nothing
	}
	return wire.XMLReply(locationResult{Xmlns: namespace, Region: region}), nil
}

func (s *Store) putLifecycle(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	name, _ := target(call.Request)
	p, err := open(call.Request, call.Body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucket(name)
	if err != nil {
		return nil, err
	}
	b.lifecycle = p.content
	return &wire.Reply{Status: http.StatusOK}, nil
}

// getLifecycle gives back the rules as they came; nothing expires here.
func (s *Store) getLifecycle(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	name, _ := target(call.Request)
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucket(name)
	if err != nil {
		return nil, err
	}
	if b.lifecycle == nil {
		return nil, wire.StatusErrorf(http.StatusNotFound, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
	}
	return &wire.Reply{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/xml"}}, Body: b.lifecycle}, nil
}
