-- +goose Up
-- When people are away. Days are YYYY-MM-DD, both included; part is one half of
-- a single day. Nothing says why somebody is ill.
CREATE TABLE absences (
  id         INTEGER NOT NULL PRIMARY KEY,
  user_id    INTEGER NOT NULL REFERENCES users(id),
  branch_id  INTEGER NOT NULL REFERENCES branches(id), -- where they were at home when it was written down
  kind       TEXT NOT NULL CHECK (kind IN ('leave','trip','training','other')),
  from_day   TEXT NOT NULL,
  until_day  TEXT NOT NULL,
  part       TEXT NOT NULL DEFAULT '' CHECK (part IN ('','am','pm')),
  version    INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  created_by INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX absences_user  ON absences (user_id, until_day) WHERE deleted_at = 0;
CREATE INDEX absences_until ON absences (until_day, from_day, id) WHERE deleted_at = 0;

-- +goose Down
SELECT 1;
