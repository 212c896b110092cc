package step

// Keys of log attributes that only steps have; the others are in logkey.
const (
	keyBytes        = "bytes"
	keyColumns      = "columns"
	keyFirst        = "first"
	keyGaps         = "gaps"
	keyGeneration   = "generation"
	keyHistory      = "history_days"
	keyLast         = "last"
	keyObservations = "observations"
	keyOutliers     = "outliers"
	keyRowsOfDate   = "rows_of_date"
	keySpecialDays  = "special_days"
	keyStack        = "stack"
	keyUsual        = "usual"
)
