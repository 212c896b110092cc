package wire

import (
	"encoding/binary"
	"hash/crc32"
)

// Frame encodes a message of an event stream: lengths, both checksums, and
// string headers in the order given as name, value, name, value.
func Frame(payload []byte, headers ...string) []byte {
	var head []byte
	for i := 0; i+1 < len(headers); i += 2 {
		name, value := headers[i], headers[i+1]
		head = append(head, byte(len(name)))
		head = append(head, name...)
		head = append(head, 7) // a string
		head = binary.BigEndian.AppendUint16(head, uint16(len(value)))
		head = append(head, value...)
	}
	const overhead = 16 // prelude 8, its checksum 4, the message's checksum 4
	out := binary.BigEndian.AppendUint32(nil, uint32(overhead+len(head)+len(payload)))
	out = binary.BigEndian.AppendUint32(out, uint32(len(head)))
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
	out = append(out, head...)
	out = append(out, payload...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}

// EventFrame is an event with a JSON payload.
func EventFrame(kind string, payload any) []byte {
	return Frame(encode(payload), ":event-type", kind, ":content-type", "application/json", ":message-type", "event")
}

// ExceptionFrame is a modelled exception that ends a stream.
func ExceptionFrame(kind, message string) []byte {
	return Frame(encode(map[string]string{"message": message}),
		":exception-type", kind, ":content-type", "application/json", ":message-type", "exception")
}
