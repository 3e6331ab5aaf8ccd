-- +goose Up
-- The key that a client's personal values are sealed with wherever they stand
-- beside the live rows: in before-images, in optional fields. Made when first
-- needed; once the client is erased it is gone for good, and its row stays so
-- that no other is made.
CREATE TABLE customer_keys (
  customer_id INTEGER NOT NULL PRIMARY KEY,
  wrapped     BLOB NOT NULL,              -- sealed with the company's key; zeros = destroyed
  created_at  INTEGER NOT NULL,
  erased_at   INTEGER NOT NULL DEFAULT 0  -- 0 = in use
) STRICT;

-- One link for each audit record: a number without gaps, a digest of the
-- record and its changes, and a hash over both and the link before.
CREATE TABLE audit_links (
  seq      INTEGER NOT NULL PRIMARY KEY,
  audit_id INTEGER NOT NULL UNIQUE,
  digest   BLOB NOT NULL,
  hash     BLOB NOT NULL
) STRICT;

-- Records that wait for their link. On SQLite the act writes its own link.
CREATE TABLE audit_open (
  audit_id INTEGER NOT NULL PRIMARY KEY,
  digest   BLOB NOT NULL,
  mark     BLOB NOT NULL -- of the one who wrote it, by the company's key
) STRICT;

-- Each filter of the audit page, walked from the newest.
CREATE INDEX audits_branch ON audits (branch_id, id);
CREATE INDEX audits_subject ON audits (subject_id, id);
CREATE INDEX audits_at ON audits (at, id);

-- Who looked at a client's page, counted by day.
CREATE TABLE customer_looks (
  customer_id INTEGER NOT NULL,
  day         TEXT NOT NULL,
  user_id     INTEGER NOT NULL,
  branch_id   INTEGER NOT NULL, -- of the client when it was looked at
  role        TEXT NOT NULL, -- by which role, at the last look
  looks       INTEGER NOT NULL,
  first_at    INTEGER NOT NULL,
  last_at     INTEGER NOT NULL,
  PRIMARY KEY (customer_id, day, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_looks_user ON customer_looks (user_id, day);

-- +goose Down
SELECT 1;
