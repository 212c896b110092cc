// Package glue is the Glue Data Catalog: databases, tables, and partitions
// with their expressions. As in the real one nothing can be compared and set:
// whoever updates last wins.
package glue

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// Service holds the catalogue of the account.
type Service struct {
	account string
	now     func() time.Time
	pager   wire.Pager

	mu        sync.Mutex
	databases map[string]*database
}

type database struct {
	input   json.RawMessage
	created time.Time
	tables  map[string]*table
}

// members are the parts of a request that are kept and given back as they are.
type members map[string]any

type table struct {
	input            members
	keys             []column
	created, updated time.Time
	versions         int
	partitions       map[string]*partition
}

type column struct {
	Name, Type string
}

// New makes an empty catalogue.
func New(account string, now func() time.Time, quirks func() wire.Quirks) *Service {
	refuse := func(reason string) *wire.Error {
		return wire.Errorf("InvalidInputException", "Invalid NextToken: %s.", reason)
	}
	return &Service{
		account: account, now: now, pager: wire.Pager{Now: now, Quirks: quirks, Refuse: refuse}, databases: map[string]*database{},
	}
}

// Operations are the calls that the service answers.
func (s *Service) Operations() map[string]wire.Operation {
	return map[string]wire.Operation{
		"CreateDatabase":       wire.Typed(s.createDatabase),
		"GetDatabase":          wire.Typed(s.getDatabase),
		"CreateTable":          wire.Typed(s.createTable),
		"UpdateTable":          wire.Typed(s.updateTable),
		"DeleteTable":          wire.Typed(s.deleteTable),
		"GetTable":             wire.Typed(s.getTable),
		"GetTables":            wire.Typed(s.getTables),
		"CreatePartition":      wire.Typed(s.createPartition),
		"UpdatePartition":      wire.Typed(s.updatePartition),
		"DeletePartition":      wire.Typed(s.deletePartition),
		"GetPartition":         wire.Typed(s.getPartition),
		"GetPartitions":        wire.Typed(s.getPartitions),
		"BatchCreatePartition": wire.Typed(s.batchCreate),
		"BatchUpdatePartition": wire.Typed(s.batchUpdate),
		"BatchDeletePartition": wire.Typed(s.batchDelete),
		"BatchGetPartition":    wire.Typed(s.batchGet),
	}
}

type databaseInput struct {
	Name          string
	DatabaseInput json.RawMessage
}

type databaseOutput struct {
	Database members
}

