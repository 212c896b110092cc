package cloud_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/forecast"
)

// TestPagesOfAGateway reads answers that are no service's.
func TestPagesOfAGateway(t *testing.T) {
	t.Parallel()
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(w, "<html><body><h1>502 Bad Gateway</h1></body></html>")
	}))
	defer server.Close()
	loaded, err := cloud.Load(t.Context(), cloud.Account{
		Region: "ap-northeast-1", Endpoint: server.URL, Limits: &cloud.Limits{Backoff: time.Microsecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	loaded.Credentials = credentials.NewStaticCredentialsProvider("aki", "secret", "")
	for name, call := range map[string]func(context.Context) error{
		"s3": func(ctx context.Context) error {
			_, err := s3.NewFromConfig(loaded, func(o *s3.Options) { o.UsePathStyle = true }).
				GetObject(ctx, &s3.GetObjectInput{Bucket: awssdk.String("bucket"), Key: awssdk.String("key")})
			return err
		},
		"glue": func(ctx context.Context) error {
			_, err := glue.NewFromConfig(loaded).GetTable(ctx, &glue.GetTableInput{DatabaseName: awssdk.String("d"), Name: awssdk.String("t")})
			return err
		},
	} {
		calls = 0
		if err := cloud.Error(call(t.Context())); !errors.Is(err, forecast.ErrUnavailable) {
			t.Errorf("%s: %v; want one that wraps ErrUnavailable", name, err)
		}
		if calls != 5 {
			t.Errorf("%s was called %d times; want 5", name, calls)
		}
	}
}

// TestWords says what a service has answered before how that came.
func TestWords(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Requestid", "4711")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"__type": "AccessDeniedException", "Message": "somebody has to allow glue:GetTable"}`)
	}))
	defer server.Close()
	loaded, err := cloud.Load(t.Context(), cloud.Account{Region: "ap-northeast-1", Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	loaded.Credentials = credentials.NewStaticCredentialsProvider("aki", "secret", "")
	_, err = glue.NewFromConfig(loaded).GetTable(t.Context(), &glue.GetTableInput{DatabaseName: awssdk.String("d"), Name: awssdk.String("t")})
	failed := cloud.Error(err)
	want := "not authorised: Glue GetTable: somebody has to allow glue:GetTable (AccessDeniedException, request 4711)"
	if failed == nil || failed.Error() != want {
		t.Errorf("it says %v; want %s", failed, want)
	}
	if !errors.Is(failed, forecast.ErrUnauthorised) || cloud.Code(failed) != "AccessDeniedException" {
		t.Errorf("%v has no kind, or lost what AWS answered", failed)
	}
}
