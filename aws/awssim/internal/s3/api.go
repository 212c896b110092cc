package s3

import (
	"context"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// Route names the operation of a request and nothing else.
func Route(r *http.Request) string {
	bucketName, key := target(r)
	q := r.URL.Query()
	switch {
	case bucketName == "":
		return "ListBuckets"
	case key == "":
		return routeBucket(r.Method, q)
	default:
		return routeObject(r, q)
	}
}

func routeBucket(method string, q url.Values) string {
	switch {
	case method == http.MethodHead:
		return "HeadBucket"
	case method == http.MethodPost && q.Has("delete"):
		return "DeleteObjects"
	case method == http.MethodPut && q.Has("lifecycle"):
		return "PutBucketLifecycleConfiguration"
	case method == http.MethodPut:
		return "CreateBucket"
	case method == http.MethodDelete:
		return "DeleteBucket"
	case q.Has("location"):
		return "GetBucketLocation"
	case q.Has("lifecycle"):
		return "GetBucketLifecycleConfiguration"
	case q.Get("list-type") == "2":
		return "ListObjectsV2"
	default:
		return "ListObjects"
	}
}

func routeObject(r *http.Request, q url.Values) string {
	switch r.Method {
	case http.MethodHead:
		return "HeadObject"
	case http.MethodGet:
		return "GetObject"
	case http.MethodPost:
		if q.Has("uploads") {
			return "CreateMultipartUpload"
		}
		return "CompleteMultipartUpload"
	case http.MethodDelete:
		if q.Has("uploadId") {
			return "AbortMultipartUpload"
		}
		return "DeleteObject"
	}
	if q.Has("uploadId") {
		return "UploadPart"
	}
	if r.Header.Get("X-Amz-Copy-Source") != "" {
		return "CopyObject"
	}
	return "PutObject"
}

// target is the bucket and the key of a path-style request.
func target(r *http.Request) (bucketName, key string) {
	bucketName, key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return bucketName, key
}

// Operations are the calls that the store answers.
func (s *Store) Operations() map[string]wire.Operation {
	return map[string]wire.Operation{
		"ListBuckets":                     s.listBuckets,
		"CreateBucket":                    s.createBucket,
		"HeadBucket":                      s.headBucket,
		"DeleteBucket":                    s.deleteBucket,
		"GetBucketLocation":               s.location,
		"PutBucketLifecycleConfiguration": s.putLifecycle,
		"GetBucketLifecycleConfiguration": s.getLifecycle,
		"ListObjectsV2":                   s.listObjects,
		"DeleteObjects":                   s.deleteObjects,
		"GetObject":                       s.getObject,
		"HeadObject":                      s.getObject,
		"PutObject":                       s.putObject,
		"CopyObject":                      s.copyObject,
		"DeleteObject":                    s.deleteObject,
		"CreateMultipartUpload":           s.createUpload,
		"UploadPart":                      s.uploadPart,
		"CompleteMultipartUpload":         s.completeUpload,
		"AbortMultipartUpload":            s.abortUpload,
	}
}

// keptHeaders are stored with an object and given back with it.
func keptHeaders(h http.Header) http.Header {
	kept := http.Header{}
	for name, values := range h {
		lower := strings.ToLower(name)
		switch {
		case strings.HasPrefix(lower, "x-amz-meta-"),
			lower == "content-type", lower == "cache-control", lower == "content-disposition", lower == "content-language", lower == "expires":
			kept[name] = values
		case lower == "content-encoding":
			if rest := strings.Trim(strings.ReplaceAll(values[0], "aws-chunked", ""), ", "); rest != "" {
				kept[name] = []string{rest}
			}
		}
	}
	return kept
}

func (s *Store) putObject(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	bucketName, key := target(call.Request)
	p, err := open(call.Request, call.Body)
	if err != nil {
		return nil, err
	}
	o, err := s.put(bucketName, Object{Key: key, headers: keptHeaders(call.Request.Header), checksum: p.checksum},
		p.content, conditionsOf(call.Request))
	if err != nil {
		return nil, err
	}
	reply := &wire.Reply{Status: http.StatusOK, Header: http.Header{"Etag": {o.ETag}}}
	if p.checksum[0] != "" {
		reply.Header.Set(p.checksum[0], p.checksum[1])
	}
	return reply, nil
}

func conditionsOf(r *http.Request) conditions {
	return conditions{match: r.Header.Get("If-Match"), noneMatch: r.Header.Get("If-None-Match")}
}

func (s *Store) getObject(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	bucketName, key := target(call.Request)
	content, o, err := s.Get(bucketName, key)
	if err != nil {
		return nil, err
	}
	h := o.headers.Clone()
	h.Set("Etag", o.ETag)
	h.Set("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
	h.Set("Accept-Ranges", "bytes")
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "binary/octet-stream")
	}
	if match := call.Request.Header.Get("If-Match"); match != "" && match != "*" && strings.Trim(match, `"`) != strings.Trim(o.ETag, `"`) {
		return nil, preconditionFailed()
	}
	if none := call.Request.Header.Get("If-None-Match"); none != "" && strings.Trim(none, `"`) == strings.Trim(o.ETag, `"`) {
		return &wire.Reply{Status: http.StatusNotModified, Header: h}, nil
	}
	reply := &wire.Reply{Status: http.StatusOK, Header: h, Body: content}
	if ask := call.Request.Header.Get("Range"); ask != "" {
		if err := cut(reply, ask); err != nil {
			return nil, err
		}
	} else if o.checksum[0] != "" && strings.EqualFold(call.Request.Header.Get("X-Amz-Checksum-Mode"), "ENABLED") {
		h.Set(o.checksum[0], o.checksum[1])
	}
	h.Set("Content-Length", strconv.Itoa(len(reply.Body)))
	if call.Request.Method == http.MethodHead {
		reply.Body = nil
	}
	return reply, nil
}

func (s *Store) deleteObject(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	bucketName, key := target(call.Request)
	if err := s.remove(bucketName, key, conditionsOf(call.Request)); err != nil {
		return nil, err
	}
	return &wire.Reply{Status: http.StatusNoContent}, nil
}

type copyResult struct {
	XMLName      xml.Name `xml:"CopyObjectResult"`
	ETag         string
	LastModified string
}

func (s *Store) copyObject(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	bucketName, key := target(call.Request)
	source, err := url.PathUnescape(strings.TrimPrefix(call.Request.Header.Get("X-Amz-Copy-Source"), "/"))
	if err != nil {
		return nil, wire.Errorf("InvalidArgument", "Copy Source must mention the source bucket and key")
	}
	fromBucket, fromKey, _ := strings.Cut(source, "/")
	content, from, err := s.Get(fromBucket, fromKey)
	if err != nil {
		return nil, err
	}
	if match := call.Request.Header.Get("X-Amz-Copy-Source-If-Match"); match != "" && strings.Trim(match, `"`) != strings.Trim(from.ETag, `"`) {
		return nil, preconditionFailed()
	}
	headers := from.headers
	if call.Request.Header.Get("X-Amz-Metadata-Directive") == "REPLACE" {
		headers = keptHeaders(call.Request.Header)
	}
	o, err := s.put(bucketName, Object{Key: key, headers: headers, checksum: from.checksum}, content, conditionsOf(call.Request))
	if err != nil {
		return nil, err
	}
	return wire.XMLReply(copyResult{ETag: o.ETag, LastModified: stamp(o.Modified)}), nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
