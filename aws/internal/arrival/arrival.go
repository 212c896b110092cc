// Package arrival notices that the tables which a pipeline reads have got new
// files, without reading these.
//
// The files of a table are those below its location in S3, and what is new is told
// by the time at which S3 took an object: a call for a thousand of them, and none
// that Athena bills. That an object went away can't be seen so, nor can partitions
// be that lie elsewhere than their table. Of an Iceberg table the catalogue knows
// when it was changed last, which is one call however large it is.
package arrival

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// pages is how many listings a table is worth: fifty thousand files.
	pages = 50
	// named is how many files News names.
	named = 3
)

type glueAPI interface {
	GetTable(ctx context.Context, in *glue.GetTableInput, options ...func(*glue.Options)) (*glue.GetTableOutput, error)
}

type listAPI interface {
	ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input, options ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
}

// Tables are the tables of a source, as database.table.
type Tables struct {
	Glue    glueAPI
	Objects listAPI
	Names   []string
}

// File is a file of a table, or an Iceberg table as a whole.
type File struct {
	Name     string // sales.orders/dt=2026-01-15/part-0.parquet
	Modified time.Time
}

// Look is what was seen of a source at an instant.
type Look struct {
	At time.Time
	// Files are those that are known, newest first.
	Files []File
	// Unknown says of which tables nothing is known, and why.
	Unknown []string
}

// Look looks at all tables. One that can't be looked at is said to be unknown; it is
// no error, or nothing would be known of the others.
func (t Tables) Look(ctx context.Context, now time.Time) Look {
	look := Look{At: now}
	for _, name := range t.Names {
		files, err := t.table(ctx, name)
		if err != nil {
			look.Unknown = append(look.Unknown, name+": "+err.Error())
			continue
		}
		look.Files = append(look.Files, files...)
	}
	slices.SortStableFunc(look.Files, func(a, b File) int {
		return cmp.Or(b.Modified.Compare(a.Modified), strings.Compare(a.Name, b.Name))
	})
	return look
}

func (t Tables) table(ctx context.Context, full string) ([]File, error) {
	database, name, ok := strings.Cut(full, ".")
	if !ok {
		return nil, fmt.Errorf("%w: it is no database.table", forecast.ErrInvalid)
	}
	out, err := t.Glue.GetTable(ctx, &glue.GetTableInput{DatabaseName: &database, Name: &name})
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", cloud.Error(err))
	}
	if out.Table == nil {
		return nil, errors.New("the catalogue says nothing of it")
	}
	if changed := out.Table.UpdateTime; strings.EqualFold(out.Table.Parameters["table_type"], "ICEBERG") && changed != nil {
		return []File{{Name: full, Modified: *changed}}, nil
	}
	bucket, prefix, ok := location(out.Table)
	if !ok {
		return nil, errors.New("it has no files of its own in S3: is it a view?")
	}
	return t.list(ctx, full, bucket, prefix)
}

// location returns where the files of a table are.
func location(table *types.Table) (bucket, prefix string, ok bool) {
	if table.StorageDescriptor == nil {
		return "", "", false
	}
	uri := awssdk.ToString(table.StorageDescriptor.Location)
	for _, scheme := range []string{"s3://", "s3a://", "s3n://"} {
		if rest, found := strings.CutPrefix(uri, scheme); found {
			bucket, prefix, _ = strings.Cut(rest, "/")
			if prefix != "" && !strings.HasSuffix(prefix, "/") {
				prefix += "/"
			}
			return bucket, prefix, bucket != ""
		}
	}
	return "", "", false
}

func (t Tables) list(ctx context.Context, full, bucket, prefix string) ([]File, error) {
	var files []File
	in := &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix}
	for range pages {
		out, err := t.Objects.ListObjectsV2(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list s3://%s/%s: %w", bucket, prefix, cloud.Error(err))
		}
		for _, object := range out.Contents {
			key := strings.TrimPrefix(awssdk.ToString(object.Key), prefix)
			if object.LastModified != nil && awssdk.ToInt64(object.Size) > 0 && data(key) {
				files = append(files, File{Name: full + "/" + key, Modified: *object.LastModified})
			}
		}
		if !awssdk.ToBool(out.IsTruncated) || awssdk.ToString(out.NextContinuationToken) == "" {
			return files, nil
		}
		in.ContinuationToken = out.NextContinuationToken
	}
	return nil, fmt.Errorf("it has more than %d thousand files, which is not worth the calls", pages)
}

// data reports whether Athena reads a file: it passes over names that begin with a
// dot or an underscore, as of folders that are being written.
func data(key string) bool {
	for part := range strings.SplitSeq(key, "/") {
		if strings.HasPrefix(part, ".") || strings.HasPrefix(part, "_") {
			return false
		}
	}
	return true
}

// Without returns the look without the files that only have rows after a date: those
// in a partition of a later one by the column that has the date of the rows. A
// partition by any other, such as the day of loading, says nothing of the rows.
func (l Look) Without(column string, after calendar.Date) Look {
	l.Files = slices.DeleteFunc(slices.Clone(l.Files), func(f File) bool {
		for part := range strings.SplitSeq(f.Name, "/") {
			key, value, _ := strings.Cut(part, "=")
			if d, err := calendar.Parse(value); err == nil && strings.EqualFold(key, column) && d > after {
				return true
			}
		}
		return false
	})
	return l
}

// Since says which files came after an instant: "sales.orders/dt=2026-01-15/a.parquet
// was written since". It is empty if none are known to have.
func (l Look) Since(at time.Time) string {
	n := 0
	for n < len(l.Files) && l.Files[n].Modified.After(at) {
		n++
	}
	if n == 0 {
		return ""
	}
	if n == 1 {
		return l.Files[0].Name + " was written since"
	}
	names := make([]string, 0, named)
	for _, f := range l.Files[:min(n, named)] {
		names = append(names, f.Name)
	}
	more := ""
	if n > named {
		more = ", ..."
	}
	return fmt.Sprintf("%d files of the source were written since (%s%s)", n, strings.Join(names, ", "), more)
}
