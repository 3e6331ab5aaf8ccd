-- +goose Up
-- Meetings with clients and trainings: when, where, who was asked and came, what
-- was said, what it cost. Measures that follow have it as their source. Days are
-- YYYY-MM-DD, money fen.
CREATE TABLE activities (
  id         BIGINT NOT NULL PRIMARY KEY,
  branch_id  BIGINT NOT NULL REFERENCES branches(id), -- who holds it
  user_id    BIGINT REFERENCES users(id),             -- who sees to it
  kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('seminar','launch','client_training','staff_training')),
  state      TEXT COLLATE "C" NOT NULL DEFAULT 'planned' CHECK (state IN ('planned','held','cancelled')),
  title      TEXT COLLATE "C" NOT NULL,
  day        TEXT COLLATE "C" NOT NULL,
  place      TEXT COLLATE "C" NOT NULL DEFAULT '',
  agenda     TEXT COLLATE "C" NOT NULL DEFAULT '',                 -- what it is about
  opinions   TEXT COLLATE "C" NOT NULL DEFAULT '',                 -- what was said, of all
  cost_fen   BIGINT NOT NULL DEFAULT 0,
  version    BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL DEFAULT 0,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX activities_day    ON activities (day, id) WHERE deleted_at = 0;
CREATE INDEX activities_branch ON activities (branch_id, day, id) WHERE deleted_at = 0;

CREATE TABLE activity_people (
  activity_id BIGINT NOT NULL REFERENCES activities(id),
  user_id     BIGINT NOT NULL REFERENCES users(id),
  came        BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (activity_id, user_id)
);
CREATE INDEX activity_people_user ON activity_people (user_id, activity_id);

CREATE TABLE activity_clients (
  activity_id BIGINT NOT NULL REFERENCES activities(id),
  customer_id BIGINT NOT NULL REFERENCES customers(id),
  came        BOOLEAN NOT NULL DEFAULT FALSE,
  said        TEXT COLLATE "C" NOT NULL DEFAULT '',
  PRIMARY KEY (activity_id, customer_id)
);
CREATE INDEX activity_clients_customer ON activity_clients (customer_id, activity_id);

-- +goose Down
SELECT 1;
