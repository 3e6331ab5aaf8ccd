-- +goose Up
-- The case that was opened for an unhappy answer, so that the one names the other.
ALTER TABLE ratings ADD COLUMN led_to INTEGER NOT NULL DEFAULT 0; -- 0 = none

-- The radar also tells of clients whose answers fall.
CREATE TABLE radar_alerts_new (
  id           INTEGER NOT NULL PRIMARY KEY,
  customer_id  INTEGER NOT NULL REFERENCES customers(id),
  branch_id    INTEGER NOT NULL REFERENCES branches(id), -- the client's
  kind         TEXT NOT NULL CHECK (kind IN ('week','months','silence','payment','rating')),
  key          TEXT NOT NULL,
  day          TEXT NOT NULL, -- up to which parcels were known
  expected     INTEGER NOT NULL, -- pieces; of a payment days late or fen, of a rating tenths of the index
  got          INTEGER NOT NULL,
  detail       TEXT NOT NULL DEFAULT '', -- of policy/radar: how it came about
  rule_branch  INTEGER NOT NULL DEFAULT 0,
  rule_version INTEGER NOT NULL DEFAULT 0, -- 0 = the default
  state        TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open','doing','closed')),
  reason       TEXT NOT NULL DEFAULT '',
  response     TEXT NOT NULL DEFAULT '',
  note         TEXT NOT NULL DEFAULT '',
  owner_id     INTEGER NOT NULL DEFAULT 0, -- who does it
  due_day      TEXT NOT NULL DEFAULT '',
  result       TEXT NOT NULL DEFAULT '',
  closed_day   TEXT NOT NULL DEFAULT '',
  version      INTEGER NOT NULL DEFAULT 1,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  usual        INTEGER NOT NULL DEFAULT 0, -- pieces of a usual week
  ended        TEXT NOT NULL DEFAULT '',   -- of policy/radar: why it ended by itself; '' = a person ended it
  again_day    TEXT NOT NULL DEFAULT '',   -- when it was last taken up again
  binned       INTEGER NOT NULL DEFAULT 0 CHECK (binned IN (0,1)) -- the client is in the bin
) STRICT;
INSERT INTO radar_alerts_new (id, customer_id, branch_id, kind, key, day, expected, got, detail, rule_branch, rule_version, state, reason, response, note, owner_id, due_day, result,
  closed_day, version, created_at, updated_at, usual, ended, again_day, binned)
SELECT id, customer_id, branch_id, kind, key, day, expected, got, detail, rule_branch, rule_version, state, reason, response, note, owner_id, due_day, result,
  closed_day, version, created_at, updated_at, usual, ended, again_day, binned FROM radar_alerts;
DROP TABLE radar_alerts;
ALTER TABLE radar_alerts_new RENAME TO radar_alerts;
CREATE UNIQUE INDEX radar_alerts_key    ON radar_alerts (customer_id, kind, key);
CREATE INDEX        radar_alerts_branch ON radar_alerts (branch_id, state, id, kind, customer_id, binned);
CREATE INDEX        radar_alerts_state  ON radar_alerts (state, id, kind, customer_id, branch_id, binned);

-- +goose Down
SELECT 1;
