-- +goose Up
-- The last day on which a person may sign in; empty when nothing is planned.
ALTER TABLE users ADD COLUMN leaves_on TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX users_leaving ON users (leaves_on) WHERE leaves_on <> '';
CREATE INDEX users_name ON users (name_key, id);

-- One-time links by which a person chooses a password: at most one a person.
CREATE TABLE user_links (
  user_id    BIGINT NOT NULL PRIMARY KEY REFERENCES users(id),
  kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('invite','reset')),
  hash       TEXT COLLATE "C" NOT NULL UNIQUE, -- SHA-256 of the token, hex; the token is kept nowhere
  expires_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

-- The work of one person on its way to others: planned, done, or taken back.
CREATE TABLE handovers (
  id         BIGINT NOT NULL PRIMARY KEY,
  from_id    BIGINT NOT NULL REFERENCES users(id),
  branch_id  BIGINT NOT NULL REFERENCES branches(id), -- home branch of that person then
  user_id    BIGINT NOT NULL,          -- who planned it
  state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft','done','undone')),
  rules      TEXT COLLATE "C" NOT NULL,             -- JSON: kind of work to rule
  ending     TEXT COLLATE "C" NOT NULL CHECK (ending IN ('keep','date','now')), -- of the account
  ends_on    TEXT COLLATE "C" NOT NULL DEFAULT '',  -- day, with 'date'
  rest_count BIGINT NOT NULL DEFAULT 0, -- what one act was too small for
  done_by    BIGINT NOT NULL DEFAULT 0,
  done_at    BIGINT NOT NULL DEFAULT 0,
  undone_by  BIGINT NOT NULL DEFAULT 0,
  undone_at  BIGINT NOT NULL DEFAULT 0,
  version    BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX handovers_from ON handovers (from_id, id);
CREATE INDEX handovers_branch ON handovers (branch_id, id);

CREATE TABLE handover_items (
  handover_id BIGINT NOT NULL REFERENCES handovers(id),
  position    BIGINT NOT NULL,         -- in the order of the sheet
  kind        TEXT COLLATE "C" NOT NULL, -- of work: owner, clerk, visit, …
  row_id      BIGINT NOT NULL,         -- of the customer or the visit
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  branch_id   BIGINT NOT NULL REFERENCES branches(id),
  to_id       BIGINT REFERENCES users(id), -- NULL = nobody yet
  state       TEXT COLLATE "C" NOT NULL DEFAULT 'planned' CHECK (state IN ('planned','moved','kept','failed','reversed')),
  why         TEXT COLLATE "C" NOT NULL DEFAULT '', -- code for kept and failed
  since       TEXT COLLATE "C" NOT NULL DEFAULT '', -- owner_since as it was
  PRIMARY KEY (handover_id, position)
);
CREATE INDEX handover_items_row ON handover_items (handover_id, kind, row_id);
CREATE INDEX handover_items_to ON handover_items (to_id, handover_id);

-- +goose Down
SELECT 1;
