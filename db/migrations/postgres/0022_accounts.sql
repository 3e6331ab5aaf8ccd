-- +goose Up
-- What clients owe (R30): statements, payments, refunds and reversals. An entry
-- is never deleted, it is declared void. Months are YYYY-MM, money is fen.
CREATE TABLE account_entries (
  id          BIGINT NOT NULL PRIMARY KEY,
  book_id     BIGINT NOT NULL REFERENCES branches(id), -- whose number it has; stays when the client moves
  branch_id   BIGINT NOT NULL REFERENCES branches(id), -- the client's
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('statement','payment','refund','reversal')),
  doc_no      TEXT COLLATE "C" NOT NULL,
  periods     TEXT COLLATE "C" NOT NULL DEFAULT '', -- months that it names, with commas
  day         TEXT COLLATE "C" NOT NULL,
  due_on      TEXT COLLATE "C" NOT NULL,            -- last day to pay a statement; of others their day
  charged_fen BIGINT NOT NULL DEFAULT 0,
  paid_fen    BIGINT NOT NULL DEFAULT 0,
  method      TEXT COLLATE "C" NOT NULL DEFAULT '', -- words of policy/ledger
  handled_by  TEXT COLLATE "C" NOT NULL DEFAULT '', -- who dealt with it, as the document says
  remark      TEXT COLLATE "C" NOT NULL DEFAULT '',
  voided_at   BIGINT NOT NULL DEFAULT 0,
  void_reason TEXT COLLATE "C" NOT NULL DEFAULT '',
  left_fen    BIGINT NOT NULL DEFAULT 0,  -- the three: by policy/ledger, over all entries of the client
  free_fen    BIGINT NOT NULL DEFAULT 0,
  settled_on  TEXT COLLATE "C" NOT NULL DEFAULT '',
  import_id   BIGINT NOT NULL DEFAULT 0,  -- that brought it first
  version     BIGINT NOT NULL DEFAULT 1,
  created_at  BIGINT NOT NULL,
  created_by  BIGINT NOT NULL DEFAULT 0,
  updated_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_entries_number   ON account_entries (book_id, doc_no);
CREATE INDEX        account_entries_customer ON account_entries (customer_id, day, id);
CREATE INDEX        account_entries_open     ON account_entries (customer_id, due_on) WHERE left_fen > 0;
CREATE INDEX        account_entries_import   ON account_entries (import_id, id) WHERE import_id <> 0;

-- The sums of a client's entries that are not void, kept in the transaction of
-- every write to them.
CREATE TABLE account_sums (
  customer_id BIGINT NOT NULL PRIMARY KEY,
  branch_id   BIGINT NOT NULL,
  charged_fen BIGINT NOT NULL,
  paid_fen    BIGINT NOT NULL,
  balance_fen BIGINT NOT NULL, -- charged less paid
  free_fen    BIGINT NOT NULL, -- of the client's, set against nothing
  oldest_due  TEXT COLLATE "C" NOT NULL,    -- of what is open; 9999-12-31 = nothing is
  last_paid   TEXT COLLATE "C" NOT NULL,    -- day of the latest payment, '' = none
  entries     BIGINT NOT NULL
);
CREATE INDEX account_sums_balance        ON account_sums (balance_fen, customer_id);
CREATE INDEX account_sums_due            ON account_sums (oldest_due, customer_id);
CREATE INDEX account_sums_branch_balance ON account_sums (branch_id, balance_fen, customer_id);
CREATE INDEX account_sums_branch_due     ON account_sums (branch_id, oldest_due, customer_id);

-- +goose Down
SELECT 1;
