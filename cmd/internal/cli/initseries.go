package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast/lake"
)

// chooseSeries finds the fewest columns of words that make one row per series
// and date.
func (d *detection) chooseSeries(ctx context.Context, db *lake.DB) error {
	words := d.wordColumns()
	profile, err := d.look(ctx, db, nil)
	if err != nil {
		return err
	}
	if profile.Duplicates == 0 {
		d.profile, d.seriesWhy = profile, "one row for each date: the file is one series"
		return nil
	}
	if len(words) == 0 {
		d.profile, d.seriesWhy = profile, "no column of words: the file is one series, summed by day"
		return nil
	}
	for size := 1; size <= len(words); size++ {
		fits, profiles, err := d.fitting(ctx, db, choices(words, size))
		if err != nil {
			return err
		}
		if len(fits) == 0 {
			continue
		}
		best := preferred(fits)
		if best < 0 {
			return &hintError{usagef("--series has several candidates: %s", joinSets(fits)), "name one, for example --series " + strings.Join(fits[0], ",")}
		}
		d.series, d.profile = fits[best], profiles[best]
		d.seriesWhy = "the fewest columns with one row for each series and date"
		return nil
	}
	return d.noKey(words)
}

// noKey says that no columns of words tell the rows of a day apart, and where two
// rows can't be.
func (d *detection) noKey(words []string) error {
	err := usagef("no columns make one row for each series and date; columns of words are %s", strings.Join(words, ", "))
	if twice, found := d.duplicate(words); found {
		err = usagef("%s: no columns of words (%s) tell these rows apart", twice, strings.Join(words, ", "))
	}
	hint := "take out the row that is too much, or sum the rows of a day: --series " + strings.Join(words, ",") + ` names what is a series, --series "" makes one of all`
	return &hintError{err, hint}
}

// duplicate finds the first row of a CSV file that has the date and the words of
// another.
func (d *detection) duplicate(words []string) (lake.Blemish, bool) {
	if d.description.Format != "csv" {
		return lake.Blemish{}, false
	}
	return lake.FindDuplicate(d.description.Files, append([]string{d.time.column.Name}, words...))
}

// firstDuplicate names the first row of a series that comes twice, if its date is
// written alike.
func (d *detection) firstDuplicate() string {
	twice, found := d.duplicate(d.series)
	if !found {
		return ""
	}
	return " (first " + twice.String() + ")"
}

// diagnosed names the place in a CSV file for which DuckDB found no columns of
// dates or numbers in it, if there is one.
func (d *detection) diagnosed(err error) error {
	named, ok := errors.AsType[*hintError](err)
	if !ok || d.description.Format != "csv" {
		return err
	}
	if ragged, found := d.description.Ragged(); found {
		return &hintError{usagef("%s", ragged), "correct that line: give each column its cell, and put a cell that has the separator in it into quotes"}
	}
	if impossible, found := lake.FindImpossibleDate(d.description.Files); found && strings.Contains(named.hint, "--time") {
		return &hintError{usagef("%s", impossible), "correct that date, or take its row out"}
	}
	if comma, found := lake.FindDecimalComma(d.description.Files); found && strings.Contains(named.hint, "--value") {
		return &hintError{usagef("%s", comma), "write numbers with a decimal point and nothing between thousands: 1234.5"}
	}
	return err
}

// wordColumns returns the columns that may identify a series: words, of which
// there are fewer than rows.
func (d *detection) wordColumns() []string {
	const most = 5 // more are no key, and would take long to try
	var columns []lake.FileColumn
	for _, column := range d.description.Columns {
		words := !column.Numeric && !column.Dated
		if words && column.Distinct > 1 && column.Distinct*2 <= d.description.Rows {
			columns = append(columns, column)
		}
	}
	slices.SortStableFunc(columns, func(a, b lake.FileColumn) int { return int(b.Distinct - a.Distinct) })
	var names []string
	for _, column := range columns[:min(len(columns), most)] {
		names = append(names, column.Name)
	}
	return names
}

// fitting keeps the sets of columns that make one row for each series and date.
func (d *detection) fitting(ctx context.Context, db *lake.DB, sets [][]string) (fits [][]string, profiles []lake.Profile, err error) {
	for _, set := range sets {
		profile, err := d.look(ctx, db, set)
		if err != nil {
			return nil, nil, err
		}
		if profile.Duplicates == 0 {
			fits, profiles = append(fits, set), append(profiles, profile)
		}
	}
	return fits, profiles, nil
}

// preferred returns the only set, or the only one with a usual name; -1 if there
// is none.
func preferred(sets [][]string) int {
	if len(sets) == 1 {
		return 0
	}
	usual := []string{"series", "id", "unique_id", "key", "item", "sku", "product", "store", "station", "name"}
	for _, name := range usual {
		i := slices.IndexFunc(sets, func(set []string) bool { return len(set) == 1 && strings.EqualFold(set[0], name) })
		if i >= 0 {
			return i
		}
	}
	return -1
}

// choices returns the subsets of a size, in the order of the names.
func choices(names []string, size int) [][]string {
	if size == 0 {
		return [][]string{nil}
	}
	var sets [][]string
	for i := range names {
		for _, rest := range choices(names[i+1:], size-1) {
			sets = append(sets, append([]string{names[i]}, rest...))
		}
	}
	return sets
}

func joinSets(sets [][]string) string {
	words := make([]string, len(sets))
	for i, set := range sets {
		words[i] = strings.Join(set, ",")
	}
	return strings.Join(words, " or ")
}

// seriesWord names the series columns for people.
func (d *detection) seriesWord() string {
	if len(d.series) == 0 {
		return "(one series)"
	}
	return fmt.Sprintf("%s (%d series)", strings.Join(d.series, ", "), len(d.profile.Series))
}
