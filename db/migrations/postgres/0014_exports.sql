-- +goose Up
-- What left the house: each file and each print, with the audit record that
-- tells of it. A task that is taken up again after a crash finds its own.
CREATE TABLE exports (
  audit_id  BIGINT NOT NULL PRIMARY KEY,
  at        BIGINT NOT NULL,
  user_id   BIGINT REFERENCES users(id), -- NULL: the program itself
  act       TEXT COLLATE "C" NOT NULL,
  rows      BIGINT NOT NULL,
  reference TEXT COLLATE "C" NOT NULL, -- stands in the file; "" on a print
  task_id   BIGINT UNIQUE
);

-- Which clients stood in it.
CREATE TABLE export_customers (
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  audit_id    BIGINT NOT NULL REFERENCES exports(audit_id),
  PRIMARY KEY (customer_id, audit_id)
);

-- +goose Down
SELECT 1;
