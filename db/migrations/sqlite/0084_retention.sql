-- +goose Up
-- Data whose time is over (R250–R252). The row of a visit, a case, a form, a
-- rating, a message stays as a figure; what it says of persons goes into
-- archived, and is destroyed later. life: 0 in use, 1 archived, 2 destroyed.
ALTER TABLE visits         ADD COLUMN life INTEGER NOT NULL DEFAULT 0 CHECK (life IN (0,1,2));
ALTER TABLE cases          ADD COLUMN life INTEGER NOT NULL DEFAULT 0 CHECK (life IN (0,1,2));
ALTER TABLE feedback_forms ADD COLUMN life INTEGER NOT NULL DEFAULT 0 CHECK (life IN (0,1,2));
ALTER TABLE ratings        ADD COLUMN life INTEGER NOT NULL DEFAULT 0 CHECK (life IN (0,1,2));
ALTER TABLE outbox         ADD COLUMN life INTEGER NOT NULL DEFAULT 0 CHECK (life IN (0,1,2));
CREATE INDEX visits_life         ON visits (day, id) WHERE life = 0;
CREATE INDEX cases_life          ON cases (closed_at, id) WHERE life = 0 AND step = 'closed';
CREATE INDEX feedback_forms_life ON feedback_forms (day, id) WHERE life = 0;
CREATE INDEX ratings_life        ON ratings (day, id) WHERE life = 0;
CREATE INDEX outbox_life         ON outbox (created_at, id) WHERE life = 0;
CREATE INDEX customers_binned    ON customers (deleted_at, id) WHERE deleted_at > 0 AND erased_at = 0;

CREATE TABLE archived (
  id           INTEGER NOT NULL PRIMARY KEY,
  kind         TEXT NOT NULL CHECK (kind IN ('visits','cases','forms','ratings','letters')),
  row_id       INTEGER NOT NULL,                  -- in the table of its kind
  customer_id  INTEGER REFERENCES customers(id),  -- NULL = of no client on file
  contact_id   INTEGER REFERENCES contacts(id),
  day          TEXT NOT NULL,                     -- from which its time counts
  body         TEXT NOT NULL,                     -- JSON: the texts, by part and row
  rule_version INTEGER NOT NULL,                  -- by which it came here
  archived_at  INTEGER NOT NULL,                  -- unix milliseconds
  UNIQUE (kind, row_id)
) STRICT;
CREATE INDEX archived_day      ON archived (kind, day, id);
CREATE INDEX archived_customer ON archived (customer_id, day, id) WHERE customer_id IS NOT NULL;

CREATE TABLE archived_photos (
  archived_id INTEGER NOT NULL REFERENCES archived(id),
  hash        TEXT NOT NULL, -- of the picture in files
  thumb       TEXT NOT NULL, -- of its small version
  PRIMARY KEY (archived_id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX archived_photos_hash  ON archived_photos (hash);
CREATE INDEX archived_photos_thumb ON archived_photos (thumb);

-- What stays though its time is over: everything of a client, or one row.
CREATE TABLE retention_holds (
  id             INTEGER NOT NULL PRIMARY KEY,
  customer_id    INTEGER REFERENCES customers(id), -- NULL = one row
  kind           TEXT NOT NULL DEFAULT '',         -- of the row
  row_id         INTEGER NOT NULL DEFAULT 0,
  until          TEXT NOT NULL DEFAULT '',         -- last day, '' = until it is released
  reason         TEXT NOT NULL,
  user_id        INTEGER NOT NULL,
  made_at        INTEGER NOT NULL,                 -- unix milliseconds
  released_at    INTEGER NOT NULL DEFAULT 0,
  released_by    INTEGER NOT NULL DEFAULT 0,
  release_reason TEXT NOT NULL DEFAULT '',
  version        INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX retention_holds_customer ON retention_holds (customer_id) WHERE customer_id IS NOT NULL AND released_at = 0;
CREATE INDEX retention_holds_row      ON retention_holds (kind, row_id) WHERE row_id <> 0 AND released_at = 0;
CREATE INDEX retention_holds_open     ON retention_holds (id) WHERE released_at = 0;

-- What was archived and destroyed, a line for each kind and night: the proof of it.
CREATE TABLE retention_records (
  id           INTEGER NOT NULL PRIMARY KEY,
  kind         TEXT NOT NULL,
  stage        TEXT NOT NULL CHECK (stage IN ('archived','destroyed')),
  on_day       TEXT NOT NULL,
  rule_version INTEGER NOT NULL,           -- of the rule retention, or of the kind's own
  rows         INTEGER NOT NULL,
  held         INTEGER NOT NULL DEFAULT 0, -- whose time was over and which stayed
  from_day     TEXT NOT NULL,              -- the first and last of their days
  to_day       TEXT NOT NULL,
  digest       TEXT NOT NULL,              -- SHA-256 over their ids in order, hexadecimal
  at           INTEGER NOT NULL,           -- of the last of them, unix milliseconds
  pending      TEXT NOT NULL DEFAULT '',   -- JSON: contents that are still to be removed from the files
  UNIQUE (kind, stage, on_day, rule_version)
) STRICT;

-- +goose Down
SELECT 1;
