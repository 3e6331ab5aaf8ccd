-- +goose Up
-- What the company's rules ask somebody to do: a parcel that is stuck, a client
-- whose shipping falls off. Each once by its kind and key.
CREATE TABLE todos (
  id          INTEGER NOT NULL PRIMARY KEY,
  kind        TEXT NOT NULL,
  key         TEXT NOT NULL,
  customer_id INTEGER REFERENCES customers(id),
  waybill_id  INTEGER, -- of waybills, NULL = about no parcel
  branch_id   INTEGER NOT NULL REFERENCES branches(id),
  user_id     INTEGER REFERENCES users(id), -- NULL = whoever at the branch takes it
  due         TEXT NOT NULL, -- YYYY-MM-DD
  args        TEXT NOT NULL DEFAULT '{}', -- JSON, what its words are filled with; nothing of a person
  state       TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open','done','dropped')),
  result      TEXT NOT NULL DEFAULT '', -- what came of it, or why it was dropped
  closed_by   INTEGER REFERENCES users(id),
  closed_at   INTEGER NOT NULL DEFAULT 0, -- unix milliseconds
  version     INTEGER NOT NULL DEFAULT 1,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  deleted_at  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX todos_key      ON todos (kind, key);
CREATE INDEX        todos_mine     ON todos (user_id, due, id) WHERE state = 'open';
CREATE INDEX        todos_branch   ON todos (branch_id, due, id) WHERE state = 'open';
CREATE INDEX        todos_due      ON todos (due, id) WHERE state = 'open';
CREATE INDEX        todos_closed   ON todos (closed_at, id) WHERE state <> 'open';
CREATE INDEX        todos_customer ON todos (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX        todos_waybill  ON todos (waybill_id) WHERE waybill_id IS NOT NULL;

-- +goose Down
SELECT 1;
