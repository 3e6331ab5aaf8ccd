-- +goose Up
-- What lists of accounts show is kept by whoever writes to account_entries, in
-- the same transaction, so that a page of a whole company reads the rows that
-- it shows. name_key is the client's: lists go by it.
ALTER TABLE account_sums ADD COLUMN name_key   TEXT NOT NULL DEFAULT '';
ALTER TABLE account_sums ADD COLUMN open_items TEXT NOT NULL DEFAULT ''; -- fen to be paid by due day: 2026-11-02:12300 2026-12-02:400
ALTER TABLE account_sums ADD COLUMN oldest_left INTEGER NOT NULL DEFAULT 0;  -- fen to be paid that were due on oldest_due
ALTER TABLE account_sums ADD COLUMN binned INTEGER NOT NULL DEFAULT 0 CHECK (binned IN (0,1)); -- the client is in the bin: it counts in no sum of a branch
UPDATE account_sums SET binned = 1 WHERE customer_id IN (SELECT id FROM customers WHERE deleted_at <> 0);
UPDATE account_sums SET name_key = (SELECT c.name_key FROM customers c WHERE c.id = account_sums.customer_id);
UPDATE account_sums SET open_items = coalesce((SELECT group_concat(k.due_on || ':' || k.fen, ' ' ORDER BY k.due_on) FROM (SELECT due_on, SUM(left_fen) AS fen FROM account_entries e
    WHERE e.customer_id = account_sums.customer_id AND e.left_fen > 0 GROUP BY due_on) AS k), '');
UPDATE account_sums SET oldest_left = coalesce((SELECT CAST(SUM(e.left_fen) AS BIGINT) FROM account_entries e WHERE e.customer_id = account_sums.customer_id AND e.left_fen > 0 AND e.due_on = account_sums.oldest_due), 0);
CREATE INDEX account_sums_small       ON account_sums (oldest_left, oldest_due, branch_id, customer_id) WHERE oldest_left > 0;
CREATE INDEX account_sums_name        ON account_sums (name_key, customer_id);
CREATE INDEX account_sums_branch_name ON account_sums (branch_id, name_key, customer_id);

