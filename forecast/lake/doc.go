// Package lake reads and writes the data of a pipeline: it runs the project's
// extract query over the source files, keeps tables between steps as Parquet
// files, publishes partitions of the target table, and answers ad-hoc queries.
// DuckDB does the work, in memory, in this process, without network and
// without extensions other than those compiled in.
//
// # Generations
//
// A partition of the target table is one file with one row group:
//
//	<path>/<table>/dt=2026-01-15/part-0.parquet                            the current generation, for any reader
//	<path>/_generations/<table>/dt=2026-01-15/<generation>/part-0.parquet  the same inode, read-only; older ones beside it
//	<path>/_generations/<table>/dt=2026-01-15/<generation>/manifest.json   written last
//	<path>/_generations/<table>/current.csv                                the list of current files
//
// DuckDB opens a file several times in one query: once for the footer, once for
// each thread that scans. With one row group one thread reads it, so that a
// plain-glob reader sees one generation even if the file is replaced meanwhile;
// at worst its query fails and succeeds when repeated. Readers that take the
// list of immutable files (from the catalogue, or current.csv) see neither.
// Older generations lie outside the table's root because DuckDB's ** finds
// hidden and underscored directories too.
//
// # Publishing
//
// The sequence, of which this package does the file work and the engine, which
// owns the catalogue, the rest:
//
//  1. [Lake.Install] moves what a step built to its place in _generations, makes it
//     read-only and syncs it. The manifest arrives last.
//  2. [Lake.Stage] links it (copies, where links don't exist) to a temporary name on the
//     same file system.
//  3. The engine takes its write lock and checks fence, stop and the expected
//     generation, and that [Lake.Published] is the catalogue's current one.
//     [Staged.Swap] renames the staged link over the published file and syncs the
//     directory; the engine writes its records and commits.
//  4. [Lake.WriteCurrent] rewrites current.csv, and [Staged.Discard] removes the temporary
//     name, which rename(2) leaves if both names were one inode already.
//
// As the rename is inside the lock, a publisher that was frozen can't wake up
// and overwrite a newer generation. After a crash between rename and commit the
// file leads: the engine writes the missing records for the generation that
// [Lake.Published] finds in it.
package lake
