package glue

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type partition struct {
	values  []string
	input   members
	created time.Time
}

type partitionInput struct {
	DatabaseName       string
	TableName          string
	PartitionInput     members
	PartitionValues    []string
	PartitionValueList []string
}

// key is a partition's values as one text.
func key(values []string) string { return strings.Join(values, "\x00") }

// valuesOf reads the values of a partition's input, one for each key.
func (t *table) valuesOf(input members) ([]string, error) {
	list, _ := input["Values"].([]any)
	values := make([]string, len(list))
	for i, v := range list {
		text, ok := v.(string)
		if !ok || text == "" {
			return nil, invalid("A partition value is a text")
		}
		values[i] = text
	}
	if len(values) != len(t.keys) {
		return nil, invalid("The number of partition keys do not match the number of partition values")
	}
	const longest = 2056
	if descriptor, ok := input["StorageDescriptor"].(map[string]any); ok {
		if location, _ := descriptor["Location"].(string); len(location) > longest {
			return nil, invalid("Location is longer than %d", longest)
		}
	}
	return values, nil
}

func (t *table) create(input members, now time.Time) error {
	values, err := t.valuesOf(input)
	if err != nil {
		return err
	}
	if t.partitions[key(values)] != nil {
		return exists("Partition already exists.")
	}
	t.partitions[key(values)] = &partition{values: values, input: input, created: now}
	return nil
}