-- A month in which an account moved, and what was open after it.
CREATE TABLE account_months (
  customer_id INTEGER NOT NULL,
  month       TEXT NOT NULL,
  branch_id   INTEGER NOT NULL,
  name_key    TEXT NOT NULL,
  charged_fen INTEGER NOT NULL,
  paid_fen    INTEGER NOT NULL,
  closing_fen INTEGER NOT NULL,
  entries     INTEGER NOT NULL, -- that are not void
  statements  INTEGER NOT NULL, -- of them
  PRIMARY KEY (customer_id, month)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_months_name   ON account_months (month, name_key, customer_id, branch_id);
CREATE INDEX account_months_branch ON account_months (branch_id, month, name_key, customer_id);
INSERT INTO account_months (customer_id, month, branch_id, name_key, charged_fen, paid_fen, closing_fen, entries, statements)
SELECT e.customer_id, e.month, s.branch_id, s.name_key, CAST(SUM(e.charged_fen) AS BIGINT), CAST(SUM(e.paid_fen) AS BIGINT),
  CAST(SUM(SUM(e.charged_fen - e.paid_fen)) OVER (PARTITION BY e.customer_id ORDER BY e.month) AS BIGINT), count(*), SUM(CASE WHEN e.kind = 'statement' THEN 1 ELSE 0 END)
FROM account_entries e JOIN account_sums s ON s.customer_id = e.customer_id WHERE e.voided_at = 0 GROUP BY e.customer_id, e.month, s.branch_id, s.name_key;

-- The same of all accounts of a branch, but for clients in the bin.
CREATE TABLE branch_account_months (
  month       TEXT NOT NULL,
  branch_id   INTEGER NOT NULL,
  accounts    INTEGER NOT NULL,
  entries     INTEGER NOT NULL,
  charged_fen INTEGER NOT NULL,
  paid_fen    INTEGER NOT NULL,
  closing_fen INTEGER NOT NULL,
  PRIMARY KEY (month, branch_id)
) STRICT, WITHOUT ROWID;
INSERT INTO branch_account_months (month, branch_id, accounts, entries, charged_fen, paid_fen, closing_fen)
SELECT month, branch_id, count(*), CAST(SUM(entries) AS BIGINT), CAST(SUM(charged_fen) AS BIGINT), CAST(SUM(paid_fen) AS BIGINT), CAST(SUM(closing_fen) AS BIGINT)
FROM account_months WHERE customer_id NOT IN (SELECT id FROM customers WHERE deleted_at <> 0) GROUP BY month, branch_id;

-- What is to be paid at a branch by due day, and the accounts by the day on
-- which the oldest of what is open was due: on 9999-12-31 those of whom nothing
-- is, credits among them those with money free.
CREATE TABLE branch_account_days (
  branch_id      INTEGER NOT NULL,
  day            TEXT NOT NULL,
  left_fen       INTEGER NOT NULL,
  accounts       INTEGER NOT NULL,
  entries        INTEGER NOT NULL, -- of the accounts, as balance_fen
  balance_fen    INTEGER NOT NULL,
  credits        INTEGER NOT NULL,
  credit_entries INTEGER NOT NULL,
  PRIMARY KEY (branch_id, day)
) STRICT, WITHOUT ROWID;
INSERT INTO branch_account_days (branch_id, day, left_fen, accounts, entries, balance_fen, credits, credit_entries)
SELECT branch_id, day, CAST(SUM(left_fen) AS BIGINT), SUM(accounts), CAST(SUM(entries) AS BIGINT), CAST(SUM(balance_fen) AS BIGINT), SUM(credits), CAST(SUM(credit_entries) AS BIGINT) FROM (
  SELECT branch_id, due_on AS day, left_fen, 0 AS accounts, 0 AS entries, 0 AS balance_fen, 0 AS credits, 0 AS credit_entries FROM account_entries
    WHERE left_fen > 0 AND customer_id NOT IN (SELECT id FROM customers WHERE deleted_at <> 0)
  UNION ALL SELECT branch_id, oldest_due, 0, 1, entries, balance_fen, CASE WHEN balance_fen < 0 THEN 1 ELSE 0 END, CASE WHEN balance_fen < 0 THEN entries ELSE 0 END FROM account_sums
    WHERE entries > 0 AND NOT binned
) AS counted GROUP BY branch_id, day;

-- How often the freight of clients of a branch in a month was changed: what is
-- found from it is kept in memory as long as this stands.
CREATE TABLE freight_versions (
  month     TEXT NOT NULL,
  branch_id INTEGER NOT NULL,
  version   INTEGER NOT NULL,
  PRIMARY KEY (month, branch_id)
) STRICT, WITHOUT ROWID;
INSERT INTO freight_versions (month, branch_id, version) SELECT DISTINCT period, branch_id, 1 FROM waybill_sums WHERE dim = '' AND value = '' AND length(period) = 7;

-- A list by balance sees in its index who owes, and alerts are counted without
-- a look into the bin.
DROP INDEX account_sums_balance;
CREATE INDEX account_sums_balance        ON account_sums (balance_fen, customer_id, oldest_due, branch_id);
DROP INDEX account_sums_branch_balance;
CREATE INDEX account_sums_branch_balance ON account_sums (branch_id, balance_fen, customer_id, oldest_due);
ALTER TABLE radar_alerts ADD COLUMN binned INTEGER NOT NULL DEFAULT 0 CHECK (binned IN (0,1)); -- the client is in the bin
UPDATE radar_alerts SET binned = 1 WHERE customer_id IN (SELECT id FROM customers WHERE deleted_at <> 0);
DROP INDEX radar_alerts_branch;
CREATE INDEX radar_alerts_branch ON radar_alerts (branch_id, state, id, kind, customer_id, binned);
DROP INDEX radar_alerts_state;
CREATE INDEX radar_alerts_state  ON radar_alerts (state, id, kind, customer_id, branch_id, binned);

-- Nothing is read by these any more.
DROP INDEX account_entries_month;
DROP INDEX account_entries_due;

-- +goose Down
SELECT 1;
