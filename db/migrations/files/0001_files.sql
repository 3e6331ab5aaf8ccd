-- +goose Up
-- The file beside the main one: pictures, uploads, exports, and the rows of an
-- import while they are being judged. On PostgreSQL the same tables stand in
-- the one database (postgres/0002_files.sql).
CREATE TABLE files (
  hash       TEXT NOT NULL PRIMARY KEY, -- sha256 of the content, hex
  size       INTEGER NOT NULL,
  type       TEXT NOT NULL,             -- media type
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL DEFAULT 0 -- 0 = kept as long as something names it
) STRICT, WITHOUT ROWID;
CREATE INDEX files_expiry ON files (expires_at) WHERE expires_at <> 0;

CREATE TABLE file_parts (
  hash TEXT NOT NULL REFERENCES files(hash),
  part INTEGER NOT NULL, -- from 0, 1 MiB each
  data BLOB NOT NULL,
  PRIMARY KEY (hash, part)
) STRICT;

CREATE TABLE import_rows (
  import_id INTEGER NOT NULL,
  n         INTEGER NOT NULL,          -- from 1, in the order of the file
  sheet     TEXT NOT NULL,
  row       INTEGER NOT NULL,          -- as the file counts
  verdict   TEXT NOT NULL CHECK (verdict IN ('create','update','skip','error')),
  reasons   TEXT NOT NULL,             -- JSON
  record    TEXT NOT NULL,             -- JSON, cleaned
  target_id INTEGER NOT NULL DEFAULT 0, -- the row it updates, or was made
  cells     TEXT NOT NULL DEFAULT '',  -- JSON, as they stood, for rows that failed
  PRIMARY KEY (import_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_rows_verdict ON import_rows (import_id, verdict, n);

-- +goose Down
SELECT 1;
