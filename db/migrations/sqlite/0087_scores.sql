-- +goose Up
-- Score sheets: a month's work of a person as points, kept as approved. One who
-- is drawn up anew before that is the same sheet.
CREATE TABLE score_sheets (
  id           INTEGER NOT NULL PRIMARY KEY,
  user_id      INTEGER NOT NULL REFERENCES users(id), -- whose work it is
  branch_id    INTEGER NOT NULL REFERENCES branches(id),
  month        TEXT NOT NULL,                -- YYYY-MM
  team         TEXT NOT NULL,                -- a group of policy/people
  state        TEXT NOT NULL CHECK (state IN ('drawn','seen','objected','answered','approved')),
  rule_branch  INTEGER NOT NULL DEFAULT 0,   -- whose rule, 0 the company's
  rule_version INTEGER NOT NULL DEFAULT 0,
  body         TEXT NOT NULL,                -- JSON of policy/score.Sheet: figures only
  drawn_by     INTEGER NOT NULL,
  drawn_at     INTEGER NOT NULL,             -- unix milliseconds
  objection    TEXT NOT NULL DEFAULT '',
  answer       TEXT NOT NULL DEFAULT '',
  answered_by  INTEGER NOT NULL DEFAULT 0,
  approved_by  INTEGER NOT NULL DEFAULT 0,
  approved_at  INTEGER NOT NULL DEFAULT 0,
  version      INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX score_sheets_month ON score_sheets (user_id, month);
CREATE INDEX score_sheets_branch ON score_sheets (branch_id, month, user_id);

-- +goose Down
SELECT 1;
