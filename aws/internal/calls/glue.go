package calls

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/glue"
)

// Glue are the calls of Glue that the program makes. OfGlue takes them from a client.
type Glue struct {
	getDatabase     call[glue.GetDatabaseInput, glue.GetDatabaseOutput, glue.Options]
	createDatabase  call[glue.CreateDatabaseInput, glue.CreateDatabaseOutput, glue.Options]
	getTable        call[glue.GetTableInput, glue.GetTableOutput, glue.Options]
	createTable     call[glue.CreateTableInput, glue.CreateTableOutput, glue.Options]
	updateTable     call[glue.UpdateTableInput, glue.UpdateTableOutput, glue.Options]
	getPartitions   call[glue.GetPartitionsInput, glue.GetPartitionsOutput, glue.Options]
	createPartition call[glue.CreatePartitionInput, glue.CreatePartitionOutput, glue.Options]
	updatePartition call[glue.UpdatePartitionInput, glue.UpdatePartitionOutput, glue.Options]
	deletePartition call[glue.DeletePartitionInput, glue.DeletePartitionOutput, glue.Options]
}

// OfGlue returns the calls of a client.
func OfGlue(client *glue.Client) *Glue {
	return &Glue{
		getDatabase:     client.GetDatabase,
		createDatabase:  client.CreateDatabase,
		getTable:        client.GetTable,
		createTable:     client.CreateTable,
		updateTable:     client.UpdateTable,
		getPartitions:   client.GetPartitions,
		createPartition: client.CreatePartition,
		updatePartition: client.UpdatePartition,
		deletePartition: client.DeletePartition,
	}
}

// GetDatabase reads a database.
func (c *Glue) GetDatabase(ctx context.Context, in *glue.GetDatabaseInput, options ...func(*glue.Options)) (*glue.GetDatabaseOutput, error) {
	return c.getDatabase(ctx, in, options...)
}

// CreateDatabase makes a database.
func (c *Glue) CreateDatabase(ctx context.Context, in *glue.CreateDatabaseInput, options ...func(*glue.Options)) (*glue.CreateDatabaseOutput, error) {
	return c.createDatabase(ctx, in, options...)
}

// GetTable reads a table.
func (c *Glue) GetTable(ctx context.Context, in *glue.GetTableInput, options ...func(*glue.Options)) (*glue.GetTableOutput, error) {
	return c.getTable(ctx, in, options...)
}

// CreateTable makes a table.
func (c *Glue) CreateTable(ctx context.Context, in *glue.CreateTableInput, options ...func(*glue.Options)) (*glue.CreateTableOutput, error) {
	return c.createTable(ctx, in, options...)
}

// UpdateTable changes a table.
func (c *Glue) UpdateTable(ctx context.Context, in *glue.UpdateTableInput, options ...func(*glue.Options)) (*glue.UpdateTableOutput, error) {
	return c.updateTable(ctx, in, options...)
}

// GetPartitions lists partitions of a table.
func (c *Glue) GetPartitions(ctx context.Context, in *glue.GetPartitionsInput, options ...func(*glue.Options)) (*glue.GetPartitionsOutput, error) {
	return c.getPartitions(ctx, in, options...)
}

// CreatePartition adds a partition to a table.
func (c *Glue) CreatePartition(ctx context.Context, in *glue.CreatePartitionInput, options ...func(*glue.Options)) (*glue.CreatePartitionOutput, error) {
	return c.createPartition(ctx, in, options...)
}

// UpdatePartition points a partition elsewhere.
func (c *Glue) UpdatePartition(ctx context.Context, in *glue.UpdatePartitionInput, options ...func(*glue.Options)) (*glue.UpdatePartitionOutput, error) {
	return c.updatePartition(ctx, in, options...)
}

// DeletePartition takes a partition from a table.
func (c *Glue) DeletePartition(ctx context.Context, in *glue.DeletePartitionInput, options ...func(*glue.Options)) (*glue.DeletePartitionOutput, error) {
	return c.deletePartition(ctx, in, options...)
}
