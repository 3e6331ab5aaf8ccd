-- +goose Up
-- What is paid for damaged, lost and late parcels (R31, R152): asked, agreed,
-- paid, and who bears it. Amounts are integer fen.
CREATE TABLE case_claims (
  id           INTEGER NOT NULL PRIMARY KEY,
  case_id      INTEGER NOT NULL REFERENCES cases(id),
  branch_id    INTEGER NOT NULL REFERENCES branches(id), -- the case's
  customer_id  INTEGER REFERENCES customers(id),         -- the case's
  number       TEXT NOT NULL DEFAULT '',                 -- of the parcel, '' = none of its own
  state        TEXT NOT NULL CHECK (state IN ('asked','proposed','approved','refused','paid')),
  asked        INTEGER NOT NULL DEFAULT 0,
  agreed       INTEGER NOT NULL DEFAULT 0,
  paid         INTEGER NOT NULL DEFAULT 0,
  paid_day     TEXT NOT NULL DEFAULT '',
  paid_how     TEXT NOT NULL DEFAULT '',
  note         TEXT NOT NULL DEFAULT '',                 -- what for, what proves it
  reason       TEXT NOT NULL DEFAULT '',                 -- of whoever decided
  proposed_by  INTEGER REFERENCES users(id),
  decided_by   INTEGER REFERENCES users(id),
  decided_at   INTEGER NOT NULL DEFAULT 0,
  rule_version INTEGER NOT NULL DEFAULT 0,               -- of casework, by whose limits it was decided
  day          TEXT NOT NULL,                            -- on which it was written down
  version      INTEGER NOT NULL DEFAULT 1,
  created_at   INTEGER NOT NULL,
  created_by   INTEGER NOT NULL DEFAULT 0,
  updated_at   INTEGER NOT NULL,
  deleted_at   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX case_claims_case     ON case_claims (case_id, id);
CREATE INDEX case_claims_customer ON case_claims (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX case_claims_branch   ON case_claims (branch_id, day, id) WHERE deleted_at = 0;
CREATE INDEX case_claims_day      ON case_claims (day, id) WHERE deleted_at = 0;
CREATE INDEX case_claims_state    ON case_claims (state, day, id) WHERE deleted_at = 0;

-- Who bears what was agreed; together as much as agreed.
CREATE TABLE case_claim_shares (
  claim_id INTEGER NOT NULL REFERENCES case_claims(id),
  bearer   TEXT NOT NULL CHECK (bearer IN ('branch','courier','hub','carrier')),
  user_id  INTEGER NOT NULL DEFAULT 0, -- the courier
  amount   INTEGER NOT NULL,
  PRIMARY KEY (claim_id, bearer, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_claim_shares_user ON case_claim_shares (user_id) WHERE user_id <> 0;

-- +goose Down
SELECT 1;
