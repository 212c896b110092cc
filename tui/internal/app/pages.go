package app

import (
	"github.com/daybatch/daybatch/tui/internal/page"
	"github.com/daybatch/daybatch/tui/internal/page/activity"
	"github.com/daybatch/daybatch/tui/internal/page/confirm"
	"github.com/daybatch/daybatch/tui/internal/page/day"
	"github.com/daybatch/daybatch/tui/internal/page/days"
	"github.com/daybatch/daybatch/tui/internal/page/doctor"
	"github.com/daybatch/daybatch/tui/internal/page/help"
	"github.com/daybatch/daybatch/tui/internal/page/logs"
	"github.com/daybatch/daybatch/tui/internal/page/metrics"
	"github.com/daybatch/daybatch/tui/internal/page/overview"
	"github.com/daybatch/daybatch/tui/internal/page/palette"
	"github.com/daybatch/daybatch/tui/internal/page/partition"
	"github.com/daybatch/daybatch/tui/internal/page/partitions"
	"github.com/daybatch/daybatch/tui/internal/page/plot"
	"github.com/daybatch/daybatch/tui/internal/page/progress"
	"github.com/daybatch/daybatch/tui/internal/page/query"
	"github.com/daybatch/daybatch/tui/internal/page/request"
	"github.com/daybatch/daybatch/tui/internal/page/search"
)

// row says how a page is opened, and whether it is a dialog that lies on the
// page below.
type row struct {
	open   func(*page.Env, page.Place) page.Page
	dialog bool
}

// table is where a new page is added.
func table() map[page.Kind]row {
	return map[page.Kind]row{
		page.Days:     {open: days.New},
		page.Day:      {open: day.New},
		page.Logs:     {open: logs.New},
		page.Metrics:  {open: metrics.New},
		page.Request:  {open: request.New},
		page.Progress: {open: progress.New},
		page.Help:     {open: help.New, dialog: true},
		page.Confirm:  {open: confirm.New, dialog: true},
		page.Palette:  {open: palette.New, dialog: true},

		page.Partition:  {open: partition.New},
		page.Partitions: {open: partitions.New},
		page.Plot:       {open: plot.New},
		page.Doctor:     {open: doctor.New},
		page.Activity:   {open: activity.New},
		page.Query:      {open: query.New},
		page.Search:     {open: search.New},
		page.Overview:   {open: overview.New},
	}
}