// update replaces the whole record; its values can't change.
func (t *table) update(old []string, input members) error {
	p := t.partitions[key(old)]
	if p == nil {
		return absent("Cannot find partition.")
	}
	if input["Values"] == nil {
		input["Values"] = anys(old)
	}
	values, err := t.valuesOf(input)
	if err != nil {
		return err
	}
	if key(values) != key(old) {
		return invalid("The values of a partition can't be changed")
	}
	p.input = input
	return nil
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

func (t *table) remove(values []string) error {
	if t.partitions[key(values)] == nil {
		return absent("Partition not found.")
	}
	delete(t.partitions, key(values))
	return nil
}

func (s *Service) createPartition(_ context.Context, in *partitionInput) (*wire.Empty, error) {
	return s.change(in.DatabaseName, in.TableName, func(t *table) error { return t.create(in.PartitionInput, s.now()) })
}

func (s *Service) updatePartition(_ context.Context, in *partitionInput) (*wire.Empty, error) {
	return s.change(in.DatabaseName, in.TableName, func(t *table) error { return t.update(in.PartitionValueList, in.PartitionInput) })
}

func (s *Service) deletePartition(_ context.Context, in *partitionInput) (*wire.Empty, error) {
	return s.change(in.DatabaseName, in.TableName, func(t *table) error { return t.remove(in.PartitionValues) })
}

func (s *Service) change(databaseName, tableName string, f func(t *table) error) (*wire.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(databaseName, tableName)
	if err != nil {
		return nil, err
	}
	return &wire.Empty{}, f(t)
}

type partitionOutput struct {
	Partition members
}

func (s *Service) getPartition(_ context.Context, in *partitionInput) (*partitionOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(in.DatabaseName, in.TableName)
	if err != nil {
		return nil, err
	}
	p := t.partitions[key(in.PartitionValues)]
	if p == nil {
		return nil, absent("Cannot find partition.")
	}
	return &partitionOutput{Partition: s.show(in.DatabaseName, in.TableName, p)}, nil
}

func (s *Service) show(databaseName, tableName string, p *partition) members {
	out := maps.Clone(p.input)
	delete(out, "LastAccessTime")
	delete(out, "LastAnalyzedTime")
	out["DatabaseName"], out["TableName"] = strings.ToLower(databaseName), strings.ToLower(tableName)
	out["CreationTime"], out["CatalogId"] = wire.At(p.created), s.account
	return out
}

type partitionsInput struct {
	DatabaseName        string
	TableName           string
	Expression          string
	NextToken           *string
	MaxResults          int
	ExcludeColumnSchema bool
}

type partitionsOutput struct {
	Partitions []members
	NextToken  *string `json:",omitempty"`
}

func (s *Service) getPartitions(_ context.Context, in *partitionsInput) (*partitionsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(in.DatabaseName, in.TableName)
	if err != nil {
		return nil, err
	}
	const longest = 2048
	if len(in.Expression) > longest {
		return nil, invalid("Expression is longer than %d", longest)
	}
	wanted, err := parseExpression(in.Expression, t.keys)
	if err != nil {
		return nil, invalid("Unsupported expression '%s': %v", in.Expression, err)
	}
	size, err := limited(in.MaxResults, 1000)
	if err != nil {
		return nil, err
	}
	var found []*partition
	for _, p := range t.ordered() {
		if wanted(p.values) {
			found = append(found, p)
		}
	}
	page, err := wire.Paginate(s.pager, found, func(p *partition) string { return key(p.values) }, size, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &partitionsOutput{Partitions: []members{}, NextToken: page.Next}
	for _, p := range page.Items {
		shown := s.show(in.DatabaseName, in.TableName, p)
		if descriptor, ok := shown["StorageDescriptor"].(map[string]any); ok && in.ExcludeColumnSchema {
			without := maps.Clone(descriptor)
			delete(without, "Columns")
			shown["StorageDescriptor"] = without
		}
		out.Partitions = append(out.Partitions, shown)
	}
	return out, nil
}

type batchInput struct {
	DatabaseName       string
	TableName          string
	PartitionInputList []members
	PartitionsToDelete []valueList
	PartitionsToGet    []valueList
	Entries            []struct {
		PartitionValueList []string
		PartitionInput     members
	}
}

type valueList struct {
	Values []string
}

type batchOutput struct {
	Errors []batchError `json:",omitempty"`
}

// batchError names the partition by its values; a batch answers 200 with these.
type batchError struct {
	PartitionValues    []string `json:",omitempty"`
	PartitionValueList []string `json:",omitempty"`
	ErrorDetail        errorDetail
}

type errorDetail struct {
	ErrorCode, ErrorMessage string
}

func detail(err error) errorDetail {
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return errorDetail{ErrorCode: e.Code, ErrorMessage: e.Message}
	}
	return errorDetail{ErrorCode: "InternalServiceException", ErrorMessage: err.Error()}
}

// The most that a batch call takes.
const (
	mostChanged = 100
	mostDeleted = 25
	mostGot     = 1000
)

func (s *Service) batchCreate(_ context.Context, in *batchInput) (*batchOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(in.DatabaseName, in.TableName)
	if err != nil {
		return nil, err
	}
	if len(in.PartitionInputList) > mostChanged {
		return nil, invalid("At most %d partitions in a batch", mostChanged)
	}
	out := &batchOutput{}
	for _, input := range in.PartitionInputList {
		if err := t.create(input, s.now()); err != nil {
			out.Errors = append(out.Errors, batchError{PartitionValues: texts(input["Values"]), ErrorDetail: detail(err)})
		}
	}
	return out, nil
}

func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		if text, ok := item.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

func (s *Service) batchUpdate(_ context.Context, in *batchInput) (*batchOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(in.DatabaseName, in.TableName)
	if err != nil {
		return nil, err
	}
	if len(in.Entries) > mostChanged {
		return nil, invalid("At most %d partitions in a batch", mostChanged)
	}
	out := &batchOutput{}
	for _, entry := range in.Entries {
		if err := t.update(entry.PartitionValueList, entry.PartitionInput); err != nil {
			out.Errors = append(out.Errors, batchError{PartitionValueList: entry.PartitionValueList, ErrorDetail: detail(err)})
		}
	}
	return out, nil
}

func (s *Service) batchDelete(_ context.Context, in *batchInput) (*batchOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(in.DatabaseName, in.TableName)
	if err != nil {
		return nil, err
	}
	if len(in.PartitionsToDelete) > mostDeleted {
		return nil, invalid("At most %d partitions in a batch", mostDeleted)
	}
	out := &batchOutput{}
	for _, v := range in.PartitionsToDelete {
		if err := t.remove(v.Values); err != nil {
			out.Errors = append(out.Errors, batchError{PartitionValues: v.Values, ErrorDetail: detail(err)})
		}
	}
	return out, nil
}

type batchGetOutput struct {
	Partitions      []members
	UnprocessedKeys []valueList
}

// batchGet leaves out what is not there, without a word.
func (s *Service) batchGet(_ context.Context, in *batchInput) (*batchGetOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(in.DatabaseName, in.TableName)
	if err != nil {
		return nil, err
	}
	if len(in.PartitionsToGet) > mostGot {
		return nil, invalid("At most %d partitions in a batch", mostGot)
	}
	out := &batchGetOutput{Partitions: []members{}, UnprocessedKeys: []valueList{}}
	for _, v := range in.PartitionsToGet {
		if p := t.partitions[key(v.Values)]; p != nil {
			out.Partitions = append(out.Partitions, s.show(in.DatabaseName, in.TableName, p))
		}
	}
	return out, nil
}

// Locations says where the partitions of a table are, by the values of their keys
// joined by a slash; nil if there is no such table.
func (s *Service) Locations(databaseName, name string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(databaseName, name)
	if err != nil {
		return nil
	}
	found := make(map[string]string, len(t.partitions))
	for _, p := range t.partitions {
		descriptor, _ := p.input["StorageDescriptor"].(map[string]any)
		location, _ := descriptor["Location"].(string)
		found[strings.Join(p.values, "/")] = location
	}
	return found
}
