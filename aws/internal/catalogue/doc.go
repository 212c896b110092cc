// Package catalogue shows what is published to those who read it: partitions of
// a Glue table, queries by Athena, a data set of QuickSight.
//
// What is published is decided elsewhere, in the record of a date. Glue can't
// compare and swap, so its partitions are a projection of the records: whoever
// changes a record points the partition afterwards and looks again whether the
// record has moved meanwhile.
package catalogue
