-- +goose Up
-- How much of what is capped a person took out on a business day: masked fields
-- revealed, rows exported.
CREATE TABLE daily_uses (
  user_id INTEGER NOT NULL REFERENCES users(id),
  day     TEXT NOT NULL,
  kind    TEXT NOT NULL CHECK (kind IN ('reveals','rows')),
  used    INTEGER NOT NULL,
  PRIMARY KEY (user_id, day, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX daily_uses_day ON daily_uses (day);

-- Every masked field that was shown in full: who, whose, which, for what. The
-- value itself stands nowhere but in the client's row.
CREATE TABLE reveals (
  id          INTEGER NOT NULL PRIMARY KEY,
  at          INTEGER NOT NULL,
  day         TEXT NOT NULL,
  user_id     INTEGER NOT NULL REFERENCES users(id),
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  contact_id  INTEGER REFERENCES contacts(id),
  branch_id   INTEGER NOT NULL REFERENCES branches(id), -- of the client
  field       TEXT NOT NULL CHECK (field IN ('phone','wechat','email','address')),
  purpose     TEXT NOT NULL CHECK (purpose IN ('call','verify','complaint','other')),
  audit_id    INTEGER NOT NULL -- where the purpose stands in words
) STRICT;
CREATE INDEX reveals_user     ON reveals (user_id, at);
CREATE INDEX reveals_day      ON reveals (day, user_id, customer_id);
CREATE INDEX reveals_customer ON reveals (customer_id, at);

-- Unusual looking at clients' data, told to managers: once per person and day.
CREATE TABLE look_alerts (
  id         INTEGER NOT NULL PRIMARY KEY,
  user_id    INTEGER NOT NULL REFERENCES users(id),
  branch_id  INTEGER NOT NULL REFERENCES branches(id), -- the person's own
  day        TEXT NOT NULL,
  at         INTEGER NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('files','reveals')),
  count      INTEGER NOT NULL, -- files or fields
  usual      INTEGER NOT NULL, -- the person's median day, or the limit
  seen_at    INTEGER NOT NULL DEFAULT 0, -- 0 = nobody has looked at it
  seen_by    INTEGER REFERENCES users(id),
  note       TEXT NOT NULL DEFAULT '',
  version    INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX look_alerts_once   ON look_alerts (user_id, day);
CREATE INDEX look_alerts_branch ON look_alerts (branch_id, id);
CREATE INDEX look_alerts_open   ON look_alerts (branch_id) WHERE seen_at = 0;

-- +goose Down
SELECT 1;
