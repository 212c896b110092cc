package awssim_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/aws/awssim"
)

// TestChunkedBodies sends what a client sends that does not know the length or
// the checksum before: chunks, and the checksum behind them.
func TestChunkedBodies(t *testing.T) {
	t.Parallel()
	a := open(t, awssim.Options{})
	if err := a.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	content := strings.Repeat("a row of data\r\n", 1000)
	sum := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(content))))
	chunk := func(signature, text string) string { return fmt.Sprintf("%x%s\r\n%s\r\n", len(text), signature, text) }
	const signature = ";chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"
	trailer := "x-amz-checksum-crc32:" + sum + "\r\n\r\n"
	tests := []struct {
		name, body, kind string
		want             int
	}{
		{"unsigned", chunk("", content[:100]) + chunk("", content[100:]) + "0\r\n" + trailer, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", http.StatusOK},
		{"signed", chunk(signature, content) + "0" + signature + "\r\n" + trailer, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", http.StatusOK},
		{"wrong checksum", chunk("", content) + "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", http.StatusBadRequest},
		{"cut off", chunk("", content)[:500], "STREAMING-UNSIGNED-PAYLOAD-TRAILER", http.StatusBadRequest},
		{"shorter than said", chunk("", content[:100]) + "0\r\n\r\n", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", http.StatusBadRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			key := strings.ReplaceAll(tt.name, " ", "-")
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, a.endpoint+"/"+bucket+"/"+key, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=aki/20260115/ap-northeast-1/s3/aws4_request, SignedHeaders=host, Signature=0")
			r.Header.Set("Content-Encoding", "aws-chunked")
			r.Header.Set("X-Amz-Content-Sha256", tt.kind)
			r.Header.Set("X-Amz-Decoded-Content-Length", strconv.Itoa(len(content)))
			r.Header.Set("X-Amz-Trailer", "x-amz-checksum-crc32")
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			answer, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != tt.want {
				t.Errorf("%s: %s, %v; want %d", response.Status, answer, err, tt.want)
			}
			got, err := a.Object(bucket, key)
			if stored := err == nil && string(got) == content; stored != (tt.want == http.StatusOK) {
				t.Errorf("stored %d bytes, %v", len(got), err)
			}
		})
	}
}

// TestUnsignedRequests get nothing.
func TestUnsignedRequests(t *testing.T) {
	t.Parallel()
	a := open(t, awssim.Options{})
	for _, path := range []string{"/", "/" + bucket + "/key"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.endpoint+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("GET %s: %s", path, response.Status)
		}
	}
}
