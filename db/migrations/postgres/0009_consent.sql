-- +goose Up
-- What a person at a client said to each purpose for which the company would
-- use their data. Never changed: a new answer supersedes the one before.
CREATE TABLE consents (
  id            BIGINT NOT NULL PRIMARY KEY,
  contact_id    BIGINT NOT NULL REFERENCES contacts(id),
  customer_id   BIGINT NOT NULL REFERENCES customers(id),
  branch_id     BIGINT NOT NULL REFERENCES branches(id),
  purpose       TEXT COLLATE "C" NOT NULL, -- a word of policy/consent, or one that head office added
  state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('given','refused','withdrawn')),
  source        TEXT COLLATE "C" NOT NULL CHECK (source IN ('form','phone','paper','wechat','contract','in_person','other')),
  day           TEXT COLLATE "C" NOT NULL, -- on which it was said
  note          TEXT COLLATE "C" NOT NULL DEFAULT '', -- where the evidence is
  user_id       BIGINT NOT NULL DEFAULT 0, -- who wrote it down
  created_at    BIGINT NOT NULL,
  superseded_at BIGINT NOT NULL DEFAULT 0 -- 0 = holds
);
CREATE UNIQUE INDEX consents_now ON consents (contact_id, purpose) WHERE superseded_at = 0;
CREATE INDEX consents_customer ON consents (customer_id, id);
CREATE INDEX consents_purpose ON consents (purpose, state, branch_id) WHERE superseded_at = 0;

-- What persons asked of their data: a copy, a correction, an erasure.
CREATE TABLE person_requests (
  id          BIGINT NOT NULL PRIMARY KEY,
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  contact_id  BIGINT REFERENCES contacts(id), -- NULL = the client itself
  branch_id   BIGINT NOT NULL REFERENCES branches(id),
  kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('copy','correction','erasure')),
  state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('open','proposed','done','refused')),
  channel     TEXT COLLATE "C" NOT NULL CHECK (channel IN ('form','phone','paper','wechat','contract','in_person','other')),
  received_on TEXT COLLATE "C" NOT NULL, -- day
  due_on      TEXT COLLATE "C" NOT NULL, -- day
  asked       TEXT COLLATE "C" NOT NULL DEFAULT '', -- in the person's words
  reply       TEXT COLLATE "C" NOT NULL DEFAULT '', -- what they were answered
  handler_id  BIGINT REFERENCES users(id),
  proposed_by BIGINT REFERENCES users(id), -- of an erasure: the first of two
  proposed_at BIGINT NOT NULL DEFAULT 0,
  decided_by  BIGINT REFERENCES users(id), -- who closed it
  decided_at  BIGINT NOT NULL DEFAULT 0,
  version     BIGINT NOT NULL DEFAULT 1,
  created_by  BIGINT NOT NULL DEFAULT 0,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL
);
CREATE INDEX person_requests_due ON person_requests (branch_id, due_on, id) WHERE state IN ('open','proposed');
CREATE INDEX person_requests_branch ON person_requests (branch_id, id);
CREATE INDEX person_requests_customer ON person_requests (customer_id, id);

-- Erasures that were carried out. Nothing in it says who it was: an id, a day,
-- how much. The same stands in a file beside the database, so that an older
-- back-up that is restored is erased again before anybody reads it.
CREATE TABLE erasures (
  id          BIGINT NOT NULL PRIMARY KEY,
  kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('customer','contact')),
  row_id      BIGINT NOT NULL,
  customer_id BIGINT NOT NULL,
  branch_id   BIGINT NOT NULL,
  request_id  BIGINT NOT NULL DEFAULT 0,
  at          BIGINT NOT NULL,           -- of the first time
  again_at    BIGINT NOT NULL DEFAULT 0, -- of the last time after a restore
  proposed_by BIGINT NOT NULL DEFAULT 0,
  decided_by  BIGINT NOT NULL DEFAULT 0,
  counts      TEXT COLLATE "C" NOT NULL DEFAULT '', -- JSON: what went, by kind
  pending     TEXT COLLATE "C" NOT NULL DEFAULT ''  -- JSON: contents that are still to be removed from the files
);
CREATE INDEX erasures_row ON erasures (row_id);
CREATE INDEX erasures_branch ON erasures (branch_id, id);

ALTER TABLE customers ADD COLUMN erased_at BIGINT NOT NULL DEFAULT 0; -- 0 = not erased; for good
ALTER TABLE contacts ADD COLUMN erased_at BIGINT NOT NULL DEFAULT 0;
-- Once a contact was erased, what was sealed before cannot be read any more.
ALTER TABLE customer_keys ADD COLUMN renewed_at BIGINT NOT NULL DEFAULT 0; -- 0 = still the first key

-- +goose Down
SELECT 1;
