package wire

import (
	"encoding/base64"
	"encoding/json"
	"time"
)

// Quirks are the account's bad habits that several services share; the zero
// value has none.
type Quirks struct {
	PageSize    int           // the longest page of any list, whatever was asked for
	TokenLife   time.Duration // page tokens older than this are refused
	Lag         time.Duration // new executions and steps show in lists only after this
	TokenMemory time.Duration // client request tokens are forgotten after this
}

// Pager cuts lists into pages.
type Pager struct {
	Now    func() time.Time
	Quirks func() Quirks
	Refuse func(reason string) *Error // nil: a ValidationException
}

type pageToken struct {
	After string    `json:"after"`
	Made  time.Time `json:"made"`
	Again int       `json:"again,omitempty"`
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	Next  *string
}

// Paginate is the page after the token: at most size items. The key of an item must
// be its own and stay the same, for a page continues after the last item of
// the one before, also when the list has grown in between.
func Paginate[T any](p Pager, items []T, key func(T) string, size int, token *string) (Page[T], error) {
	start := 0
	if token != nil && *token != "" {
		after, err := p.open(*token)
		if err != nil {
			return Page[T]{}, err
		}
		start = -1
		for i, item := range items {
			if key(item) == after {
				start = i + 1
				break
			}
		}
		if start < 0 {
			return Page[T]{}, p.refuse("the list no longer holds what the token names")
		}
	}
	if limit := p.Quirks().PageSize; limit > 0 && (size <= 0 || size > limit) {
		size = limit
	}
	end := len(items)
	if size > 0 && start+size < end {
		end = start + size
	}
	page := Page[T]{Items: items[start:end]}
	if end < len(items) {
		next := p.seal(key(items[end-1]))
		page.Next = &next
	}
	return page, nil
}

// Renew is another token for the place that a token names; n makes it a
// different one.
func (p Pager) Renew(token string, n int) (string, error) {
	after, err := p.open(token)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(encode(pageToken{After: after, Made: p.Now(), Again: n})), nil
}

func (p Pager) seal(after string) string {
	return base64.RawURLEncoding.EncodeToString(encode(pageToken{After: after, Made: p.Now()}))
}

func (p Pager) open(token string) (string, error) {
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", p.refuse("it was not made here")
	}
	var t pageToken
	if err := json.Unmarshal(text, &t); err != nil {
		return "", p.refuse("it was not made here")
	}
	if life := p.Quirks().TokenLife; life > 0 && p.Now().Sub(t.Made) > life {
		return "", p.refuse("it has expired")
	}
	return t.After, nil
}

func (p Pager) refuse(reason string) *Error {
	if p.Refuse != nil {
		return p.Refuse(reason)
	}
	return Invalidf("Invalid NextToken: %s.", reason)
}
