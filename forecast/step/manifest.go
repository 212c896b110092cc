package step

import "github.com/daybatch/daybatch/forecast/calendar"

// Manifest describes the partition that PostProc built. It is the last file
// written: a partition without it is not whole.
type Manifest struct {
	Generation string        `json:"generation"`
	Date       calendar.Date `json:"date"`
	Execution  string        `json:"execution"`
	Attempt    int           `json:"attempt"`
	Definition string        `json:"definition"` // hash
	Rows       int64         `json:"rows"`
	Series     int           `json:"series"`
	First      calendar.Date `json:"first"` // first target date
	Last       calendar.Date `json:"last"`  // last target date
	Levels     []int         `json:"levels"`
	Files      []File        `json:"files"`
}
