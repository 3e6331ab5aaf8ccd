-- +goose Up
-- Two files of one client that became one. The file that went lies in the bin;
-- merge_rows says what hung on it, so that it can be put back for a while.
CREATE TABLE merges (
  id         BIGINT NOT NULL PRIMARY KEY,
  branch_id  BIGINT NOT NULL REFERENCES branches(id), -- that of the file that stays
  kept_id    BIGINT NOT NULL REFERENCES customers(id),
  gone_id    BIGINT NOT NULL REFERENCES customers(id),
  primary_id BIGINT NOT NULL DEFAULT 0,  -- the primary contact of the file that went, 0 = it had none
  act_id     BIGINT NOT NULL,            -- the audit record that says which fields it changed
  moved      TEXT NOT NULL DEFAULT '', -- JSON: how many rows of which kind went over
  at         BIGINT NOT NULL,            -- unix milliseconds
  user_id    BIGINT NOT NULL,
  undone_at  BIGINT NOT NULL DEFAULT 0,  -- 0 = it holds
  undone_by  BIGINT NOT NULL DEFAULT 0,
  back       TEXT NOT NULL DEFAULT ''  -- JSON: how many came back, and which fields did not
);
CREATE UNIQUE INDEX merges_gone ON merges (gone_id) WHERE undone_at = 0;
CREATE INDEX merges_kept ON merges (kept_id, id);
CREATE INDEX merges_branch ON merges (branch_id, id);

CREATE TABLE merge_rows (
  merge_id BIGINT NOT NULL REFERENCES merges(id),
  kind     TEXT NOT NULL,    -- the table
  row_id   BIGINT NOT NULL, -- its id, or what else it hangs on
  PRIMARY KEY (merge_id, kind, row_id)
);

-- Pairs of files of a branch that may be one client, found anew each night; the
-- lower id comes first.
CREATE TABLE duplicate_pairs (
  one_id       BIGINT NOT NULL REFERENCES customers(id),
  other_id     BIGINT NOT NULL REFERENCES customers(id),
  branch_id    BIGINT NOT NULL REFERENCES branches(id),
  likeness     BIGINT NOT NULL,         -- of policy/dedupe: higher is likelier
  why          TEXT NOT NULL,            -- codes of policy/dedupe, separated by spaces
  found_at     BIGINT NOT NULL,         -- unix milliseconds
  dismissed_at BIGINT NOT NULL DEFAULT 0, -- somebody said that they are two
  dismissed_by BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (one_id, other_id)
);
CREATE INDEX duplicate_pairs_open ON duplicate_pairs (branch_id, likeness, one_id, other_id) WHERE dismissed_at = 0;
CREATE INDEX duplicate_pairs_other ON duplicate_pairs (other_id);

-- +goose Down
SELECT 1;
