package wire

import (
	"bytes"
	"encoding/xml"
	"net/http"
)

// RequestID stands in every answer: the simulation has nothing to trace.
const RequestID = "00000000-0000-4000-8000-000000000000"

type queryErrorBody struct {
	XMLName xml.Name `xml:"ErrorResponse"`
	Error   struct {
		Type, Code, Message string
	}
	RequestID string `xml:"RequestId"`
}

func queryError(e *Error) []byte {
	body := queryErrorBody{RequestID: RequestID}
	body.Error.Type, body.Error.Code, body.Error.Message = "Sender", e.Code, e.Message
	return XML(body)
}

type restErrorBody struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string
	Message   string
	RequestID string `xml:"RequestId"`
}

func restError(e *Error) []byte {
	return XML(restErrorBody{Code: e.Code, Message: e.Message, RequestID: RequestID})
}

// XML encodes an answer with its declaration.
func XML(v any) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(v); err != nil {
		return []byte(xml.Header + "<Error><Code>InternalFailure</Code></Error>")
	}
	return b.Bytes()
}

// XMLReply is an answer in XML.
func XMLReply(v any) *Reply {
	return &Reply{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: XML(v)}
}
