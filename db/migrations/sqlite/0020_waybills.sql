-- +goose Up
-- Parcels as the carrier's bills and exports have them (R30), each once by its
-- number. Times are unix milliseconds; where only the day was said they are
-- its midnight in the company's zone and day_only holds the field's bit.
CREATE TABLE waybills (
  id             INTEGER NOT NULL PRIMARY KEY,
  number         TEXT NOT NULL,
  order_no       TEXT NOT NULL DEFAULT '',
  branch_id      INTEGER NOT NULL REFERENCES branches(id),
  customer_id    INTEGER REFERENCES customers(id), -- NULL = the sender is nobody on file
  sender_id      INTEGER, -- of waybill_senders, NULL = bound at once
  bound_by       TEXT NOT NULL DEFAULT '' CHECK (bound_by IN ('','account','phone','name','hand')),
  sender         TEXT NOT NULL DEFAULT '',
  sender_contact TEXT NOT NULL DEFAULT '',
  sender_phone   TEXT NOT NULL DEFAULT '',
  sender_account TEXT NOT NULL DEFAULT '',
  sender_address TEXT NOT NULL DEFAULT '',
  receiver       TEXT NOT NULL DEFAULT '',
  receiver_phone TEXT NOT NULL DEFAULT '',
  province       TEXT NOT NULL DEFAULT '', -- codes of policy/place
  city           TEXT NOT NULL DEFAULT '',
  contents       TEXT NOT NULL DEFAULT '',
  sent_day       TEXT NOT NULL,
  sent_at        INTEGER NOT NULL,
  picked_at      INTEGER NOT NULL DEFAULT 0,
  signed_at      INTEGER NOT NULL DEFAULT 0,
  day_only       INTEGER NOT NULL DEFAULT 0, -- 1 sent, 2 picked up, 4 signed for
  picker         TEXT NOT NULL DEFAULT '',   -- courier who picked it up
  deliverer      TEXT NOT NULL DEFAULT '',   -- courier who delivers it
  weight_g       INTEGER NOT NULL DEFAULT 0,
  volume_cm3     INTEGER NOT NULL DEFAULT 0,
  pieces         INTEGER NOT NULL DEFAULT 1,
  freight_fen    INTEGER NOT NULL DEFAULT 0,
  product        TEXT NOT NULL DEFAULT '',   -- the four: words of policy/waybill
  payment        TEXT NOT NULL DEFAULT '',
  state          TEXT NOT NULL DEFAULT '',
  exception      TEXT NOT NULL DEFAULT '',
  remark         TEXT NOT NULL DEFAULT '',
  import_id      INTEGER NOT NULL DEFAULT 0, -- that brought it first
  version        INTEGER NOT NULL DEFAULT 1,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX waybills_number   ON waybills (number);
CREATE INDEX        waybills_customer ON waybills (customer_id, sent_day, id) WHERE customer_id IS NOT NULL;
CREATE INDEX        waybills_branch   ON waybills (branch_id, sent_day, id);
CREATE INDEX        waybills_day      ON waybills (sent_day, id);
CREATE INDEX        waybills_sender   ON waybills (sender_id) WHERE sender_id IS NOT NULL;

-- Who sent parcels and is nobody on file, until somebody attaches them.
CREATE TABLE waybill_senders (
  id          INTEGER NOT NULL PRIMARY KEY,
  branch_id   INTEGER NOT NULL REFERENCES branches(id),
  key         TEXT NOT NULL, -- of policy/waybill
  name        TEXT NOT NULL,
  contact     TEXT NOT NULL DEFAULT '',
  phone       TEXT NOT NULL DEFAULT '',
  account_no  TEXT NOT NULL DEFAULT '',
  address     TEXT NOT NULL DEFAULT '',
  customer_id INTEGER REFERENCES customers(id), -- attached to, NULL = not yet
  waybills    INTEGER NOT NULL DEFAULT 0, -- sums of what points here
  freight_fen INTEGER NOT NULL DEFAULT 0,
  last_day    TEXT NOT NULL DEFAULT '',   -- the latest that an import brought
  version     INTEGER NOT NULL DEFAULT 1,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX waybill_senders_key      ON waybill_senders (branch_id, key);
CREATE INDEX        waybill_senders_customer ON waybill_senders (customer_id) WHERE customer_id IS NOT NULL;

-- Sums that are kept in the transaction of every write to waybills. period is
-- a day or a month; dim is '' (all), product, payment, province, state or
-- exception, and value its word.
CREATE TABLE waybill_sums (
  branch_id   INTEGER NOT NULL,
  period      TEXT NOT NULL,
  dim         TEXT NOT NULL,
  value       TEXT NOT NULL,
  waybills    INTEGER NOT NULL, -- cancelled ones too
  pieces      INTEGER NOT NULL, -- of those that are not cancelled
  freight_fen INTEGER NOT NULL,
  weight_g    INTEGER NOT NULL,
  signed      INTEGER NOT NULL,
  exceptions  INTEGER NOT NULL,
  PRIMARY KEY (branch_id, period, dim, value)
) STRICT, WITHOUT ROWID;

-- The same of each client by month.
CREATE TABLE customer_months (
  customer_id INTEGER NOT NULL,
  month       TEXT NOT NULL,
  waybills    INTEGER NOT NULL,
  pieces      INTEGER NOT NULL,
  freight_fen INTEGER NOT NULL,
  weight_g    INTEGER NOT NULL,
  signed      INTEGER NOT NULL,
  exceptions  INTEGER NOT NULL,
  PRIMARY KEY (customer_id, month)
) STRICT, WITHOUT ROWID;

-- The ids of the waybills that an import wrote anew.
CREATE TABLE waybill_imports (
  import_id INTEGER NOT NULL PRIMARY KEY,
  first_id  INTEGER NOT NULL,
  last_id   INTEGER NOT NULL
) STRICT;

-- +goose Down
SELECT 1;
