-- +goose Up
-- When people are away. Days are YYYY-MM-DD, both included; part is one half of
-- a single day. Nothing says why somebody is ill.
CREATE TABLE absences (
  id         BIGINT NOT NULL PRIMARY KEY,
  user_id    BIGINT NOT NULL REFERENCES users(id),
  branch_id  BIGINT NOT NULL REFERENCES branches(id), -- where they were at home when it was written down
  kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('leave','trip','training','other')),
  from_day   TEXT COLLATE "C" NOT NULL,
  until_day  TEXT COLLATE "C" NOT NULL,
  part       TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (part IN ('','am','pm')),
  version    BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL DEFAULT 0,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX absences_user  ON absences (user_id, until_day) WHERE deleted_at = 0;
CREATE INDEX absences_until ON absences (until_day, from_day, id) WHERE deleted_at = 0;

-- +goose Down
SELECT 1;
