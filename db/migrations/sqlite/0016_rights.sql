-- +goose Up
-- Optional fields of a client or of one of its contacts (R27), each only while
-- head office has switched it on. The value is sealed with a key of the person
-- it is about, so that erasing one contact leaves the others readable.
CREATE TABLE sensitive_values (
  id          INTEGER NOT NULL PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  contact_id  INTEGER NOT NULL DEFAULT 0, -- 0 = the client itself
  branch_id   INTEGER NOT NULL REFERENCES branches(id),
  field       TEXT NOT NULL,              -- of policy/sensitive
  sealed      TEXT NOT NULL,
  updated_by  INTEGER NOT NULL DEFAULT 0,
  updated_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sensitive_values_one ON sensitive_values (customer_id, contact_id, field);
CREATE INDEX sensitive_values_field ON sensitive_values (field);

-- What was destroyed because it is not collected any more: the proof of it.
CREATE TABLE destructions (
  id      INTEGER NOT NULL PRIMARY KEY,
  at      INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  field   TEXT NOT NULL,
  rows    INTEGER NOT NULL,
  reason  TEXT NOT NULL
) STRICT;

-- Personal data that came out (PIPL art. 57), and what was done about it.
CREATE TABLE breaches (
  id         INTEGER NOT NULL PRIMARY KEY,
  branch_id  INTEGER NOT NULL REFERENCES branches(id), -- where it happened
  title      TEXT NOT NULL,
  found_on   TEXT NOT NULL,             -- day
  about      TEXT NOT NULL DEFAULT '',  -- what came out, how, what may follow
  user_id    INTEGER NOT NULL DEFAULT 0, -- whose account is looked into, 0 = nobody's
  from_day   TEXT NOT NULL DEFAULT '',
  to_day     TEXT NOT NULL DEFAULT '',
  closed_at  INTEGER NOT NULL DEFAULT 0, -- 0 = open
  version    INTEGER NOT NULL DEFAULT 1,
  created_by INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX breaches_branch ON breaches (branch_id, id);

-- Steps that are done; a step taken back and done again has two rows.
CREATE TABLE breach_steps (
  id        INTEGER NOT NULL PRIMARY KEY,
  breach_id INTEGER NOT NULL REFERENCES breaches(id),
  step      TEXT NOT NULL,              -- of policy/consent
  at        INTEGER NOT NULL,
  user_id   INTEGER NOT NULL,
  note      TEXT NOT NULL DEFAULT '',
  undone_at INTEGER NOT NULL DEFAULT 0  -- 0 = holds
) STRICT;
CREATE UNIQUE INDEX breach_steps_now ON breach_steps (breach_id, step) WHERE undone_at = 0;

-- Who could have seen what is asked by day and by account.
CREATE INDEX customer_looks_day ON customer_looks (day, branch_id);
CREATE INDEX exports_user ON exports (user_id, at);
CREATE INDEX exports_at ON exports (at);
CREATE INDEX export_customers_audit ON export_customers (audit_id);

-- +goose Down
SELECT 1;
