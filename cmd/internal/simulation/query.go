package simulation

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/lake/sqltext"
)

// mostRows is how many rows of a query are kept for its reader.
const mostRows = 100_000

// query executes a statement of Athena: over the project's files, which stand for
// the tables of its source, and the files of the partitions that the catalogue
// shows.
func (s *server) query(ctx context.Context, q awssim.Query) (awssim.Result, error) {
	statement, err := bind(q.SQL, q.Parameters)
	if err != nil {
		return awssim.Result{}, err
	}
	request := lake.QueryRequest{
		SQL: statement, Limit: mostRows, Project: s.Project, Sources: s.Files, Table: s.Definition.Target.Table,
		Layout: lake.Layout{Series: s.Definition.Source.Series, Levels: s.Definition.Forecast.Levels},
	}
	if q.Unload != "" {
		request.Table = ""                                                                                      // an extract does not read what it will make
		return awssim.Result{}, s.data.WriteQuery(ctx, request, filepath.Join(q.Dir, "00000_"+q.ID+".parquet")) //nolint:wrapcheck // Athena says it in DuckDB's words
	}
	var scanned int64
	request.Files, scanned, err = s.partitions()
	if err != nil {
		return awssim.Result{}, err
	}
	table, err := s.data.Query(ctx, request)
	if err != nil {
		return awssim.Result{}, err //nolint:wrapcheck // as above
	}
	return resultOf(table, scanned), nil
}

// syntax looks whether a query can be read.
func (s *server) syntax(ctx context.Context, query string) (at int, wrong bool) {
	flaw, wrong, err := s.data.Syntax(ctx, query)
	return flaw.At, err == nil && wrong // what can't be looked at fails when it is executed
}

// partitions are the files of the table's partitions as the catalogue shows them.
func (s *server) partitions() ([]lake.PartitionFile, int64, error) {
	var files []lake.PartitionFile
	var bytes int64
	for value, location := range s.sim.Locations(s.Settings.Database, s.Definition.Target.Table) {
		date, err := calendar.Parse(value)
		if err != nil {
			return nil, 0, fmt.Errorf("partition %s: %w", value, err)
		}
		dir := filepath.Join(s.objects(), filepath.FromSlash(strings.TrimPrefix(location, "s3://")))
		names, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
		if err != nil {
			return nil, 0, fmt.Errorf("partition %s: %w", value, err)
		}
		for _, name := range names {
			if info, err := os.Stat(name); err == nil {
				bytes += info.Size()
			}
			files = append(files, lake.PartitionFile{Date: date, Path: name})
		}
	}
	return files, bytes, nil
}

// bind puts the values of parameters into a statement. Athena takes them as they
// would be written in it.
func bind(statement string, parameters []string) (string, error) {
	var out strings.Builder
	n := 0
	for _, token := range sqltext.Scan(statement) {
		if token.Text != "?" {
			out.WriteString(token.Text)
			continue
		}
		if n == len(parameters) {
			return "", fmt.Errorf("%w: parameter %d has no value", forecast.ErrInvalid, n+1)
		}
		out.WriteString(parameters[n])
		n++
	}
	return out.String(), nil
}

// resultOf turns a table into what Athena answers.
func resultOf(table forecast.Table, scanned int64) awssim.Result {
	result := awssim.Result{Scanned: scanned}
	for _, column := range table.Columns {
		result.Columns = append(result.Columns, awssim.Column{Name: column.Name, Type: athenaType(column.Type)})
	}
	for _, row := range table.Rows {
		cells := make([]*string, len(row))
		for i, value := range row {
			cells[i] = cellOf(value)
		}
		result.Rows = append(result.Rows, cells)
	}
	return result
}

// athenaType is Athena's name of a type of DuckDB.
func athenaType(name string) string {
	name, _, _ = strings.Cut(name, "(")
	switch name {
	case "HUGEINT", "UBIGINT":
		return "bigint"
	case "FLOAT":
		return "real"
	case "DOUBLE", "DECIMAL":
		return "double"
	case "TIMESTAMP", "DATE", "BOOLEAN", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "VARCHAR":
		return strings.ToLower(name)
	default:
		return "varchar"
	}
}

func cellOf(value any) *string {
	var text string
	switch v := value.(type) {
	case nil:
		return nil
	case string:
		text = v
	case float64:
		text = strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		text = v.UTC().Format("2006-01-02 15:04:05.000")
	default:
		text = fmt.Sprint(v)
	}
	return &text
}
