-- +goose Up
-- The last day on which a person may sign in; empty when nothing is planned.
ALTER TABLE users ADD COLUMN leaves_on TEXT NOT NULL DEFAULT '';
CREATE INDEX users_leaving ON users (leaves_on) WHERE leaves_on <> '';
CREATE INDEX users_name ON users (name_key, id);

-- One-time links by which a person chooses a password: at most one a person.
CREATE TABLE user_links (
  user_id    INTEGER NOT NULL PRIMARY KEY REFERENCES users(id),
  kind       TEXT NOT NULL CHECK (kind IN ('invite','reset')),
  hash       TEXT NOT NULL UNIQUE, -- SHA-256 of the token, hex; the token is kept nowhere
  expires_at INTEGER NOT NULL,
  created_by INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- The work of one person on its way to others: planned, done, or taken back.
CREATE TABLE handovers (
  id         INTEGER NOT NULL PRIMARY KEY,
  from_id    INTEGER NOT NULL REFERENCES users(id),
  branch_id  INTEGER NOT NULL REFERENCES branches(id), -- home branch of that person then
  user_id    INTEGER NOT NULL,          -- who planned it
  state      TEXT NOT NULL CHECK (state IN ('draft','done','undone')),
  rules      TEXT NOT NULL,             -- JSON: kind of work to rule
  ending     TEXT NOT NULL CHECK (ending IN ('keep','date','now')), -- of the account
  ends_on    TEXT NOT NULL DEFAULT '',  -- day, with 'date'
  rest_count INTEGER NOT NULL DEFAULT 0, -- what one act was too small for
  done_by    INTEGER NOT NULL DEFAULT 0,
  done_at    INTEGER NOT NULL DEFAULT 0,
  undone_by  INTEGER NOT NULL DEFAULT 0,
  undone_at  INTEGER NOT NULL DEFAULT 0,
  version    INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX handovers_from ON handovers (from_id, id);
CREATE INDEX handovers_branch ON handovers (branch_id, id);

CREATE TABLE handover_items (
  handover_id INTEGER NOT NULL REFERENCES handovers(id),
  position    INTEGER NOT NULL,         -- in the order of the sheet
  kind        TEXT NOT NULL, -- of work: owner, clerk, visit, …
  row_id      INTEGER NOT NULL,         -- of the customer or the visit
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  branch_id   INTEGER NOT NULL REFERENCES branches(id),
  to_id       INTEGER REFERENCES users(id), -- NULL = nobody yet
  state       TEXT NOT NULL DEFAULT 'planned' CHECK (state IN ('planned','moved','kept','failed','reversed')),
  why         TEXT NOT NULL DEFAULT '', -- code for kept and failed
  since       TEXT NOT NULL DEFAULT '', -- owner_since as it was
  PRIMARY KEY (handover_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX handover_items_row ON handover_items (handover_id, kind, row_id);
CREATE INDEX handover_items_to ON handover_items (to_id, handover_id);

-- +goose Down
SELECT 1;
