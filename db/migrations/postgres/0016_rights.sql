-- +goose Up
-- Optional fields of a client or of one of its contacts (R27), each only while
-- head office has switched it on. The value is sealed with a key of the person
-- it is about, so that erasing one contact leaves the others readable.
CREATE TABLE sensitive_values (
  id          BIGINT NOT NULL PRIMARY KEY,
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  contact_id  BIGINT NOT NULL DEFAULT 0, -- 0 = the client itself
  branch_id   BIGINT NOT NULL REFERENCES branches(id),
  field       TEXT COLLATE "C" NOT NULL,              -- of policy/sensitive
  sealed      TEXT COLLATE "C" NOT NULL,
  updated_by  BIGINT NOT NULL DEFAULT 0,
  updated_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX sensitive_values_one ON sensitive_values (customer_id, contact_id, field);
CREATE INDEX sensitive_values_field ON sensitive_values (field);

-- What was destroyed because it is not collected any more: the proof of it.
CREATE TABLE destructions (
  id      BIGINT NOT NULL PRIMARY KEY,
  at      BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  field   TEXT COLLATE "C" NOT NULL,
  rows    BIGINT NOT NULL,
  reason  TEXT COLLATE "C" NOT NULL
);

-- Personal data that came out (PIPL art. 57), and what was done about it.
CREATE TABLE breaches (
  id         BIGINT NOT NULL PRIMARY KEY,
  branch_id  BIGINT NOT NULL REFERENCES branches(id), -- where it happened
  title      TEXT COLLATE "C" NOT NULL,
  found_on   TEXT COLLATE "C" NOT NULL,             -- day
  about      TEXT COLLATE "C" NOT NULL DEFAULT '',  -- what came out, how, what may follow
  user_id    BIGINT NOT NULL DEFAULT 0, -- whose account is looked into, 0 = nobody's
  from_day   TEXT COLLATE "C" NOT NULL DEFAULT '',
  to_day     TEXT COLLATE "C" NOT NULL DEFAULT '',
  closed_at  BIGINT NOT NULL DEFAULT 0, -- 0 = open
  version    BIGINT NOT NULL DEFAULT 1,
  created_by BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX breaches_branch ON breaches (branch_id, id);

-- Steps that are done; a step taken back and done again has two rows.
CREATE TABLE breach_steps (
  id        BIGINT NOT NULL PRIMARY KEY,
  breach_id BIGINT NOT NULL REFERENCES breaches(id),
  step      TEXT COLLATE "C" NOT NULL,              -- of policy/consent
  at        BIGINT NOT NULL,
  user_id   BIGINT NOT NULL,
  note      TEXT COLLATE "C" NOT NULL DEFAULT '',
  undone_at BIGINT NOT NULL DEFAULT 0  -- 0 = holds
);
CREATE UNIQUE INDEX breach_steps_now ON breach_steps (breach_id, step) WHERE undone_at = 0;

-- Who could have seen what is asked by day and by account.
CREATE INDEX customer_looks_day ON customer_looks (day, branch_id);
CREATE INDEX exports_user ON exports (user_id, at);
CREATE INDEX exports_at ON exports (at);
CREATE INDEX export_customers_audit ON export_customers (audit_id);

-- +goose Down
SELECT 1;
