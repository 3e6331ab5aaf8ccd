-- +goose Up
-- What reps tell the marketing department of a client, and what it answers.
-- Times are unix milliseconds, 0 = not; days YYYY-MM-DD.
CREATE TABLE feedback_forms (
  id           BIGINT NOT NULL PRIMARY KEY,
  customer_id  BIGINT NOT NULL REFERENCES customers(id),
  branch_id    BIGINT NOT NULL REFERENCES branches(id), -- the client's
  user_id      BIGINT NOT NULL REFERENCES users(id),    -- who filled it in
  visit_id     BIGINT NOT NULL DEFAULT 0,               -- from which visit, 0 = from none
  state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft','sent','read','answered')),
  class        TEXT COLLATE "C" NOT NULL DEFAULT '',                 -- the client's when it was sent
  day          TEXT COLLATE "C" NOT NULL,                            -- sent on; of a draft: begun on
  rule_version BIGINT NOT NULL DEFAULT 0,               -- of the questions, 0 = the shipped ones
  answers      TEXT COLLATE "C" NOT NULL DEFAULT '[]',               -- JSON: each question as it was put, and the answer
  sent_at      BIGINT NOT NULL DEFAULT 0,
  due          TEXT COLLATE "C" NOT NULL DEFAULT '',                 -- day by which it is to be answered, '' = none
  read_at      BIGINT NOT NULL DEFAULT 0,
  read_by      BIGINT NOT NULL DEFAULT 0,
  answered_at  BIGINT NOT NULL DEFAULT 0,
  answered_by  BIGINT NOT NULL DEFAULT 0,
  version      BIGINT NOT NULL DEFAULT 1,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL,
  deleted_at   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX feedback_forms_day      ON feedback_forms (day, id) WHERE deleted_at = 0;
CREATE INDEX feedback_forms_branch   ON feedback_forms (branch_id, day, id) WHERE deleted_at = 0;
CREATE INDEX feedback_forms_customer ON feedback_forms (customer_id, day, id);
CREATE INDEX feedback_forms_user     ON feedback_forms (user_id, day, id) WHERE deleted_at = 0;
CREATE INDEX feedback_forms_visit    ON feedback_forms (visit_id) WHERE visit_id <> 0;
CREATE INDEX feedback_forms_due      ON feedback_forms (branch_id, due, id) WHERE deleted_at = 0 AND state IN ('sent','read');

-- The department's answers and the rep's questions, in their order.
CREATE TABLE feedback_notes (
  id      BIGINT NOT NULL PRIMARY KEY,
  form_id BIGINT NOT NULL REFERENCES feedback_forms(id),
  kind    TEXT COLLATE "C" NOT NULL CHECK (kind IN ('answer','question')),
  user_id BIGINT NOT NULL DEFAULT 0,
  at      BIGINT NOT NULL,
  note    TEXT COLLATE "C" NOT NULL
);
CREATE INDEX feedback_notes_form ON feedback_notes (form_id, id);

-- One more area that somebody is responsible for: what goes between branches
-- and the marketing department.
ALTER TABLE branch_duties DROP CONSTRAINT branch_duties_area_check;
ALTER TABLE branch_duties ADD CONSTRAINT branch_duties_area_check CHECK (area IN ('data','service','complaints','care','marketing'));

-- +goose Down
SELECT 1;
