package s3

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type listResult struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	Xmlns                 string   `xml:"xmlns,attr"`
	Name                  string
	Prefix                string
	Delimiter             string `xml:",omitempty"`
	MaxKeys               int
	EncodingType          string `xml:",omitempty"`
	KeyCount              int
	IsTruncated           bool
	ContinuationToken     string `xml:",omitempty"`
	NextContinuationToken string `xml:",omitempty"`
	StartAfter            string `xml:",omitempty"`
	Contents              []listEntry
	CommonPrefixes        []commonPrefix
}

type listEntry struct {
	Key          string
	LastModified string
	ETag         string
	Size         int64
	StorageClass string
}

type commonPrefix struct {
	Prefix string
}

func (s *Store) listObjects(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	name, _ := target(call.Request)
	q := call.Request.URL.Query()
	objects, err := s.List(name, q.Get("prefix"))
	if err != nil {
		return nil, err
	}
	after, err := s.marker(q)
	if err != nil {
		return nil, err
	}
	out := listResult{
		Xmlns: namespace, Name: name, Prefix: q.Get("prefix"), Delimiter: q.Get("delimiter"), MaxKeys: 1000,
		EncodingType: q.Get("encoding-type"), ContinuationToken: q.Get("continuation-token"), StartAfter: q.Get("start-after"),
	}
	if n, err := strconv.Atoi(q.Get("max-keys")); err == nil && n >= 0 && n < out.MaxKeys {
		out.MaxKeys = n
	}
	limit := out.MaxKeys
	if page := s.pages().PageSize; page > 0 {
		limit = min(limit, page)
	}
	out.fill(objects, after, limit)
	return wire.XMLReply(out), nil
}

// marker is the key or common prefix that the page begins after.
func (s *Store) marker(q url.Values) (string, error) {
	token := q.Get("continuation-token")
	if token == "" {
		return q.Get("start-after"), nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", wire.StatusErrorf(http.StatusBadRequest, "InvalidArgument", "The continuation token provided is incorrect")
	}
	return string(text), nil
}

// fill takes up to limit keys and common prefixes after the marker.
func (r *listResult) fill(objects []Object, after string, limit int) {
	last := after
	for _, o := range objects {
		group := r.group(o.Key)
		if o.Key <= after || group != "" && group == last {
			continue
		}
		if group != "" && strings.HasPrefix(after, group) && after >= group {
			continue
		}
		if r.KeyCount == limit {
			r.IsTruncated = true
			r.NextContinuationToken = base64.RawURLEncoding.EncodeToString([]byte(last))
			return
		}
		r.KeyCount++
		if group != "" {
			r.CommonPrefixes = append(r.CommonPrefixes, commonPrefix{Prefix: r.encode(group)})
			last = group
			continue
		}
		r.Contents = append(r.Contents, listEntry{
			Key: r.encode(o.Key), LastModified: stamp(o.Modified), ETag: o.ETag, Size: o.Size, StorageClass: "STANDARD",
		})
		last = o.Key
	}
}

// group is the common prefix that a key is folded into, if any.
func (r *listResult) group(key string) string {
	if r.Delimiter == "" {
		return ""
	}
	rest := strings.TrimPrefix(key, r.Prefix)
	if i := strings.Index(rest, r.Delimiter); i >= 0 {
		return r.Prefix + rest[:i+len(r.Delimiter)]
	}
	return ""
}

func (r *listResult) encode(key string) string {
	if r.EncodingType != "url" {
		return key
	}
	return strings.ReplaceAll(url.QueryEscape(key), "%2F", "/")
}

type deleteRequest struct {
	XMLName xml.Name `xml:"Delete"`
	Quiet   bool
	Object  []struct {
		Key string
	}
}

type deleteResult struct {
	XMLName xml.Name `xml:"DeleteResult"`
	Xmlns   string   `xml:"xmlns,attr"`
	Deleted []deletedKey
	Error   []deleteError
}

type deletedKey struct {
	Key string
}

type deleteError struct {
	Key, Code, Message string
}

func (s *Store) deleteObjects(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	name, _ := target(call.Request)
	p, err := open(call.Request, call.Body)
	if err != nil {
		return nil, err
	}
	var in deleteRequest
	if err := xml.Unmarshal(p.content, &in); err != nil || len(in.Object) == 0 || len(in.Object) > 1000 {
		return nil, wire.Errorf("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	out := deleteResult{Xmlns: namespace}
	for _, o := range in.Object {
		switch err := s.remove(name, o.Key, conditions{}); {
		case err != nil:
			out.Error = append(out.Error, deleteError{Key: o.Key, Code: "InternalError", Message: err.Error()})
		case !in.Quiet:
			out.Deleted = append(out.Deleted, deletedKey{Key: o.Key})
		}
	}
	return wire.XMLReply(out), nil
}
