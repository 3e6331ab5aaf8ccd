-- +goose Up
-- What the rules look at of a client's months (customer_months), packed into
-- one narrow row, so that a night reads one row of each client in the order of
-- the branch. It is a copy: a client without a row, or noted in figures_noted,
-- is worked out of its months.
CREATE TABLE customer_figures (
  branch_id   INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  packed      BLOB NOT NULL, -- db/figures_pack.go
  PRIMARY KEY (branch_id, customer_id)
) STRICT, WITHOUT ROWID;

-- Clients whose months were written since their figures were: noted in the
-- same transaction, taken off by the next night.
CREATE TABLE figures_noted (
  id        INTEGER NOT NULL PRIMARY KEY,
  customers BLOB NOT NULL -- their ids, each as the difference from the one before
) STRICT;

-- The words of a client's row that the rules look at, as the night reads them
-- (db/class_books.go): the text must stay the same to the sign.
CREATE INDEX customers_booked ON customers (branch_id, deleted_at, id, (version || '|' || class || '|' || worth || '|' || rfm || '|' || tier || '|' || level || '|' || stage || '|' || marks || '|' || size || '|' || power || '|' || monthly_pieces || '|' || screen_place || '|' || screen_profit || '|' || screen_staff || '|' || screen_culture || '|' || industry));

-- +goose Down
SELECT 1;
