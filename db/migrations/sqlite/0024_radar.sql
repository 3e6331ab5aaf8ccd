-- +goose Up
-- What a client's parcels of a month tell of its habits, as policy/shipping
-- writes it; kept with the other sums in the transaction of every write.
ALTER TABLE customer_months ADD COLUMN habits TEXT NOT NULL DEFAULT '';
UPDATE customer_months SET habits = (SELECT coalesce(group_concat(k || ':' || n, ' ' ORDER BY k), '') FROM (SELECT CAST(substr(sent_day, 9, 2) AS BIGINT) AS k, CAST(sum(pieces) AS BIGINT) AS n FROM waybills w
    WHERE w.customer_id = customer_months.customer_id AND substr(sent_day, 1, 7) = customer_months.month AND state <> 'cancelled' GROUP BY 1) AS kept)
  || '|' || (SELECT coalesce(group_concat(k || ':' || n, ' ' ORDER BY k), '') FROM (SELECT (sent_at / 3600000 + 8) % 24 AS k, CAST(sum(pieces) AS BIGINT) AS n FROM waybills w
    WHERE w.customer_id = customer_months.customer_id AND substr(sent_day, 1, 7) = customer_months.month AND state <> 'cancelled' AND day_only % 2 = 0 GROUP BY 1) AS kept)
  || '|' || (SELECT coalesce(group_concat(k || ':' || n, ' ' ORDER BY k), '') FROM (SELECT product AS k, CAST(sum(pieces) AS BIGINT) AS n FROM waybills w
    WHERE w.customer_id = customer_months.customer_id AND substr(sent_day, 1, 7) = customer_months.month AND state <> 'cancelled' GROUP BY 1) AS kept)
  || '|' || (SELECT coalesce(group_concat(k || ':' || n, ' ' ORDER BY k), '') FROM (SELECT payment AS k, CAST(sum(pieces) AS BIGINT) AS n FROM waybills w
    WHERE w.customer_id = customer_months.customer_id AND substr(sent_day, 1, 7) = customer_months.month AND state <> 'cancelled' GROUP BY 1) AS kept)
  || '|' || (SELECT coalesce(group_concat(k || ':' || n, ' ' ORDER BY k), '') FROM (SELECT CASE city WHEN '' THEN province ELSE city END AS k, CAST(sum(pieces) AS BIGINT) AS n FROM waybills w
    WHERE w.customer_id = customer_months.customer_id AND substr(sent_day, 1, 7) = customer_months.month AND state <> 'cancelled' GROUP BY 1) AS kept);
UPDATE customer_months SET habits = '' WHERE habits = '||||';

-- To whom time matters, where somebody has said so; else the share of express
-- decides (R65).
CREATE TABLE time_marks (
  customer_id INTEGER NOT NULL PRIMARY KEY REFERENCES customers(id),
  sensitive   INTEGER NOT NULL,
  reason      TEXT NOT NULL DEFAULT '',
  user_id     INTEGER NOT NULL,
  marked_at   INTEGER NOT NULL,
  version     INTEGER NOT NULL DEFAULT 1
) STRICT;

-- A client who ships less than its own habit, and what was done about it. key
-- is the week, the month or the silence that it is about: once each.
CREATE TABLE radar_alerts (
  id           INTEGER NOT NULL PRIMARY KEY,
  customer_id  INTEGER NOT NULL REFERENCES customers(id),
  branch_id    INTEGER NOT NULL REFERENCES branches(id), -- the client's
  kind         TEXT NOT NULL CHECK (kind IN ('week','months','silence')),
  key          TEXT NOT NULL,
  day          TEXT NOT NULL, -- up to which parcels were known
  expected     INTEGER NOT NULL, -- pieces
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
  updated_at   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX radar_alerts_key      ON radar_alerts (customer_id, kind, key);
CREATE INDEX        radar_alerts_branch   ON radar_alerts (branch_id, state, id);
CREATE INDEX        radar_alerts_state    ON radar_alerts (state, id);

-- +goose Down
SELECT 1;
