package lake

// ParseFooter is a bridge for fuzzing without files.
var ParseFooter = parseFooter
