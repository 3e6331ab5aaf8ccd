-- +goose Up
-- Where each client stood at the end of each month: class, stage, kind, source,
-- and the months in which it sent something (policy/monthend). It stands under
-- the branch that the client stands in.
CREATE TABLE client_histories (
  branch_id   INTEGER NOT NULL,
  customer_id INTEGER NOT NULL,
  packed      TEXT NOT NULL,
  cell        TEXT NOT NULL DEFAULT '', -- grades of recency, frequency and money at the end of the last month; '' = never sent
  fen         INTEGER NOT NULL DEFAULT 0, -- freight of the twelve months before that
  PRIMARY KEY (branch_id, customer_id)
) STRICT, WITHOUT ROWID;

-- How many clients of a branch made which move in a month, of one thing that is
-- kept of them; counted along with what is above.
CREATE TABLE client_moves (
  dim       TEXT NOT NULL,
  month     INTEGER NOT NULL, -- months since the year 0
  branch_id INTEGER NOT NULL,
  counts    TEXT NOT NULL,
  PRIMARY KEY (dim, month, branch_id)
) STRICT, WITHOUT ROWID;

-- Of which months that was done for a branch. The version grows with each write
-- by anybody, so that a night sees that a client moved meanwhile.
CREATE TABLE client_history_runs (
  branch_id INTEGER NOT NULL PRIMARY KEY REFERENCES branches(id),
  first     INTEGER NOT NULL, -- the first month that is counted
  month     INTEGER NOT NULL, -- the last one; 0 = none yet
  freight   INTEGER NOT NULL, -- version of the freight that it was found from
  version   INTEGER NOT NULL
) STRICT;

-- +goose Down
SELECT 1;
