-- +goose Up
-- What the company's rules ask somebody to do: a parcel that is stuck, a client
-- whose shipping falls off. Each once by its kind and key.
CREATE TABLE todos (
  id          BIGINT NOT NULL PRIMARY KEY,
  kind        TEXT COLLATE "C" NOT NULL,
  key         TEXT COLLATE "C" NOT NULL,
  customer_id BIGINT REFERENCES customers(id),
  waybill_id  BIGINT, -- of waybills, NULL = about no parcel
  branch_id   BIGINT NOT NULL REFERENCES branches(id),
  user_id     BIGINT REFERENCES users(id), -- NULL = whoever at the branch takes it
  due         TEXT COLLATE "C" NOT NULL, -- YYYY-MM-DD
  args        TEXT COLLATE "C" NOT NULL DEFAULT '{}', -- JSON, what its words are filled with; nothing of a person
  state       TEXT COLLATE "C" NOT NULL DEFAULT 'open' CHECK (state IN ('open','done','dropped')),
  result      TEXT COLLATE "C" NOT NULL DEFAULT '', -- what came of it, or why it was dropped
  closed_by   BIGINT REFERENCES users(id),
  closed_at   BIGINT NOT NULL DEFAULT 0, -- unix milliseconds
  version     BIGINT NOT NULL DEFAULT 1,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  deleted_at  BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX todos_key      ON todos (kind, key);
CREATE INDEX        todos_mine     ON todos (user_id, due, id) WHERE state = 'open';
CREATE INDEX        todos_branch   ON todos (branch_id, due, id) WHERE state = 'open';
CREATE INDEX        todos_due      ON todos (due, id) WHERE state = 'open';
CREATE INDEX        todos_closed   ON todos (closed_at, id) WHERE state <> 'open';
CREATE INDEX        todos_customer ON todos (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX        todos_waybill  ON todos (waybill_id) WHERE waybill_id IS NOT NULL;

-- +goose Down
SELECT 1;
