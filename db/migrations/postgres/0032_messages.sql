-- +goose Up
-- Wordings of head office and the branches. One that stands for a wording of
-- the program (shipped) takes its place, or puts it aside when it is off.
CREATE TABLE message_templates (
  id         BIGINT NOT NULL PRIMARY KEY,
  branch_id  BIGINT NOT NULL REFERENCES branches(id), -- head office's hold for the company
  shipped    TEXT COLLATE "C" NOT NULL DEFAULT '', -- key of a wording of the program
  occasion   TEXT COLLATE "C" NOT NULL, -- code; '' = any
  class      TEXT COLLATE "C" NOT NULL DEFAULT '', -- '' = every client
  channel    TEXT COLLATE "C" NOT NULL,
  tone       TEXT COLLATE "C" NOT NULL,
  subject    TEXT COLLATE "C" NOT NULL DEFAULT '', -- of an e-mail
  body       TEXT COLLATE "C" NOT NULL,
  provider   TEXT COLLATE "C" NOT NULL DEFAULT '', -- number of the wording at the SMS provider
  state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('on','off')),
  version    BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX message_templates_shipped ON message_templates (branch_id, shipped) WHERE shipped <> '';
CREATE INDEX        message_templates_branch  ON message_templates (branch_id, id);

-- Every version of a wording, so that what was sent can say what it was.
CREATE TABLE message_template_versions (
  template_id BIGINT NOT NULL REFERENCES message_templates(id),
  version     BIGINT NOT NULL,
  occasion    TEXT COLLATE "C" NOT NULL,
  class       TEXT COLLATE "C" NOT NULL,
  channel     TEXT COLLATE "C" NOT NULL,
  tone        TEXT COLLATE "C" NOT NULL,
  subject     TEXT COLLATE "C" NOT NULL,
  body        TEXT COLLATE "C" NOT NULL,
  provider    TEXT COLLATE "C" NOT NULL,
  state       TEXT COLLATE "C" NOT NULL,
  author_id   BIGINT NOT NULL, -- of users; 0 = the program
  created_at  BIGINT NOT NULL,
  PRIMARY KEY (template_id, version)
);

-- Ways to send, of the whole company. One that nobody set up, or that is dry,
-- writes down what would have gone out; on: it goes out.
CREATE TABLE channels (
  code       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('dry','on')),
  settings   TEXT COLLATE "C" NOT NULL DEFAULT '{}', -- JSON of policy/message.Channel
  secret     TEXT COLLATE "C" NOT NULL DEFAULT '', -- sealed: password, key, token
  version    BIGINT NOT NULL DEFAULT 1,
  claimed_at BIGINT NOT NULL DEFAULT 0, -- when letters were last taken: who takes, waits for the other here
  updated_at BIGINT NOT NULL
);

-- Messages on their way, each once by its key; written in the act that wants
-- them. Where one goes is read from the contact when it is sent.
CREATE TABLE outbox (
  id               BIGINT NOT NULL PRIMARY KEY,
  key              TEXT COLLATE "C" NOT NULL UNIQUE,
  kind             TEXT COLLATE "C" NOT NULL CHECK (kind IN ('letter','reminder','test')),
  channel          TEXT COLLATE "C" NOT NULL,
  purpose          TEXT COLLATE "C" NOT NULL DEFAULT '', -- of consents
  customer_id      BIGINT REFERENCES customers(id), -- NULL = to the company's own people
  contact_id       BIGINT REFERENCES contacts(id),
  branch_id        BIGINT NOT NULL REFERENCES branches(id),
  user_id          BIGINT NOT NULL, -- in whose name; 0 = the program
  template_id      BIGINT NOT NULL DEFAULT 0, -- 0 = one of the program's
  template_version BIGINT NOT NULL DEFAULT 0,
  shipped          TEXT COLLATE "C" NOT NULL DEFAULT '', -- key of the program's wording
  mark             TEXT COLLATE "C" NOT NULL DEFAULT '', -- what it says, of policy/message.Fingerprint
  recipient        TEXT COLLATE "C" NOT NULL DEFAULT '', -- of a test: what its sender typed
  subject          TEXT COLLATE "C" NOT NULL DEFAULT '',
  body             TEXT COLLATE "C" NOT NULL,
  params           TEXT COLLATE "C" NOT NULL DEFAULT '{}', -- JSON, variables for the provider's own wording
  provider         TEXT COLLATE "C" NOT NULL DEFAULT '', -- number of that wording
  state            TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued','sending','sent','dry','by_hand','unsure','failed','dropped')),
  reason           TEXT COLLATE "C" NOT NULL DEFAULT '', -- code: why it waits, failed or was dropped
  said             TEXT COLLATE "C" NOT NULL DEFAULT '', -- what the other side answered
  receipt          TEXT COLLATE "C" NOT NULL DEFAULT '', -- the other side's number
  tries            BIGINT NOT NULL DEFAULT 0,
  next_at          BIGINT NOT NULL, -- unix milliseconds: not before
  until_at         BIGINT NOT NULL DEFAULT 0, -- of no use from then on; 0 = always
  lease_until      BIGINT NOT NULL DEFAULT 0,
  leased_by        TEXT COLLATE "C" NOT NULL DEFAULT '',
  sent_at          BIGINT NOT NULL DEFAULT 0,
  sent_day         TEXT COLLATE "C" NOT NULL DEFAULT '', -- day
  version          BIGINT NOT NULL DEFAULT 1,
  created_at       BIGINT NOT NULL,
  updated_at       BIGINT NOT NULL
);
CREATE INDEX outbox_due      ON outbox (channel, next_at, id) WHERE state = 'queued';
CREATE INDEX outbox_sending  ON outbox (lease_until) WHERE state = 'sending';
CREATE INDEX outbox_contact  ON outbox (contact_id, id) WHERE contact_id IS NOT NULL;
CREATE INDEX outbox_customer ON outbox (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX outbox_branch   ON outbox (branch_id, id);
CREATE INDEX outbox_state    ON outbox (state, id);
CREATE INDEX outbox_day      ON outbox (channel, sent_day) WHERE sent_day <> '';

-- The ways to reach a contact, the main one first: words with a blank between.
ALTER TABLE contacts ADD COLUMN ways TEXT COLLATE "C" NOT NULL DEFAULT '';

-- +goose Down
SELECT 1;
