-- +goose Up
-- What a client, or who stood at the door, thought of us: asked for by a link,
-- on our own device or in a call, and answered once. Of a link only the hash is
-- kept.
CREATE TABLE ratings (
  id           BIGINT NOT NULL PRIMARY KEY,
  kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('case','delivery','service','call')),
  branch_id    BIGINT NOT NULL REFERENCES branches(id), -- the client's, else the parcel's
  customer_id  BIGINT REFERENCES customers(id),
  contact_id   BIGINT REFERENCES contacts(id),
  case_id      BIGINT NOT NULL DEFAULT 0,
  waybill_id   BIGINT NOT NULL DEFAULT 0,
  user_id      BIGINT NOT NULL DEFAULT 0,  -- whom it is about, 0 = nobody known
  day          TEXT COLLATE "C" NOT NULL,               -- of the occasion
  way          TEXT COLLATE "C" NOT NULL CHECK (way IN ('own_device','link','qr','call')),
  asked_by     BIGINT NOT NULL,
  asked_at     BIGINT NOT NULL,            -- unix milliseconds, as the next three; 0 = not
  expires_at   BIGINT NOT NULL DEFAULT 0,
  revoked_at   BIGINT NOT NULL DEFAULT 0,
  answered_at  BIGINT NOT NULL DEFAULT 0,
  token_hash   TEXT COLLATE "C" NOT NULL DEFAULT '',
  answered_on  TEXT COLLATE "C" NOT NULL DEFAULT '',    -- day
  score        BIGINT NOT NULL DEFAULT 0 CHECK (score BETWEEN 0 AND 5), -- 0 = none yet
  unhappy      BOOLEAN NOT NULL DEFAULT FALSE, -- by the rule of the day of the answer
  rule_version BIGINT NOT NULL DEFAULT 0,
  comment      TEXT COLLATE "C" NOT NULL DEFAULT '',
  solved       TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (solved IN ('','yes','partly','no')), -- of a call
  next_step    TEXT COLLATE "C" NOT NULL DEFAULT '',
  binned       BOOLEAN NOT NULL DEFAULT FALSE, -- the client is in the bin: it counts nowhere
  version      BIGINT NOT NULL DEFAULT 1,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX ratings_token    ON ratings (token_hash) WHERE token_hash <> '';
CREATE INDEX        ratings_customer ON ratings (customer_id, answered_on, id);
CREATE INDEX        ratings_waybill  ON ratings (waybill_id, id) WHERE waybill_id <> 0;
CREATE INDEX        ratings_case     ON ratings (case_id, id) WHERE case_id <> 0;
-- Figures are counted without a look at the rows.
CREATE INDEX        ratings_day      ON ratings (answered_on, id, branch_id, kind, score, unhappy, user_id, customer_id, binned) WHERE answered_on <> '';
CREATE INDEX        ratings_branch   ON ratings (branch_id, answered_on, id, kind, score, unhappy, user_id, customer_id, binned) WHERE answered_on <> '';

-- +goose Down
SELECT 1;
