-- +goose Up
-- Views of a list that people share with a branch and those below it: an address
-- with a name. Query says what is listed, page on which of the list's pages.
CREATE TABLE shared_views (
  id         INTEGER NOT NULL PRIMARY KEY,
  list       TEXT NOT NULL CHECK (list IN ('customers','cases')),
  branch_id  INTEGER NOT NULL REFERENCES branches(id),
  name       TEXT NOT NULL,
  page       TEXT NOT NULL DEFAULT '',
  query      TEXT NOT NULL DEFAULT '',
  version    INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  created_by INTEGER NOT NULL REFERENCES users(id),
  updated_at INTEGER NOT NULL,
  UNIQUE (list, branch_id, name)
) STRICT;
CREATE INDEX shared_views_author ON shared_views (created_by, list);

-- +goose Down
SELECT 1;
