-- +goose Up
-- When a running clock of a case is soon over, and when the next rung of its
-- ladder is reached; very far off while there is none. Unix milliseconds.
ALTER TABLE cases ADD COLUMN soon_at   INTEGER NOT NULL DEFAULT 9000000000000000;
ALTER TABLE cases ADD COLUMN ladder_at INTEGER NOT NULL DEFAULT 9000000000000000;
CREATE INDEX cases_ladder ON cases (ladder_at, id) WHERE step <> 'closed' AND deleted_at = 0;
CREATE INDEX cases_soon   ON cases (branch_id, soon_at, due) WHERE step <> 'closed' AND deleted_at = 0;

-- When a case's clocks stood still, and why; closed: it was solved, and opened
-- again later. What was written about it stands in the case's history.
CREATE TABLE case_pauses (
  id       INTEGER NOT NULL PRIMARY KEY,
  case_id  INTEGER NOT NULL REFERENCES cases(id),
  reason   TEXT NOT NULL CHECK (reason IN ('client','branch','carrier','evidence','closed')),
  from_at  INTEGER NOT NULL, -- unix milliseconds
  to_at    INTEGER NOT NULL DEFAULT 0, -- 0 = it lasts
  user_id  INTEGER NOT NULL,
  ended_by INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX case_pauses_case ON case_pauses (case_id, from_at);
CREATE UNIQUE INDEX case_pauses_one ON case_pauses (case_id) WHERE to_at = 0;

-- Who was told that a case's time runs out: each rung of the ladder once.
CREATE TABLE case_rungs (
  case_id    INTEGER NOT NULL REFERENCES cases(id),
  clock      TEXT NOT NULL CHECK (clock IN ('answer','solve')),
  place      TEXT NOT NULL CHECK (place IN ('handler','leader','manager','head')),
  reached_at INTEGER NOT NULL, -- when it was to be told
  told_at    INTEGER NOT NULL,
  user_id    INTEGER NOT NULL, -- who was told, 0 = whoever at the branch takes it
  PRIMARY KEY (case_id, clock, place)
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 1;
