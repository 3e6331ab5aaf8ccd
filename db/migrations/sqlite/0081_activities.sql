-- +goose Up
-- Meetings with clients and trainings: when, where, who was asked and came, what
-- was said, what it cost. Measures that follow have it as their source. Days are
-- YYYY-MM-DD, money fen.
CREATE TABLE activities (
  id         INTEGER NOT NULL PRIMARY KEY,
  branch_id  INTEGER NOT NULL REFERENCES branches(id), -- who holds it
  user_id    INTEGER REFERENCES users(id),             -- who sees to it
  kind       TEXT NOT NULL CHECK (kind IN ('seminar','launch','client_training','staff_training')),
  state      TEXT NOT NULL DEFAULT 'planned' CHECK (state IN ('planned','held','cancelled')),
  title      TEXT NOT NULL,
  day        TEXT NOT NULL,
  place      TEXT NOT NULL DEFAULT '',
  agenda     TEXT NOT NULL DEFAULT '',                 -- what it is about
  opinions   TEXT NOT NULL DEFAULT '',                 -- what was said, of all
  cost_fen   INTEGER NOT NULL DEFAULT 0,
  version    INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  created_by INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX activities_day    ON activities (day, id) WHERE deleted_at = 0;
CREATE INDEX activities_branch ON activities (branch_id, day, id) WHERE deleted_at = 0;

CREATE TABLE activity_people (
  activity_id INTEGER NOT NULL REFERENCES activities(id),
  user_id     INTEGER NOT NULL REFERENCES users(id),
  came        INTEGER NOT NULL DEFAULT 0 CHECK (came IN (0,1)),
  PRIMARY KEY (activity_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX activity_people_user ON activity_people (user_id, activity_id);

CREATE TABLE activity_clients (
  activity_id INTEGER NOT NULL REFERENCES activities(id),
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  came        INTEGER NOT NULL DEFAULT 0 CHECK (came IN (0,1)),
  said        TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (activity_id, customer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX activity_clients_customer ON activity_clients (customer_id, activity_id);

-- +goose Down
SELECT 1;
