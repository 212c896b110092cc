package step

import (
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

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

	// Kind is empty for a forecast of the date's own. Of a fallback, FallbackOf is
	// the date of the forecast, Source its generation, and FallbackModel the model
	// if there was none.
	Kind          forecast.GenerationKind `json:"kind,omitempty"`
	FallbackOf    calendar.Date           `json:"fallback_of,omitzero"`
	FallbackModel string                  `json:"fallback_model,omitempty"`
	Source        string                  `json:"source,omitempty"`
}
