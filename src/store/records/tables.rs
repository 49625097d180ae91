//! The table of records.

/// The first form of the table. What is only shown or asked for stands before the record itself, which is long and read last;
/// codes have a comma on either side of each.
pub(in crate::store) const TABLES: &str = "
CREATE TABLE record (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    direction TEXT,
    transport TEXT NOT NULL,
    protocol TEXT NOT NULL,
    session TEXT,
    seq INTEGER,
    attempt_of TEXT,
    peer TEXT,
    method TEXT,
    target TEXT,
    status INTEGER,
    kind TEXT,
    author TEXT,
    recipient TEXT,
    verdict TEXT,
    codes TEXT NOT NULL,
    signed_by TEXT,
    size INTEGER NOT NULL,
    latency REAL,
    content TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX record_of_id ON record (id);
CREATE INDEX record_of_attempt ON record (attempt_of) WHERE attempt_of IS NOT NULL;
";
