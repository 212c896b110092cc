package days

import (
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// Keep returns the filter, the order, and whether dates are columns.
func (p *Page) Keep() map[string]string {
	kept := map[string]string{}
	if text := p.Filter.Text(); text != "" {
		kept["filter"] = text
	}
	if p.order.Column != "" {
		kept["sort"] = p.order.String()
	}
	if p.across {
		kept["dates"] = "columns"
	}
	return kept
}

// Restore takes them back.
func (p *Page) Restore(kept map[string]string) {
	p.Filter.Set(kept["filter"])
	if order := page.ReadOrder(kept["sort"]); said(order.Column) != "" {
		p.order = order
	}
	p.across = kept["dates"] == "columns"
}

// Equivalent returns the command that shows the selected dates.
func (p *Page) Equivalent() string {
	if dates := p.Selection(); len(dates) > 1 {
		return page.Command(forecast.PlanRequest{Kind: forecast.PlanRerun, Dates: dates, Start: forecast.StartFailedStep})
	}
	return "steps " + p.cursor.String()
}
