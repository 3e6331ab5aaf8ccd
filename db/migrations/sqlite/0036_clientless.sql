-- +goose Up
-- A to-do about a parcel of a sender who is no client is handed over, too.
CREATE TABLE handover_pieces (
  handover_id INTEGER NOT NULL REFERENCES handovers(id),
  position    INTEGER NOT NULL,         -- in the order of the sheet
  kind        TEXT NOT NULL, -- of work: owner, clerk, visit, …
  row_id      INTEGER NOT NULL,         -- of the customer, the visit or the to-do
  customer_id INTEGER REFERENCES customers(id), -- NULL = a to-do about no client
  branch_id   INTEGER NOT NULL REFERENCES branches(id),
  to_id       INTEGER REFERENCES users(id), -- NULL = nobody yet
  state       TEXT NOT NULL DEFAULT 'planned' CHECK (state IN ('planned','moved','kept','failed','reversed')),
  why         TEXT NOT NULL DEFAULT '', -- code for kept and failed
  since       TEXT NOT NULL DEFAULT '', -- owner_since as it was
  PRIMARY KEY (handover_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO handover_pieces (handover_id, position, kind, row_id, customer_id, branch_id, to_id, state, why, since)
  SELECT handover_id, position, kind, row_id, customer_id, branch_id, to_id, state, why, since FROM handover_items;
DROP TABLE handover_items;
ALTER TABLE handover_pieces RENAME TO handover_items;
CREATE INDEX handover_items_row ON handover_items (handover_id, kind, row_id);
CREATE INDEX handover_items_to ON handover_items (to_id, handover_id);

-- +goose Down
SELECT 1;
