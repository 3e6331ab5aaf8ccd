-- +goose Up
-- The search in its second form: every file is indexed anew at the next start
-- (search_index.go, renewSearch).
DROP TABLE customer_search;
CREATE VIRTUAL TABLE customer_search USING fts5 (
  grams, content='', contentless_delete=1, detail=none, tokenize='ascii'
);
-- Its rows are numbered by the order of names; see search_rank.go.
CREATE TABLE customer_search_rows (
  rank        INTEGER NOT NULL PRIMARY KEY,
  customer_id INTEGER NOT NULL UNIQUE
) STRICT;

-- +goose Down
DROP TABLE customer_search_rows;
