// Package sts tells callers who they are.
package sts

import (
	"context"
	"encoding/xml"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type identity struct {
	XMLName xml.Name `xml:"GetCallerIdentityResponse"`
	Xmlns   string   `xml:"xmlns,attr"`
	Result  struct {
		Arn     string
		UserID  string `xml:"UserId"`
		Account string
	} `xml:"GetCallerIdentityResult"`
	Metadata struct {
		RequestID string `xml:"RequestId"`
	} `xml:"ResponseMetadata"`
}

// Operations are the calls of the service for an account.
func Operations(account string) map[string]wire.Operation {
	return map[string]wire.Operation{
		"GetCallerIdentity": func(_ context.Context, call *wire.Call) (*wire.Reply, error) {
			out := identity{Xmlns: "https://sts.amazonaws.com/doc/2011-06-15/"}
			out.Result.Arn, out.Result.Account = call.Caller, account
			out.Result.UserID = PrincipalID(call.Caller)
			out.Metadata.RequestID = wire.RequestID
			return wire.XMLReply(out), nil
		},
	}
}

// PrincipalID is the unique id of a caller: derived from the ARN, for the
// simulation has no users of its own.
func PrincipalID(arn string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	id := []byte("AIDA")
	hash := uint64(14695981039346656037)
	for len(id) < 21 {
		for i := range len(arn) {
			hash = (hash ^ uint64(arn[i])) * 1099511628211
		}
		id = append(id, letters[hash>>59])
	}
	return string(id)
}
