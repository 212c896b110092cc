package arrival_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/daybatch/daybatch/aws/internal/arrival"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// catalogue knows tables by database.table.
type catalogue map[string]*gluetypes.Table

func (c catalogue) GetTable(_ context.Context, in *glue.GetTableInput, _ ...func(*glue.Options)) (*glue.GetTableOutput, error) {
	table, ok := c[*in.DatabaseName+"."+*in.Name]
	if !ok {
		return nil, &gluetypes.EntityNotFoundException{Message: awssdk.String("no such table")}
	}
	return &glue.GetTableOutput{Table: table}, nil
}

// objects are a bucket, in pages of two.
type objects struct {
	all     []types.Object
	endless bool
	calls   int
}

func (o *objects) ListObjectsV2(_ context.Context, in *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	o.calls++
	if *in.Bucket != "data" {
		return nil, errors.New("forbidden")
	}
	at := 0
	if in.ContinuationToken != nil {
		_, _ = fmt.Sscan(*in.ContinuationToken, &at)
	}
	page := o.all[min(at, len(o.all)):min(at+2, len(o.all))]
	out := &s3.ListObjectsV2Output{IsTruncated: awssdk.Bool(o.endless || at+2 < len(o.all)), NextContinuationToken: awssdk.String(strconv.Itoa(at + 2))}
	for _, object := range page {
		if strings.HasPrefix(*object.Key, *in.Prefix) {
			out.Contents = append(out.Contents, object)
		}
	}
	return out, nil
}

func object(key string, hour int, size int64) types.Object {
	return types.Object{Key: &key, LastModified: awssdk.Time(at(hour)), Size: &size}
}

func at(hour int) time.Time { return time.Date(2026, time.January, 15, hour, 0, 0, 0, time.UTC) }

func table(location string) *gluetypes.Table {
	return &gluetypes.Table{StorageDescriptor: &gluetypes.StorageDescriptor{Location: &location}}
}

func TestLook(t *testing.T) {
	t.Parallel()
	iceberg := table("s3://elsewhere/ice")
	iceberg.Parameters, iceberg.UpdateTime = map[string]string{"table_type": "ICEBERG"}, awssdk.Time(at(4))
	known := catalogue{"sales.orders": table("s3://data/orders"), "sales.ice": iceberg, "sales.view": {}, "sales.secret": table("s3://secret/x/")}
	bucket := &objects{all: []types.Object{
		object("orders/a.parquet", 1, 9), object("orders/dt=2/b.parquet", 5, 9), object("orders/_temporary/c.parquet", 9, 9),
		object("orders/dt=3/", 9, 0), object("orders2/d.parquet", 9, 9), object("orders/dt=3/.e.crc", 9, 9), object("orders/dt=3/f.parquet", 3, 9),
	}}
	look := arrival.Tables{Glue: known, Objects: bucket, Names: []string{"sales.orders", "sales.ice", "sales.view", "sales.secret", "sales.gone", "bad"}}.Look(t.Context(), at(6))
	var names []string
	for _, f := range look.Files {
		names = append(names, f.Name)
	}
	if want := []string{"sales.orders/dt=2/b.parquet", "sales.ice", "sales.orders/dt=3/f.parquet", "sales.orders/a.parquet"}; !slices.Equal(names, want) {
		t.Errorf("files = %q; want %q", names, want)
	}
	for i, want := range []string{"sales.view: it has no files", "sales.secret: list s3://secret/x/", "sales.gone: read the catalogue", "bad: "} {
		if i >= len(look.Unknown) || !strings.HasPrefix(look.Unknown[i], want) {
			t.Errorf("unknown = %q; want one of %q", look.Unknown, want)
		}
	}
	for since, want := range map[int]string{
		5: "",
		4: "sales.orders/dt=2/b.parquet was written since",
		3: "2 files of the source were written since (sales.orders/dt=2/b.parquet, sales.ice)",
		0: "4 files of the source were written since (sales.orders/dt=2/b.parquet, sales.ice, sales.orders/dt=3/f.parquet, ...)",
	} {
		if got := look.Since(at(since)); got != want {
			t.Errorf("Since(%d) = %q; want %q", since, got, want)
		}
	}
	for after, want := range map[int]string{1: "", 3: "a.parquet was", 4: "2 files"} {
		look := arrival.Look{Files: []arrival.File{
			{Name: "sales.orders/DS=2026-01-04/loaded=2026-01-09/b.parquet", Modified: at(3)}, {Name: "sales.orders/ds=2026-01-02/loaded=2026-01-09/a.parquet", Modified: at(3)},
		}}
		if got := look.Without("ds", calendar.Of(2026, time.January, after)).Since(at(2)); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("Since without what is only later than %d = %q; want %q", after, got, want)
		}
	}
}

// TestLargeTable looks at a table that is not worth the calls.
func TestLargeTable(t *testing.T) {
	t.Parallel()
	bucket := &objects{endless: true}
	look := arrival.Tables{Glue: catalogue{"sales.orders": table("s3a://data/orders/")}, Objects: bucket, Names: []string{"sales.orders"}}.Look(t.Context(), at(6))
	if len(look.Unknown) != 1 || !strings.Contains(look.Unknown[0], "50 thousand") || bucket.calls != 50 {
		t.Errorf("unknown = %q after %d calls; want the table after 50", look.Unknown, bucket.calls)
	}
}
