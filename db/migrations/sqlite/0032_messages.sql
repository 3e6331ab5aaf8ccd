-- +goose Up
-- Wordings of head office and the branches. One that stands for a wording of
-- the program (shipped) takes its place, or puts it aside when it is off.
CREATE TABLE message_templates (
  id         INTEGER NOT NULL PRIMARY KEY,
  branch_id  INTEGER NOT NULL REFERENCES branches(id), -- head office's hold for the company
  shipped    TEXT NOT NULL DEFAULT '', -- key of a wording of the program
  occasion   TEXT NOT NULL, -- code; '' = any
  class      TEXT NOT NULL DEFAULT '', -- '' = every client
  channel    TEXT NOT NULL,
  tone       TEXT NOT NULL,
  subject    TEXT NOT NULL DEFAULT '', -- of an e-mail
  body       TEXT NOT NULL,
  provider   TEXT NOT NULL DEFAULT '', -- number of the wording at the SMS provider
  state      TEXT NOT NULL CHECK (state IN ('on','off')),
  version    INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX message_templates_shipped ON message_templates (branch_id, shipped) WHERE shipped <> '';
CREATE INDEX        message_templates_branch  ON message_templates (branch_id, id);

-- Every version of a wording, so that what was sent can say what it was.
CREATE TABLE message_template_versions (
  template_id INTEGER NOT NULL REFERENCES message_templates(id),
  version     INTEGER NOT NULL,
  occasion    TEXT NOT NULL,
  class       TEXT NOT NULL,
  channel     TEXT NOT NULL,
  tone        TEXT NOT NULL,
  subject     TEXT NOT NULL,
  body        TEXT NOT NULL,
  provider    TEXT NOT NULL,
  state       TEXT NOT NULL,
  author_id   INTEGER NOT NULL, -- of users; 0 = the program
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (template_id, version)
) STRICT, WITHOUT ROWID;

-- Ways to send, of the whole company. One that nobody set up, or that is dry,
-- writes down what would have gone out; on: it goes out.
CREATE TABLE channels (
  code       TEXT NOT NULL PRIMARY KEY,
  state      TEXT NOT NULL CHECK (state IN ('dry','on')),
  settings   TEXT NOT NULL DEFAULT '{}', -- JSON of policy/message.Channel
  secret     TEXT NOT NULL DEFAULT '', -- sealed: password, key, token
  version    INTEGER NOT NULL DEFAULT 1,
  claimed_at INTEGER NOT NULL DEFAULT 0, -- when letters were last taken: who takes, waits for the other here
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Messages on their way, each once by its key; written in the act that wants
-- them. Where one goes is read from the contact when it is sent.
CREATE TABLE outbox (
  id               INTEGER NOT NULL PRIMARY KEY,
  key              TEXT NOT NULL UNIQUE,
  kind             TEXT NOT NULL CHECK (kind IN ('letter','reminder','test')),
  channel          TEXT NOT NULL,
  purpose          TEXT NOT NULL DEFAULT '', -- of consents
  customer_id      INTEGER REFERENCES customers(id), -- NULL = to the company's own people
  contact_id       INTEGER REFERENCES contacts(id),
  branch_id        INTEGER NOT NULL REFERENCES branches(id),
  user_id          INTEGER NOT NULL, -- in whose name; 0 = the program
  template_id      INTEGER NOT NULL DEFAULT 0, -- 0 = one of the program's
  template_version INTEGER NOT NULL DEFAULT 0,
  shipped          TEXT NOT NULL DEFAULT '', -- key of the program's wording
  mark             TEXT NOT NULL DEFAULT '', -- what it says, of policy/message.Fingerprint
  recipient        TEXT NOT NULL DEFAULT '', -- of a test: what its sender typed
  subject          TEXT NOT NULL DEFAULT '',
  body             TEXT NOT NULL,
  params           TEXT NOT NULL DEFAULT '{}', -- JSON, variables for the provider's own wording
  provider         TEXT NOT NULL DEFAULT '', -- number of that wording
  state            TEXT NOT NULL CHECK (state IN ('queued','sending','sent','dry','by_hand','unsure','failed','dropped')),
  reason           TEXT NOT NULL DEFAULT '', -- code: why it waits, failed or was dropped
  said             TEXT NOT NULL DEFAULT '', -- what the other side answered
  receipt          TEXT NOT NULL DEFAULT '', -- the other side's number
  tries            INTEGER NOT NULL DEFAULT 0,
  next_at          INTEGER NOT NULL, -- unix milliseconds: not before
  until_at         INTEGER NOT NULL DEFAULT 0, -- of no use from then on; 0 = always
  lease_until      INTEGER NOT NULL DEFAULT 0,
  leased_by        TEXT NOT NULL DEFAULT '',
  sent_at          INTEGER NOT NULL DEFAULT 0,
  sent_day         TEXT NOT NULL DEFAULT '', -- day
  version          INTEGER NOT NULL DEFAULT 1,
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due      ON outbox (channel, next_at, id) WHERE state = 'queued';
CREATE INDEX outbox_sending  ON outbox (lease_until) WHERE state = 'sending';
CREATE INDEX outbox_contact  ON outbox (contact_id, id) WHERE contact_id IS NOT NULL;
CREATE INDEX outbox_customer ON outbox (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX outbox_branch   ON outbox (branch_id, id);
CREATE INDEX outbox_state    ON outbox (state, id);
CREATE INDEX outbox_day      ON outbox (channel, sent_day) WHERE sent_day <> '';

-- The ways to reach a contact, the main one first: words with a blank between.
ALTER TABLE contacts ADD COLUMN ways TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 1;
