-- +goose Up
-- What reps tell the marketing department of a client, and what it answers.
-- Times are unix milliseconds, 0 = not; days YYYY-MM-DD.
CREATE TABLE feedback_forms (
  id           INTEGER NOT NULL PRIMARY KEY,
  customer_id  INTEGER NOT NULL REFERENCES customers(id),
  branch_id    INTEGER NOT NULL REFERENCES branches(id), -- the client's
  user_id      INTEGER NOT NULL REFERENCES users(id),    -- who filled it in
  visit_id     INTEGER NOT NULL DEFAULT 0,               -- from which visit, 0 = from none
  state        TEXT NOT NULL CHECK (state IN ('draft','sent','read','answered')),
  class        TEXT NOT NULL DEFAULT '',                 -- the client's when it was sent
  day          TEXT NOT NULL,                            -- sent on; of a draft: begun on
  rule_version INTEGER NOT NULL DEFAULT 0,               -- of the questions, 0 = the shipped ones
  answers      TEXT NOT NULL DEFAULT '[]',               -- JSON: each question as it was put, and the answer
  sent_at      INTEGER NOT NULL DEFAULT 0,
  due          TEXT NOT NULL DEFAULT '',                 -- day by which it is to be answered, '' = none
  read_at      INTEGER NOT NULL DEFAULT 0,
  read_by      INTEGER NOT NULL DEFAULT 0,
  answered_at  INTEGER NOT NULL DEFAULT 0,
  answered_by  INTEGER NOT NULL DEFAULT 0,
  version      INTEGER NOT NULL DEFAULT 1,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  deleted_at   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX feedback_forms_day      ON feedback_forms (day, id) WHERE deleted_at = 0;
CREATE INDEX feedback_forms_branch   ON feedback_forms (branch_id, day, id) WHERE deleted_at = 0;
CREATE INDEX feedback_forms_customer ON feedback_forms (customer_id, day, id);
CREATE INDEX feedback_forms_user     ON feedback_forms (user_id, day, id) WHERE deleted_at = 0;
CREATE INDEX feedback_forms_visit    ON feedback_forms (visit_id) WHERE visit_id <> 0;
CREATE INDEX feedback_forms_due      ON feedback_forms (branch_id, due, id) WHERE deleted_at = 0 AND state IN ('sent','read');

-- The department's answers and the rep's questions, in their order.
CREATE TABLE feedback_notes (
  id      INTEGER NOT NULL PRIMARY KEY,
  form_id INTEGER NOT NULL REFERENCES feedback_forms(id),
  kind    TEXT NOT NULL CHECK (kind IN ('answer','question')),
  user_id INTEGER NOT NULL DEFAULT 0,
  at      INTEGER NOT NULL,
  note    TEXT NOT NULL
) STRICT;
CREATE INDEX feedback_notes_form ON feedback_notes (form_id, id);

-- One more area that somebody is responsible for: what goes between branches
-- and the marketing department.
CREATE TABLE branch_duties_new (
  id        INTEGER NOT NULL PRIMARY KEY,
  branch_id INTEGER NOT NULL REFERENCES branches(id),
  area      TEXT NOT NULL CHECK (area IN ('data','service','complaints','care','marketing')),
  user_id   INTEGER REFERENCES users(id), -- NULL = nobody of its own: whoever is above
  version   INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL,
  UNIQUE (branch_id, area)
) STRICT;
INSERT INTO branch_duties_new SELECT id, branch_id, area, user_id, version, updated_at FROM branch_duties;
DROP TABLE branch_duties;
ALTER TABLE branch_duties_new RENAME TO branch_duties;
CREATE INDEX branch_duties_user ON branch_duties (user_id, area, branch_id);

-- +goose Down
SELECT 1;
