package s3

import (
	"context"
	"crypto/md5" //nolint:gosec // an ETag is an MD5
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// upload is an unfinished multipart upload.
type upload struct {
	bucket, key string
	headers     http.Header
	parts       map[int][]byte
}

type uploadStarted struct {
	XMLName  xml.Name `xml:"InitiateMultipartUploadResult"`
	Xmlns    string   `xml:"xmlns,attr"`
	Bucket   string
	Key      string
	UploadID string `xml:"UploadId"`
}

func (s *Store) createUpload(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	bucketName, key := target(call.Request)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.bucket(bucketName); err != nil {
		return nil, err
	}
	s.counter++
	id := fmt.Sprintf("upload-%08d", s.counter)
	s.uploads[id] = &upload{bucket: bucketName, key: key, headers: keptHeaders(call.Request.Header), parts: map[int][]byte{}}
	return wire.XMLReply(uploadStarted{Xmlns: namespace, Bucket: bucketName, Key: key, UploadID: id}), nil
}

// unfinished finds the upload that a request names. The lock is held.
func (s *Store) unfinished(r *http.Request) (*upload, string, error) {
	id := r.URL.Query().Get("uploadId")
	bucketName, key := target(r)
	u := s.uploads[id]
	if u == nil || u.bucket != bucketName || u.key != key {
		return nil, "", wire.StatusErrorf(http.StatusNotFound, "NoSuchUpload",
			"The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
	}
	return u, id, nil
}

func (s *Store) uploadPart(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	number, err := strconv.Atoi(call.Request.URL.Query().Get("partNumber"))
	if err != nil || number < 1 || number > 10000 {
		return nil, wire.Errorf("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
	}
	p, err := open(call.Request, call.Body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, _, err := s.unfinished(call.Request)
	if err != nil {
		return nil, err
	}
	u.parts[number] = p.content
	reply := &wire.Reply{Status: http.StatusOK, Header: http.Header{"Etag": {etag(p.content)}}}
	if p.checksum[0] != "" {
		reply.Header.Set(p.checksum[0], p.checksum[1])
	}
	return reply, nil
}

type completeRequest struct {
	XMLName xml.Name `xml:"CompleteMultipartUpload"`
	Part    []struct {
		PartNumber int
		ETag       string
	}
}

type completeResult struct {
	XMLName xml.Name `xml:"CompleteMultipartUploadResult"`
	Xmlns   string   `xml:"xmlns,attr"`
	Bucket  string
	Key     string
	ETag    string
}

func (s *Store) completeUpload(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	var in completeRequest
	if err := xml.Unmarshal(call.Body, &in); err != nil || len(in.Part) == 0 {
		return nil, wire.Errorf("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	s.mu.Lock()
	u, id, err := s.unfinished(call.Request)
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	content, tag, err := u.join(in)
	if err != nil {
		return nil, err
	}
	o, err := s.put(u.bucket, Object{Key: u.key, ETag: tag, headers: u.headers}, content, conditionsOf(call.Request))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	delete(s.uploads, id)
	s.mu.Unlock()
	return wire.XMLReply(completeResult{Xmlns: namespace, Bucket: u.bucket, Key: u.key, ETag: o.ETag}), nil
}

// join puts the parts together, in the order given, which must be ascending.
func (u *upload) join(in completeRequest) (content []byte, tag string, err error) {
	sums := md5.New() //nolint:gosec // an ETag is an MD5
	last := 0
	for i, part := range in.Part {
		piece, ok := u.parts[part.PartNumber]
		if !ok || strings.Trim(part.ETag, `"`) != strings.Trim(etag(piece), `"`) {
			return nil, "", wire.Errorf("InvalidPart", "One or more of the specified parts could not be found.")
		}
		if part.PartNumber <= last {
			return nil, "", wire.Errorf("InvalidPartOrder", "The list of parts was not in ascending order.")
		}
		const smallest = 5 << 20
		if i < len(in.Part)-1 && len(piece) < smallest {
			return nil, "", wire.Errorf("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
		}
		last = part.PartNumber
		content = append(content, piece...)
		sum := md5.Sum(piece) //nolint:gosec // an ETag is an MD5
		sums.Write(sum[:])
	}
	return content, fmt.Sprintf(`"%s-%d"`, hex.EncodeToString(sums.Sum(nil)), len(in.Part)), nil
}

func (s *Store) abortUpload(_ context.Context, call *wire.Call) (*wire.Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, id, err := s.unfinished(call.Request)
	if err != nil {
		return nil, err
	}
	delete(s.uploads, id)
	return &wire.Reply{Status: http.StatusNoContent}, nil
}
