-- +goose Up
-- What the rules look at of a client's months (customer_months), packed into
-- one narrow row, so that a night reads one row of each client in the order of
-- the branch. It is a copy: a client without a row, or noted in figures_noted,
-- is worked out of its months.
CREATE TABLE customer_figures (
  branch_id   BIGINT NOT NULL,
  customer_id BIGINT NOT NULL,
  packed      BYTEA NOT NULL, -- db/figures_pack.go
  PRIMARY KEY (branch_id, customer_id)
);

-- Clients whose months were written since their figures were: noted in the
-- same transaction, taken off by the next night.
CREATE TABLE figures_noted (
  id        BIGINT NOT NULL PRIMARY KEY,
  customers BYTEA NOT NULL -- their ids, each as the difference from the one before
);

-- +goose Down
SELECT 1;
