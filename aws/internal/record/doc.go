// Package record holds what is known of a pipeline's dates and plans, as objects
// in S3 that change by compare-and-set. There is no database: whoever reads the
// objects knows all.
//
// # The record of a date
//
// S3 compares one object at a time, so all that must agree about a date stands in
// one: who works at it (the claim), that he is to stop, which generation readers
// are to see, and the attempts. The claim carries a fence, a number that each
// taking of the date draws; every write for an attempt names its fence. So
// publishing, stopping and taking a date exclude each other: each replaces the
// record only if it is still the one it looked at.
//
//	nobody --Take--> claimed --Commit--> claimed, published --End--> nobody
//	                    |--Stop--> claimed, stopping -----------End--> nobody
//	                    '--------------------------------------End--> nobody
//
// What becomes of a publication that nobody recorded can't happen: the record is
// the publication, and the catalogue is brought up to it afterwards.
package record
