package step

// Bridges to what the tests look into.
var (
	FindOutliers = findOutliers
	ClassOf      = classOf
	ReasonText   = reasonText
	Protect      = protect
)
