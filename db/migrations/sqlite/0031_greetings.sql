-- +goose Up
-- One row for each contact and occasion: a festival, a birthday, the first
-- parcel. Of occasions that fall close together the first is greeted and names
-- the others, whose rows (lead_id) keep them from being greeted again.
CREATE TABLE greetings (
  id           INTEGER NOT NULL PRIMARY KEY,
  contact_id   INTEGER NOT NULL REFERENCES contacts(id),
  customer_id  INTEGER NOT NULL REFERENCES customers(id),
  branch_id    INTEGER NOT NULL REFERENCES branches(id),
  occasion     TEXT NOT NULL,             -- a code of policy/festival or policy/greeting, or one that head office added
  season       INTEGER NOT NULL,           -- year of the occasion's own calendar
  day          TEXT NOT NULL,             -- of the occasion, YYYY-MM-DD
  due          TEXT NOT NULL,             -- by when it is to be done
  lead_id      INTEGER,                    -- of the greeting that names this one
  also         TEXT NOT NULL DEFAULT '',  -- JSON: what else the greeting names, with its days
  mood         TEXT NOT NULL CHECK (mood IN ('joyful','peaceful')),
  means        TEXT NOT NULL DEFAULT '',  -- as the plan has them, separated by spaces
  gift         TEXT NOT NULL DEFAULT '',
  budget_fen   INTEGER NOT NULL DEFAULT 0,
  spent_fen    INTEGER NOT NULL DEFAULT 0,
  offer        TEXT NOT NULL DEFAULT '',  -- for the next order
  offer_fen    INTEGER NOT NULL DEFAULT 0,
  offer_until  TEXT NOT NULL DEFAULT '',  -- day
  offer_used   TEXT NOT NULL DEFAULT '',  -- day
  follows      TEXT NOT NULL DEFAULT '' CHECK (follows IN ('','owner','clerk')), -- whose it is; '' = who it was handed to
  user_id      INTEGER REFERENCES users(id), -- NULL = whoever at the branch takes it
  state        TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open','done','skipped')),
  done_by      TEXT NOT NULL DEFAULT '',  -- by which means
  result       TEXT NOT NULL DEFAULT '',  -- what came of it, or why it was skipped
  photo        TEXT NOT NULL DEFAULT '',  -- hash of the proof in files
  thumb        TEXT NOT NULL DEFAULT '',
  closed_by    INTEGER REFERENCES users(id),
  closed_at    INTEGER NOT NULL DEFAULT 0, -- unix milliseconds
  closed_why   TEXT NOT NULL DEFAULT '',  -- a word of policy/greeting: it closed by itself
  rule_branch  INTEGER NOT NULL DEFAULT 0, -- by which rule it came about
  rule_version INTEGER NOT NULL DEFAULT 0,
  version      INTEGER NOT NULL DEFAULT 1,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX greetings_once     ON greetings (contact_id, occasion, season);
CREATE INDEX        greetings_mine     ON greetings (user_id, due, id) WHERE state = 'open' AND lead_id IS NULL;
CREATE INDEX        greetings_branch   ON greetings (branch_id, due, id) WHERE state = 'open' AND lead_id IS NULL;
CREATE INDEX        greetings_due      ON greetings (due, id) WHERE state = 'open' AND lead_id IS NULL;
CREATE INDEX        greetings_closed   ON greetings (closed_at, id) WHERE state <> 'open' AND lead_id IS NULL;
CREATE INDEX        greetings_customer ON greetings (customer_id, id);
CREATE INDEX        greetings_occasion ON greetings (occasion, season, branch_id);
CREATE INDEX        greetings_lead     ON greetings (lead_id) WHERE lead_id IS NOT NULL;

-- +goose Down
SELECT 1;
