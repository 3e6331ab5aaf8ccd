-- +goose Up
-- The key that a client's personal values are sealed with wherever they stand
-- beside the live rows: in before-images, in optional fields. Made when first
-- needed; once the client is erased it is gone for good, and its row stays so
-- that no other is made.
CREATE TABLE customer_keys (
  customer_id BIGINT NOT NULL PRIMARY KEY,
  wrapped     BYTEA NOT NULL,              -- sealed with the company's key; zeros = destroyed
  created_at  BIGINT NOT NULL,
  erased_at   BIGINT NOT NULL DEFAULT 0  -- 0 = in use
);

-- One link for each audit record: a number without gaps, a digest of the
-- record and its changes, and a hash over both and the link before.
CREATE TABLE audit_links (
  seq      BIGINT NOT NULL PRIMARY KEY,
  audit_id BIGINT NOT NULL UNIQUE,
  digest   BYTEA NOT NULL,
  hash     BYTEA NOT NULL
);

-- Records that wait for their link. On SQLite the act writes its own link.
CREATE TABLE audit_open (
  audit_id BIGINT NOT NULL PRIMARY KEY,
  digest   BYTEA NOT NULL,
  mark     BYTEA NOT NULL -- of the one who wrote it, by the company's key
);

-- Each filter of the audit page, walked from the newest.
CREATE INDEX audits_branch ON audits (branch_id, id);
CREATE INDEX audits_subject ON audits (subject_id, id);
CREATE INDEX audits_at ON audits (at, id);

-- Who looked at a client's page, counted by day.
CREATE TABLE customer_looks (
  customer_id BIGINT NOT NULL,
  day         TEXT COLLATE "C" NOT NULL,
  user_id     BIGINT NOT NULL,
  branch_id   BIGINT NOT NULL, -- of the client when it was looked at
  role        TEXT COLLATE "C" NOT NULL, -- by which role, at the last look
  looks       BIGINT NOT NULL,
  first_at    BIGINT NOT NULL,
  last_at     BIGINT NOT NULL,
  PRIMARY KEY (customer_id, day, user_id)
);
CREATE INDEX customer_looks_user ON customer_looks (user_id, day);

-- +goose Down
SELECT 1;
