package s3

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// cut reduces a reply to the range that was asked for: bytes=a-b, a-, -n.
func cut(reply *wire.Reply, ask string) error {
	size := len(reply.Body)
	first, last, ok := span(ask, size)
	if !ok {
		return nil // one that can't be read is ignored, as HTTP says
	}
	if first >= size {
		return wire.StatusErrorf(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable")
	}
	reply.Status = http.StatusPartialContent
	reply.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, last, size))
	reply.Body = reply.Body[first : last+1]
	return nil
}

func span(ask string, size int) (first, last int, ok bool) {
	from, to, ok := strings.Cut(strings.TrimPrefix(ask, "bytes="), "-")
	if !ok || !strings.HasPrefix(ask, "bytes=") {
		return 0, 0, false
	}
	if from == "" {
		n, err := strconv.Atoi(to)
		return max(size-n, 0), size - 1, err == nil && n > 0
	}
	first, err := strconv.Atoi(from)
	if err != nil {
		return 0, 0, false
	}
	last = size - 1
	if to != "" {
		n, err := strconv.Atoi(to)
		if err != nil || n < first {
			return 0, 0, false
		}
		last = min(n, last)
	}
	return first, last, true
}
