-- +goose Up
-- Views of a list that people share with a branch and those below it: an address
-- with a name. Query says what is listed, page on which of the list's pages.
CREATE TABLE shared_views (
  id         BIGINT NOT NULL PRIMARY KEY,
  list       TEXT COLLATE "C" NOT NULL CHECK (list IN ('customers','cases')),
  branch_id  BIGINT NOT NULL REFERENCES branches(id),
  name       TEXT COLLATE "C" NOT NULL,
  page       TEXT COLLATE "C" NOT NULL DEFAULT '',
  query      TEXT COLLATE "C" NOT NULL DEFAULT '',
  version    BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL REFERENCES users(id),
  updated_at BIGINT NOT NULL,
  UNIQUE (list, branch_id, name)
);
CREATE INDEX shared_views_author ON shared_views (created_by, list);

-- +goose Down
SELECT 1;
