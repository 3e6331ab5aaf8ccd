-- +goose Up
-- Parcels as the carrier's bills and exports have them (R30), each once by its
-- number. Times are unix milliseconds; where only the day was said they are
-- its midnight in the company's zone and day_only holds the field's bit.
CREATE TABLE waybills (
  id             BIGINT NOT NULL PRIMARY KEY,
  number         TEXT COLLATE "C" NOT NULL,
  order_no       TEXT COLLATE "C" NOT NULL DEFAULT '',
  branch_id      BIGINT NOT NULL REFERENCES branches(id),
  customer_id    BIGINT REFERENCES customers(id), -- NULL = the sender is nobody on file
  sender_id      BIGINT, -- of waybill_senders, NULL = bound at once
  bound_by       TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (bound_by IN ('','account','phone','name','hand')),
  sender         TEXT COLLATE "C" NOT NULL DEFAULT '',
  sender_contact TEXT COLLATE "C" NOT NULL DEFAULT '',
  sender_phone   TEXT COLLATE "C" NOT NULL DEFAULT '',
  sender_account TEXT COLLATE "C" NOT NULL DEFAULT '',
  sender_address TEXT COLLATE "C" NOT NULL DEFAULT '',
  receiver       TEXT COLLATE "C" NOT NULL DEFAULT '',
  receiver_phone TEXT COLLATE "C" NOT NULL DEFAULT '',
  province       TEXT COLLATE "C" NOT NULL DEFAULT '', -- codes of policy/place
  city           TEXT COLLATE "C" NOT NULL DEFAULT '',
  contents       TEXT COLLATE "C" NOT NULL DEFAULT '',
  sent_day       TEXT COLLATE "C" NOT NULL,
  sent_at        BIGINT NOT NULL,
  picked_at      BIGINT NOT NULL DEFAULT 0,
  signed_at      BIGINT NOT NULL DEFAULT 0,
  day_only       BIGINT NOT NULL DEFAULT 0, -- 1 sent, 2 picked up, 4 signed for
  picker         TEXT COLLATE "C" NOT NULL DEFAULT '',   -- courier who picked it up
  deliverer      TEXT COLLATE "C" NOT NULL DEFAULT '',   -- courier who delivers it
  weight_g       BIGINT NOT NULL DEFAULT 0,
  volume_cm3     BIGINT NOT NULL DEFAULT 0,
  pieces         BIGINT NOT NULL DEFAULT 1,
  freight_fen    BIGINT NOT NULL DEFAULT 0,
  product        TEXT COLLATE "C" NOT NULL DEFAULT '',   -- the four: words of policy/waybill
  payment        TEXT COLLATE "C" NOT NULL DEFAULT '',
  state          TEXT COLLATE "C" NOT NULL DEFAULT '',
  exception      TEXT COLLATE "C" NOT NULL DEFAULT '',
  remark         TEXT COLLATE "C" NOT NULL DEFAULT '',
  import_id      BIGINT NOT NULL DEFAULT 0, -- that brought it first
  version        BIGINT NOT NULL DEFAULT 1,
  created_at     BIGINT NOT NULL,
  updated_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX waybills_number   ON waybills (number);
CREATE INDEX        waybills_customer ON waybills (customer_id, sent_day, id) WHERE customer_id IS NOT NULL;
CREATE INDEX        waybills_branch   ON waybills (branch_id, sent_day, id);
CREATE INDEX        waybills_day      ON waybills (sent_day, id);
CREATE INDEX        waybills_sender   ON waybills (sender_id) WHERE sender_id IS NOT NULL;

-- Who sent parcels and is nobody on file, until somebody attaches them.
CREATE TABLE waybill_senders (
  id          BIGINT NOT NULL PRIMARY KEY,
  branch_id   BIGINT NOT NULL REFERENCES branches(id),
  key         TEXT COLLATE "C" NOT NULL, -- of policy/waybill
  name        TEXT COLLATE "C" NOT NULL,
  contact     TEXT COLLATE "C" NOT NULL DEFAULT '',
  phone       TEXT COLLATE "C" NOT NULL DEFAULT '',
  account_no  TEXT COLLATE "C" NOT NULL DEFAULT '',
  address     TEXT COLLATE "C" NOT NULL DEFAULT '',
  customer_id BIGINT REFERENCES customers(id), -- attached to, NULL = not yet
  waybills    BIGINT NOT NULL DEFAULT 0, -- sums of what points here
  freight_fen BIGINT NOT NULL DEFAULT 0,
  last_day    TEXT COLLATE "C" NOT NULL DEFAULT '',   -- the latest that an import brought
  version     BIGINT NOT NULL DEFAULT 1,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX waybill_senders_key      ON waybill_senders (branch_id, key);
CREATE INDEX        waybill_senders_customer ON waybill_senders (customer_id) WHERE customer_id IS NOT NULL;

-- Sums that are kept in the transaction of every write to waybills. period is
-- a day or a month; dim is '' (all), product, payment, province, state or
-- exception, and value its word.
CREATE TABLE waybill_sums (
  branch_id   BIGINT NOT NULL,
  period      TEXT COLLATE "C" NOT NULL,
  dim         TEXT COLLATE "C" NOT NULL,
  value       TEXT COLLATE "C" NOT NULL,
  waybills    BIGINT NOT NULL, -- cancelled ones too
  pieces      BIGINT NOT NULL, -- of those that are not cancelled
  freight_fen BIGINT NOT NULL,
  weight_g    BIGINT NOT NULL,
  signed      BIGINT NOT NULL,
  exceptions  BIGINT NOT NULL,
  PRIMARY KEY (branch_id, period, dim, value)
);

-- The same of each client by month.
CREATE TABLE customer_months (
  customer_id BIGINT NOT NULL,
  month       TEXT COLLATE "C" NOT NULL,
  waybills    BIGINT NOT NULL,
  pieces      BIGINT NOT NULL,
  freight_fen BIGINT NOT NULL,
  weight_g    BIGINT NOT NULL,
  signed      BIGINT NOT NULL,
  exceptions  BIGINT NOT NULL,
  PRIMARY KEY (customer_id, month)
);

-- The ids of the waybills that an import wrote anew.
CREATE TABLE waybill_imports (
  import_id BIGINT NOT NULL PRIMARY KEY,
  first_id  BIGINT NOT NULL,
  last_id   BIGINT NOT NULL
);

-- +goose Down
SELECT 1;