func (s *Service) createDatabase(_ context.Context, in *databaseInput) (*wire.Empty, error) {
	var named struct{ Name string }
	if err := json.Unmarshal(in.DatabaseInput, &named); err != nil || named.Name == "" {
		return nil, invalid("DatabaseInput needs a name")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name := strings.ToLower(named.Name)
	if s.databases[name] != nil {
		return nil, exists("Database already exists.")
	}
	s.databases[name] = &database{input: in.DatabaseInput, created: s.now(), tables: map[string]*table{}}
	return &wire.Empty{}, nil
}

func (s *Service) getDatabase(_ context.Context, in *databaseInput) (*databaseOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.database(in.Name)
	if err != nil {
		return nil, err
	}
	out := members{}
	if err := json.Unmarshal(d.input, &out); err != nil {
		return nil, err
	}
	out["Name"], out["CreateTime"], out["CatalogId"] = strings.ToLower(in.Name), wire.At(d.created), s.account
	return &databaseOutput{Database: out}, nil
}

type tableInput struct {
	DatabaseName string
	Name         string
	TableInput   members
}

func (s *Service) createTable(_ context.Context, in *tableInput) (*wire.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.database(in.DatabaseName)
	if err != nil {
		return nil, err
	}
	name, keys, err := readTable(in.TableInput)
	if err != nil {
		return nil, err
	}
	if d.tables[name] != nil {
		return nil, exists("Table already exists.")
	}
	d.tables[name] = &table{input: in.TableInput, keys: keys, created: s.now(), updated: s.now(), partitions: map[string]*partition{}}
	return &wire.Empty{}, nil
}

func (s *Service) updateTable(_ context.Context, in *tableInput) (*wire.Empty, error) {
	name, keys, err := readTable(in.TableInput)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(in.DatabaseName, name)
	if err != nil {
		return nil, err
	}
	t.input, t.keys, t.updated = in.TableInput, keys, s.now()
	t.versions++
	return &wire.Empty{}, nil
}

// readTable finds the name and the partition keys in a table's input.
func readTable(input members) (name string, keys []column, err error) {
	text, err := json.Marshal(input)
	if err != nil {
		return "", nil, err
	}
	var known struct {
		Name          string
		PartitionKeys []column
	}
	if err := json.Unmarshal(text, &known); err != nil || known.Name == "" {
		return "", nil, invalid("TableInput needs a name")
	}
	return strings.ToLower(known.Name), known.PartitionKeys, nil
}

func (s *Service) deleteTable(_ context.Context, in *tableInput) (*wire.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.table(in.DatabaseName, in.Name); err != nil {
		return nil, err
	}
	delete(s.databases[strings.ToLower(in.DatabaseName)].tables, strings.ToLower(in.Name))
	return &wire.Empty{}, nil
}

type tableOutput struct {
	Table members
}

func (s *Service) getTable(_ context.Context, in *tableInput) (*tableOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(in.DatabaseName, in.Name)
	if err != nil {
		return nil, err
	}
	return &tableOutput{Table: s.describe(in.DatabaseName, in.Name, t)}, nil
}

func (s *Service) describe(databaseName, name string, t *table) members {
	out := maps.Clone(t.input)
	delete(out, "LastAccessTime")
	out["Name"], out["DatabaseName"] = strings.ToLower(name), strings.ToLower(databaseName)
	out["CreateTime"], out["UpdateTime"], out["CatalogId"] = wire.At(t.created), wire.At(t.updated), s.account
	out["IsRegisteredWithLakeFormation"] = false
	return out
}

type tablesInput struct {
	DatabaseName string
	NextToken    *string
	MaxResults   int
}

type tablesOutput struct {
	TableList []members
	NextToken *string `json:",omitempty"`
}

func (s *Service) getTables(_ context.Context, in *tablesInput) (*tablesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.database(in.DatabaseName)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(d.tables))
	size, err := limited(in.MaxResults, 100)
	if err != nil {
		return nil, err
	}
	page, err := wire.Paginate(s.pager, names, func(n string) string { return n }, size, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &tablesOutput{TableList: []members{}, NextToken: page.Next}
	for _, name := range page.Items {
		out.TableList = append(out.TableList, s.describe(in.DatabaseName, name, d.tables[name]))
	}
	return out, nil
}

// database and table look things up; the lock is held.
func (s *Service) database(name string) (*database, error) {
	d := s.databases[strings.ToLower(name)]
	if d == nil {
		return nil, absent("Database %s not found.", name)
	}
	return d, nil
}

func (s *Service) table(databaseName, name string) (*table, error) {
	d, err := s.database(databaseName)
	if err != nil {
		return nil, err
	}
	t := d.tables[strings.ToLower(name)]
	if t == nil {
		return nil, absent("Table %s not found.", name)
	}
	return t, nil
}

func limited(asked, largest int) (int, error) {
	if asked < 0 || asked > largest {
		return 0, invalid("MaxResults must be 1 to %d", largest)
	}
	if asked == 0 {
		return largest, nil
	}
	return asked, nil
}

func invalid(format string, args ...any) *wire.Error {
	return wire.Errorf("InvalidInputException", format, args...)
}

func exists(message string) *wire.Error {
	return wire.Errorf("AlreadyExistsException", "%s", message)
}

func absent(format string, args ...any) *wire.Error {
	return wire.Errorf("EntityNotFoundException", format, args...)
}

// ordered are a table's partitions in the order of their values.
func (t *table) ordered() []*partition {
	out := make([]*partition, 0, len(t.partitions))
	for _, p := range t.partitions {
		out = append(out, p)
	}
	sort.Slice(out, func(i, j int) bool { return slices.Compare(out[i].values, out[j].values) < 0 })
	return out
}

// AddTable makes a table of files, and its database, unless they are there.
func (s *Service) AddTable(databaseName, name, location string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, name := strings.ToLower(databaseName), strings.ToLower(name)
	if s.databases[key] == nil {
		input, _ := json.Marshal(map[string]string{"Name": key})
		s.databases[key] = &database{input: input, created: s.now(), tables: map[string]*table{}}
	}
	if s.databases[key].tables[name] == nil {
		s.databases[key].tables[name] = &table{
			input:   members{"Name": name, "StorageDescriptor": map[string]any{"Location": location}},
			created: s.now(), updated: s.now(), partitions: map[string]*partition{},
		}
	}
}
