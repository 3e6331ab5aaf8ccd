-- +goose Up
-- How much of what is capped a person took out on a business day: masked fields
-- revealed, rows exported.
CREATE TABLE daily_uses (
  user_id BIGINT NOT NULL REFERENCES users(id),
  day     TEXT COLLATE "C" NOT NULL,
  kind    TEXT COLLATE "C" NOT NULL CHECK (kind IN ('reveals','rows')),
  used    BIGINT NOT NULL,
  PRIMARY KEY (user_id, day, kind)
);
CREATE INDEX daily_uses_day ON daily_uses (day);

-- Every masked field that was shown in full: who, whose, which, for what. The
-- value itself stands nowhere but in the client's row.
CREATE TABLE reveals (
  id          BIGINT NOT NULL PRIMARY KEY,
  at          BIGINT NOT NULL,
  day         TEXT COLLATE "C" NOT NULL,
  user_id     BIGINT NOT NULL REFERENCES users(id),
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  contact_id  BIGINT REFERENCES contacts(id),
  branch_id   BIGINT NOT NULL REFERENCES branches(id), -- of the client
  field       TEXT COLLATE "C" NOT NULL CHECK (field IN ('phone','wechat','email','address')),
  purpose     TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('call','verify','complaint','other')),
  audit_id    BIGINT NOT NULL -- where the purpose stands in words
);
CREATE INDEX reveals_user     ON reveals (user_id, at);
CREATE INDEX reveals_day      ON reveals (day, user_id, customer_id);
CREATE INDEX reveals_customer ON reveals (customer_id, at);

-- Unusual looking at clients' data, told to managers: once per person and day.
CREATE TABLE look_alerts (
  id         BIGINT NOT NULL PRIMARY KEY,
  user_id    BIGINT NOT NULL REFERENCES users(id),
  branch_id  BIGINT NOT NULL REFERENCES branches(id), -- the person's own
  day        TEXT COLLATE "C" NOT NULL,
  at         BIGINT NOT NULL,
  kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('files','reveals')),
  count      BIGINT NOT NULL, -- files or fields
  usual      BIGINT NOT NULL, -- the person's median day, or the limit
  seen_at    BIGINT NOT NULL DEFAULT 0, -- 0 = nobody has looked at it
  seen_by    BIGINT REFERENCES users(id),
  note       TEXT COLLATE "C" NOT NULL DEFAULT '',
  version    BIGINT NOT NULL DEFAULT 1,
  updated_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX look_alerts_once   ON look_alerts (user_id, day);
CREATE INDEX look_alerts_branch ON look_alerts (branch_id, id);
CREATE INDEX look_alerts_open   ON look_alerts (branch_id) WHERE seen_at = 0;

-- +goose Down
SELECT 1;
