package runs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// newer is what the metadata of a step say that the SDK's client drops: it is of a
// version from before these types of steps, as later ones cost every start of the
// program more than all else that it does then. When it knows them, this file goes.
type newer struct {
	EMRServerless *struct{ ApplicationID, JobRunID, JobRunName, LogFilePath string }
	Athena        *struct{ QueryExecutionID string }
}

// reading has a list of steps read a second time, into one newer for each of them.
func reading(into *[]newer) func(*sagemaker.Options) {
	read := middleware.DeserializeMiddlewareFunc("daybatch.Newer", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		response, ok := out.RawResponse.(*smithyhttp.Response)
		if err != nil || !ok {
			return out, metadata, err
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return out, metadata, fmt.Errorf("read steps: %w", err)
		}
		response.Body = struct {
			io.Reader
			io.Closer
		}{bytes.NewReader(body), response.Body}
		var answer struct {
			PipelineExecutionSteps []struct{ Metadata newer }
		}
		*into = nil                               // of an answer before, of a call that is repeated
		if json.Unmarshal(body, &answer) == nil { // what is no answer the client tells
			for _, step := range answer.PipelineExecutionSteps {
				*into = append(*into, step.Metadata)
			}
		}
		return out, metadata, nil
	})
	return func(o *sagemaker.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error { return stack.Deserialize.Add(read, middleware.After) })
	}
}
