package s3

import (
	"bytes"
	"crypto/md5"  //nolint:gosec // Content-MD5 is one
	"crypto/sha1" //nolint:gosec // one of the checksums that clients may choose
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// checksumPrefix begins the names of the headers and trailers with checksums.
const checksumPrefix = "x-amz-checksum-"

// payload is a request's content, unpacked and checked.
type payload struct {
	content  []byte
	checksum [2]string
}

// open unpacks an aws-chunked body if it is one, and compares every checksum
// that came with it.
func open(r *http.Request, body []byte) (payload, error) {
	header := r.Header.Clone()
	if strings.HasPrefix(header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		content, trailers, err := unchunk(body)
		if err != nil {
			return payload{}, err
		}
		if want := header.Get("X-Amz-Decoded-Content-Length"); want != "" && want != strconv.Itoa(len(content)) {
			return payload{}, wire.Errorf("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
		}
		for name, value := range trailers {
			header.Set(name, value)
		}
		body = content
	}
	if want := header.Get("Content-MD5"); want != "" {
		sum := md5.Sum(body) //nolint:gosec // Content-MD5 is one
		if base64.StdEncoding.EncodeToString(sum[:]) != want {
			return payload{}, wire.Errorf("BadDigest", "The Content-MD5 you specified did not match what we received.")
		}
	}
	p := payload{content: body}
	for _, name := range []string{"crc32", "crc32c", "crc64nvme", "sha1", "sha256"} {
		want := header.Get(checksumPrefix + name)
		if want == "" {
			continue
		}
		sum := checksum(name)
		sum.Write(body)
		if base64.StdEncoding.EncodeToString(sum.Sum(nil)) != want {
			return payload{}, wire.Errorf("BadDigest", "The %s you specified did not match the calculated checksum.", strings.ToUpper(name))
		}
		p.checksum = [2]string{checksumPrefix + name, want}
	}
	return p, nil
}

func checksum(name string) hash.Hash {
	switch name {
	case "crc32":
		return crc32.NewIEEE()
	case "crc32c":
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "crc64nvme":
		const reversed = 0x9a6c9329ac4bc9b5 // the NVM Express polynomial
		return crc64.New(crc64.MakeTable(reversed))
	case "sha1":
		return sha1.New() //nolint:gosec // the client's choice
	default:
		return sha256.New()
	}
}

// unchunk reads the aws-chunked encoding: chunks of a hexadecimal length, with
// or without a signature, a last one of length zero, then trailers.
func unchunk(body []byte) (content []byte, trailers map[string]string, err error) {
	broken := wire.Errorf("InvalidRequest", "The body is not in the aws-chunked encoding")
	trailers = map[string]string{}
	for {
		line, rest, ok := bytes.Cut(body, []byte("\r\n"))
		if !ok {
			return nil, nil, broken
		}
		size, _, _ := strings.Cut(string(line), ";")
		n, err := strconv.ParseInt(size, 16, 64)
		if err != nil || n < 0 || n > int64(len(rest)) {
			return nil, nil, broken
		}
		if n == 0 {
			body = rest
			break
		}
		content = append(content, rest[:n]...)
		body = bytes.TrimPrefix(rest[n:], []byte("\r\n"))
	}
	for line := range strings.SplitSeq(string(body), "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			trailers[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return content, trailers, nil
}
