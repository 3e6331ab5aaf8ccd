-- +goose Up
CREATE TABLE files (
  hash       TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- sha256 of the content, hex
  size       BIGINT NOT NULL,
  type       TEXT COLLATE "C" NOT NULL,             -- media type
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL DEFAULT 0 -- 0 = kept as long as something names it
);
CREATE INDEX files_expiry ON files (expires_at) WHERE expires_at <> 0;

CREATE TABLE file_parts (
  hash TEXT COLLATE "C" NOT NULL REFERENCES files(hash),
  part BIGINT NOT NULL, -- from 0, 1 MiB each
  data BYTEA NOT NULL,
  PRIMARY KEY (hash, part)
);

CREATE TABLE import_rows (
  import_id BIGINT NOT NULL,
  n         BIGINT NOT NULL,          -- from 1, in the order of the file
  sheet     TEXT COLLATE "C" NOT NULL,
  row       BIGINT NOT NULL,          -- as the file counts
  verdict   TEXT COLLATE "C" NOT NULL CHECK (verdict IN ('create','update','skip','error')),
  reasons   TEXT COLLATE "C" NOT NULL,             -- JSON
  record    TEXT COLLATE "C" NOT NULL,             -- JSON, cleaned
  target_id BIGINT NOT NULL DEFAULT 0, -- the row it updates, or was made
  cells     TEXT COLLATE "C" NOT NULL DEFAULT '',  -- JSON, as they stood, for rows that failed
  PRIMARY KEY (import_id, n)
);
CREATE INDEX import_rows_verdict ON import_rows (import_id, verdict, n);

-- +goose Down
SELECT 1;
