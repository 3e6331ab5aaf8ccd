-- +goose Up
-- What a client's parcels of a month tell of its habits, as policy/shipping
-- writes it; kept with the other sums in the transaction of every write.
ALTER TABLE customer_months ADD COLUMN habits TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE customer_months SET habits = (SELECT coalesce(string_agg(k || ':' || n, ' ' ORDER BY k), '') FROM (SELECT CAST(substr(sent_day, 9, 2) AS BIGINT) AS k, CAST(sum(pieces) AS BIGINT) AS n FROM waybills w
    WHERE w.customer_id = customer_months.customer_id AND substr(sent_day, 1, 7) = customer_months.month AND state <> 'cancelled' GROUP BY 1) AS kept)
  || '|' || (SELECT coalesce(string_agg(k || ':' || n, ' ' ORDER BY k), '') FROM (SELECT (sent_at / 3600000 + 8) % 24 AS k, CAST(sum(pieces) AS BIGINT) AS n FROM waybills w
    WHERE w.customer_id = customer_months.customer_id AND substr(sent_day, 1, 7) = customer_months.month AND state <> 'cancelled' AND day_only % 2 = 0 GROUP BY 1) AS kept)
  || '|' || (SELECT coalesce(string_agg(k || ':' || n, ' ' ORDER BY k), '') FROM (SELECT product AS k, CAST(sum(pieces) AS BIGINT) AS n FROM waybills w
    WHERE w.customer_id = customer_months.customer_id AND substr(sent_day, 1, 7) = customer_months.month AND state <> 'cancelled' GROUP BY 1) AS kept)
  || '|' || (SELECT coalesce(string_agg(k || ':' || n, ' ' ORDER BY k), '') FROM (SELECT payment AS k, CAST(sum(pieces) AS BIGINT) AS n FROM waybills w
    WHERE w.customer_id = customer_months.customer_id AND substr(sent_day, 1, 7) = customer_months.month AND state <> 'cancelled' GROUP BY 1) AS kept)
  || '|' || (SELECT coalesce(string_agg(k || ':' || n, ' ' ORDER BY k), '') FROM (SELECT CASE city WHEN '' THEN province ELSE city END AS k, CAST(sum(pieces) AS BIGINT) AS n FROM waybills w
    WHERE w.customer_id = customer_months.customer_id AND substr(sent_day, 1, 7) = customer_months.month AND state <> 'cancelled' GROUP BY 1) AS kept);
UPDATE customer_months SET habits = '' WHERE habits = '||||';

-- To whom time matters, where somebody has said so; else the share of express
-- decides (R65).
CREATE TABLE time_marks (
  customer_id BIGINT NOT NULL PRIMARY KEY REFERENCES customers(id),
  sensitive   BOOLEAN NOT NULL,
  reason      TEXT COLLATE "C" NOT NULL DEFAULT '',
  user_id     BIGINT NOT NULL,
  marked_at   BIGINT NOT NULL,
  version     BIGINT NOT NULL DEFAULT 1
);

-- A client who ships less than its own habit, and what was done about it. key
-- is the week, the month or the silence that it is about: once each.
CREATE TABLE radar_alerts (
  id           BIGINT NOT NULL PRIMARY KEY,
  customer_id  BIGINT NOT NULL REFERENCES customers(id),
  branch_id    BIGINT NOT NULL REFERENCES branches(id), -- the client's
  kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('week','months','silence')),
  key          TEXT COLLATE "C" NOT NULL,
  day          TEXT COLLATE "C" NOT NULL, -- up to which parcels were known
  expected     BIGINT NOT NULL, -- pieces
  got          BIGINT NOT NULL,
  detail       TEXT COLLATE "C" NOT NULL DEFAULT '', -- of policy/radar: how it came about
  rule_branch  BIGINT NOT NULL DEFAULT 0,
  rule_version BIGINT NOT NULL DEFAULT 0, -- 0 = the default
  state        TEXT COLLATE "C" NOT NULL DEFAULT 'open' CHECK (state IN ('open','doing','closed')),
  reason       TEXT COLLATE "C" NOT NULL DEFAULT '',
  response     TEXT COLLATE "C" NOT NULL DEFAULT '',
  note         TEXT COLLATE "C" NOT NULL DEFAULT '',
  owner_id     BIGINT NOT NULL DEFAULT 0, -- who does it
  due_day      TEXT COLLATE "C" NOT NULL DEFAULT '',
  result       TEXT COLLATE "C" NOT NULL DEFAULT '',
  closed_day   TEXT COLLATE "C" NOT NULL DEFAULT '',
  version      BIGINT NOT NULL DEFAULT 1,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX radar_alerts_key      ON radar_alerts (customer_id, kind, key);
CREATE INDEX        radar_alerts_branch   ON radar_alerts (branch_id, state, id);
CREATE INDEX        radar_alerts_state    ON radar_alerts (state, id);

-- +goose Down
SELECT 1;
