-- +goose Up
-- What left the house: each file and each print, with the audit record that
-- tells of it. A task that is taken up again after a crash finds its own.
CREATE TABLE exports (
  audit_id  INTEGER NOT NULL PRIMARY KEY,
  at        INTEGER NOT NULL,
  user_id   INTEGER REFERENCES users(id), -- NULL: the program itself
  act       TEXT NOT NULL,
  rows      INTEGER NOT NULL,
  reference TEXT NOT NULL, -- stands in the file; "" on a print
  task_id   INTEGER UNIQUE
) STRICT;

-- Which clients stood in it.
CREATE TABLE export_customers (
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  audit_id    INTEGER NOT NULL REFERENCES exports(audit_id),
  PRIMARY KEY (customer_id, audit_id)
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 1;
