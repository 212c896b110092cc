package buckettest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/internal/bucket/buckettest"
	"github.com/daybatch/daybatch/forecast"
)

func TestBucketOverMemory(t *testing.T) {
	t.Parallel()
	api := &buckettest.S3{Page: 2}
	b := bucket.Bucket{API: api, Name: "b", Prefix: "p/"}
	ctx := t.Context()
	if _, _, err := b.Get(ctx, "a"); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Get of nothing = %v; want ErrNotFound", err)
	}
	first, err := b.Replace(ctx, "a", []byte("1"), bucket.Absent)
	if err != nil {
		t.Fatalf("Replace = %v", err)
	}
	if _, err := b.Replace(ctx, "a", []byte("2"), bucket.Absent); !errors.Is(err, bucket.ErrChanged) {
		t.Errorf("Replace of what is there = %v; want ErrChanged", err)
	}
	if _, err := b.Replace(ctx, "a", []byte("2"), first); err != nil {
		t.Errorf("Replace = %v", err)
	}
	if _, err := b.Replace(ctx, "a", []byte("3"), first); !errors.Is(err, bucket.ErrChanged) {
		t.Errorf("Replace of an older version = %v; want ErrChanged", err)
	}
	if _, err := b.Replace(ctx, "c", []byte("3"), first); !errors.Is(err, bucket.ErrChanged) {
		t.Errorf("Replace of a version of nothing = %v; want ErrChanged", err)
	}
	for _, key := range []string{"d/3", "d/1", "d/2", "e"} {
		if _, err := b.Put(ctx, key, strings.NewReader(key)); err != nil {
			t.Fatalf("Put = %v", err)
		}
	}
	objects, err := b.List(ctx, "d/", "d/1")
	if err != nil || len(objects) != 2 || objects[0].Key != "d/2" || objects[1].Key != "d/3" || objects[1].Bytes != 3 {
		t.Errorf("List = %+v, %v; want d/2 and d/3", objects, err)
	}
	if err := b.Delete(ctx, "d/1", "d/2", "nothing"); err != nil {
		t.Errorf("Delete = %v", err)
	}
	if got, want := api.Keys(""), []string{"p/a", "p/d/3", "p/e"}; !slices.Equal(got, want) {
		t.Errorf("Keys = %q; want %q", got, want)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	lost, never := errors.New("lost"), errors.New("never")
	api := &buckettest.S3{Fault: func(c buckettest.Call) buckettest.Fault {
		switch c.Write {
		case 1:
			return buckettest.Fault{Before: never}
		case 2:
			return buckettest.Fault{After: lost}
		default:
			return buckettest.Fault{}
		}
	}}
	b := bucket.Bucket{API: api, Name: "b"}
	if _, err := b.Put(t.Context(), "k", strings.NewReader("1")); !errors.Is(err, never) || api.Object("k") != nil {
		t.Errorf("Put = %v and left %q; want it not carried out", err, api.Object("k"))
	}
	if _, err := b.Put(t.Context(), "k", strings.NewReader("2")); !errors.Is(err, lost) || string(api.Object("k")) != "2" {
		t.Errorf("Put = %v and left %q; want it carried out", err, api.Object("k"))
	}
	if api.Writes() != 2 || api.Calls() != 2 {
		t.Errorf("%d writes of %d calls; want 2 of 2", api.Writes(), api.Calls())
	}
}
