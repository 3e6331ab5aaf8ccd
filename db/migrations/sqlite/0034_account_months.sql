-- +goose Up
-- The month, YYYY-MM, that a document belongs to on a monthly sheet (R30): what
-- is charged to the latest month that it names, money to that of its day. It is
-- kept with what is open of the document.
ALTER TABLE account_entries ADD COLUMN month TEXT NOT NULL DEFAULT '';
UPDATE account_entries SET month = CASE WHEN charged_fen <> 0 AND periods <> '' THEN substr(periods, length(periods) - 6) ELSE substr(day, 1, 7) END;
CREATE INDEX account_entries_month ON account_entries (branch_id, month, customer_id, voided_at, kind, charged_fen, paid_fen);

-- What is open of an account, what is open at a branch by due day, and a
-- branch's sums are read from the index alone.
CREATE INDEX account_entries_due ON account_entries (branch_id, due_on, left_fen, customer_id) WHERE left_fen > 0;
DROP INDEX account_sums_branch_balance;
CREATE INDEX account_sums_branch_balance ON account_sums (branch_id, balance_fen, customer_id, free_fen, entries);
DROP INDEX account_entries_open;
CREATE INDEX account_entries_open ON account_entries (customer_id, due_on, left_fen) WHERE left_fen > 0;

-- +goose Down
SELECT 1;
